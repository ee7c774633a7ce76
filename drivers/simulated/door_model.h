// A door with its leaf, lock, contact and exit button, and the people who use it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "drivers/simulated/gpio.h"
#include "hal/event_loop.h"

namespace yizhan::simulated {

struct DoorWiring {
    LineName lock;
    bool released_level = true;  // electrical level at which the lock lets go
    std::optional<LineName> contact;
    bool open_level = true;  // level of the contact while the leaf is open
    std::optional<LineName> exit_button;
    bool pressed_level = false;
};

// How contacts behave when they move: `bounces` swings back and forth, `bounce_spacing` apart, then rest.
struct DoorPhysics {
    std::uint8_t bounces = 4;
    microseconds bounce_spacing{1500};
    milliseconds closer{4000};  // the leaf closes by itself so long after it opened; 0: it has no closer
};

// Joins the scheduler, as part of the world.
class Door final : public LoopMember {
 public:
    // Closed, nobody about. `gpio` outlives this.
    Door(Gpio& gpio, DoorWiring wiring, DoorPhysics physics = {});

    // What a person does, now. Opening an open door and closing a closed one change nothing.
    bool push(Mono now);  // opens if the lock is released; tells whether the door is open now
    void force(Mono now);  // opens, lock or not
    void handle_from_inside(Mono now);  // opens: the handle works without power
    void hold(Mono now);  // keeps an open leaf from closing until let_go()
    void let_go(Mono now);  // the closer takes over
    void pull_close(Mono now);  // also a held one: whoever held it stepped aside
    void press_exit_button(milliseconds duration, Mono now);

    bool open() const { return open_; }
    Mono moved_at() const { return moved_at_; }  // the leaf, last
    bool lock_released() const;

    Mono next_deadline() const override;
    void advance(Now now) override;

 private:
    // One line that bounces on its way to a level.
    struct BouncingLine {
        std::optional<LineName> name;
        bool level = false;  // where it is going
        std::uint8_t swings_left = 0;
        Mono next = never;
    };

    void open_leaf(Mono now);
    void move(BouncingLine& line, bool level, Mono now);
    void swing(BouncingLine& line, Mono now);

    Gpio& gpio_;
    DoorWiring wiring_;
    DoorPhysics physics_;
    bool open_ = false;
    Mono moved_at_;
    bool held_open_ = false;
    BouncingLine contact_;
    BouncingLine exit_button_;
    Mono closes_at_ = never;
    Mono button_let_go_at_ = never;
};

}  // namespace yizhan::simulated
