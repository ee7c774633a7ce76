// The simulated twin of a keyboard-style reader or scanner: somebody types.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "drivers/ports/key_port.h"
#include "hal/event_loop.h"

namespace yizhan::simulated {

// Stays where it is when the program that had it open dies. Joins the loop of the driver under test, or the simulated
// world; the driver hears of everything in its next turn.
class Keyboard final : public LoopMember {
 public:
    // What a program holds while it has it open; one at a time. The keyboard outlives it.
    std::unique_ptr<KeyPort> open();

    // Characters as drivers/ports/key_port.h has them, '\n' is Enter. Lost where nobody has it open.
    void type(std::string_view text);
    void attach() { plugged_ = true; }
    void detach() { plugged_ = false; }
    bool attached() const { return plugged_; }
    Mono spoke_at() const { return spoke_at_; }  // typed last

    Mono next_deadline() const override;
    void advance(Now now) override;

 private:
    class Plug;
    KeyPortListener* listener_ = nullptr;
    bool plugged_ = true;
    bool told_ = false;  // the listener knows that it is there
    std::string typed_;
    Mono spoke_at_;
};

}  // namespace yizhan::simulated
