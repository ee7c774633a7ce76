// The simulated twin of a contactless reader: a table that cards are laid on.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "drivers/ports/contactless.h"
#include "hal/event_loop.h"

namespace yizhan::simulated {

// Stays where it is when the program that had it open dies, and so does a card on it. Joins the loop of the driver
// under test, or the simulated world; the driver hears of everything in its next turn.
class Contactless final : public LoopMember {
 public:
    // What a program holds while it has it open; one at a time. The reader outlives it.
    std::unique_ptr<ContactlessPort> open();

    // Empty: a card that tells none. A card that lay there is taken away.
    void present(std::span<const std::byte> uid);
    void remove() { card_.reset(); }
    void attach() { plugged_ = true; }
    void detach() { plugged_ = false; }
    bool attached() const { return plugged_; }
    Mono spoke_at() const { return spoke_at_; }  // told of a card last

    Mono next_deadline() const override;
    void advance(Now now) override;

 private:
    class Plug;
    ContactlessListener* listener_ = nullptr;
    bool plugged_ = true;
    std::optional<std::vector<std::byte>> card_;
    bool fresh_ = false;  // the listener was not told of card_
    // What the listener knows.
    bool told_attached_ = false;
    bool told_card_ = false;
    Mono spoke_at_;
};

}  // namespace yizhan::simulated
