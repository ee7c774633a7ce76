#pragma once

#include <cstdint>
#include <optional>

#include "drivers/simulated/gpio.h"
#include "hal/event_loop.h"

namespace yizhan::simulated {

// What flows to an outlet's socket.
struct Draw {
    std::uint32_t millivolts = 0;
    std::uint32_t milliamps = 0;
    std::uint32_t milliwatts = 0;
    std::uint64_t microjoules = 0;  // since the beginning
};

// An outlet with something plugged in: draws power only while its relay is on. Joins the scheduler, as part of the
// world, before whatever measures it.
class Load final : public LoopMember {
 public:
    static constexpr std::uint32_t mains = 220'000;  // mV

    // `on_level`: the electrical level of `relay` at which the outlet has power. Energy is counted every `period`, as
    // of its end. `gpio` outlives this.
    Load(Gpio& gpio, LineName relay, bool on_level, milliseconds period = milliseconds{200});

    // Also: what is plugged in draws so much now.
    void plug(std::uint32_t milliwatts) {
        milliwatts_ = milliwatts;
        ++changes_;
    }
    void unplug() { plug(0); }
    std::uint32_t plugged() const { return milliwatts_; }  // what it would draw
    // Behind a contactor on this line: without it no relay lets anything through.
    void feed_through(LineName line, bool closed_level) { feed_ = {std::move(line), closed_level}; }
    bool fed() const;  // the contactor, where there is one, is closed
    std::uint64_t changes() const { return changes_; }  // of what is plugged in, and of the relay's health
    void weld(bool welded) {  // the relay no longer opens
        welded_ = welded;
        ++changes_;
    }

    // As it is this moment; energy as of the last period.
    Draw draw() const;
    Mono next_deadline() const override { return next_; }
    void advance(Now now) override;

 private:
    Gpio& gpio_;
    LineName relay_;
    bool on_level_;
    milliseconds period_;
    std::uint32_t milliwatts_ = 0;
    std::uint64_t changes_ = 0;
    bool welded_ = false;
    std::optional<std::pair<LineName, bool>> feed_;
    Mono next_;
    std::optional<Mono> counted_;
    std::uint64_t microjoules_ = 0;
};

}  // namespace yizhan::simulated
