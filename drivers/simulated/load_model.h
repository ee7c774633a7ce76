#pragma once

#include <cstdint>
#include <optional>

#include "drivers/simulated/gpio.h"
#include "hal/event_loop.h"
#include "hal/meter.h"

namespace yizhan::simulated {

// An outlet with something plugged in, and the meter that sees it: draws power only while its relay is on. Joins the
// scheduler, as part of the world.
class Load final : public Meter, public LoopMember {
 public:
    static constexpr std::uint32_t millivolts = 220'000;

    // `on_level`: the electrical level of `relay` at which the outlet has power. The meter measures every `period`,
    // for the first time at once; energy between two readings is counted as of the later one. `gpio` outlives this.
    Load(Gpio& gpio, LineName relay, bool on_level, milliseconds period = milliseconds{200});

    void plug(std::uint32_t milliwatts) { milliwatts_ = milliwatts; }  // also: what is plugged in draws so much now
    void unplug() { milliwatts_ = 0; }
    void weld(bool welded) { welded_ = welded; }  // the relay no longer opens
    void silence(bool silent) { silent_ = silent; }  // the meter no longer says anything

    std::optional<MeterReading> latest() const override { return latest_; }
    Mono next_deadline() const override { return next_; }
    void advance(Now now) override;

 private:
    Gpio& gpio_;
    LineName relay_;
    bool on_level_;
    milliseconds period_;
    std::uint32_t milliwatts_ = 0;
    bool welded_ = false;
    bool silent_ = false;
    Mono next_;
    std::optional<Mono> measured_at_;
    std::uint64_t microjoules_ = 0;
    std::optional<MeterReading> latest_;
};

}  // namespace yizhan::simulated
