#pragma once

#include <cstdint>

#include "drivers/simulated/gpio.h"
#include "drivers/simulated/load_model.h"
#include "hal/event_loop.h"

namespace yizhan::simulated {

// The S0 output of a meter that measures `load`: a pulse for every part of a kWh. Both outlive it.
class PulseOutput final : public LoopMember {
 public:
    static constexpr milliseconds pulse{90};  // at least as long as the pause behind it
    static constexpr milliseconds look{100};  // at what has flowed

    PulseOutput(Gpio& gpio, LineName line, bool active_high, const Load& load, std::uint32_t pulses_per_kwh);
    void silence(bool silent) { silent_ = silent; }

    Mono next_deadline() const override { return next_; }
    void advance(Now now) override;

 private:
    Gpio& gpio_;
    LineName line_;
    bool active_high_;
    const Load& load_;
    std::uint64_t microjoules_a_pulse_;
    std::uint64_t told_ = 0;  // pulses
    bool active_ = false;
    bool silent_ = false;
    Mono next_;
};

}  // namespace yizhan::simulated
