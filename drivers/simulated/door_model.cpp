#include "drivers/simulated/door_model.h"

#include <algorithm>
#include <utility>

#include "hal/check.h"

namespace yizhan::simulated {

Door::Door(Gpio& gpio, DoorWiring wiring, DoorPhysics physics)
    : gpio_(gpio), wiring_(std::move(wiring)), physics_(physics) {
    YZ_CHECK(physics.bounce_spacing > microseconds{0});
    contact_ = {.name = wiring_.contact, .level = !wiring_.open_level};
    exit_button_ = {.name = wiring_.exit_button, .level = !wiring_.pressed_level};
    for (const auto* line : {&contact_, &exit_button_}) {
        if (line->name) gpio_.drive(*line->name, line->level, Mono{});
    }
}

bool Door::lock_released() const { return gpio_.level(wiring_.lock) == wiring_.released_level; }

bool Door::push(Mono now) {
    if (lock_released()) open_leaf(now);
    return open_;
}

void Door::force(Mono now) { open_leaf(now); }

void Door::handle_from_inside(Mono now) { open_leaf(now); }

void Door::open_leaf(Mono now) {
    if (open_) return;
    open_ = true;
    moved_at_ = now;
    if (physics_.closer > milliseconds{0}) closes_at_ = now + physics_.closer;
    move(contact_, wiring_.open_level, now);
}

void Door::hold(Mono) {
    if (!open_) return;
    held_open_ = true;
    closes_at_ = never;
}

void Door::let_go(Mono now) {
    if (!std::exchange(held_open_, false)) return;
    if (physics_.closer > milliseconds{0}) closes_at_ = now + physics_.closer;
}

void Door::pull_close(Mono now) {
    if (!open_) return;
    open_ = false;
    moved_at_ = now;
    held_open_ = false;
    closes_at_ = never;
    move(contact_, !wiring_.open_level, now);
}

void Door::press_exit_button(milliseconds duration, Mono now) {
    YZ_CHECK(duration > milliseconds{0});
    button_let_go_at_ = now + duration;
    move(exit_button_, wiring_.pressed_level, now);
}

void Door::move(BouncingLine& line, bool level, Mono now) {
    if (!line.name || line.level == level) return;
    line.level = level;
    // There, and back and there again for each bounce.
    line.swings_left = static_cast<std::uint8_t>(2 * physics_.bounces + 1);
    swing(line, now);
}

void Door::swing(BouncingLine& line, Mono now) {
    if (!line.name) return;
    const bool there = line.swings_left % 2 == 1;
    gpio_.drive(*line.name, there == line.level, now);
    line.next = --line.swings_left == 0 ? never : now + physics_.bounce_spacing;
}

Mono Door::next_deadline() const { return std::min({contact_.next, exit_button_.next, closes_at_, button_let_go_at_}); }

void Door::advance(Now now) {
    for (auto* line : {&contact_, &exit_button_}) {
        while (line->next <= now.mono) swing(*line, line->next);
    }
    if (closes_at_ <= now.mono) pull_close(now.mono);
    if (button_let_go_at_ <= now.mono) {
        button_let_go_at_ = never;
        move(exit_button_, !wiring_.pressed_level, now.mono);
    }
}

}  // namespace yizhan::simulated
