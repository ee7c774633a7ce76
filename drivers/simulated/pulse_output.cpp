#include "drivers/simulated/pulse_output.h"

#include <utility>

namespace yizhan::simulated {
namespace {

constexpr std::uint64_t microjoules_per_kwh = 3'600'000'000'000;

}  // namespace

PulseOutput::PulseOutput(Gpio& gpio, LineName line, bool active_high, const Load& load, std::uint32_t pulses_per_kwh)
    : gpio_(gpio),
      line_(std::move(line)),
      active_high_(active_high),
      load_(load),
      microjoules_a_pulse_(microjoules_per_kwh / pulses_per_kwh) {
    gpio_.drive(line_, !active_high_, Mono{});
}

void PulseOutput::advance(Now now) {
    if (now.mono < next_) return;
    next_ = now.mono + (active_ ? pulse : look);
    if (active_) {
        active_ = false;
        gpio_.drive(line_, !active_high_, now.mono);
        return;
    }
    if (silent_ || load_.draw().microjoules / microjoules_a_pulse_ <= told_) return;
    ++told_;
    active_ = true;
    gpio_.drive(line_, active_high_, now.mono);
    next_ = now.mono + pulse;
}

}  // namespace yizhan::simulated
