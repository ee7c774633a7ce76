#include "drivers/simulated/load_model.h"

#include <utility>

#include "hal/check.h"

namespace yizhan::simulated {
namespace {

constexpr std::uint64_t microjoules_per_milliwatt_hour = 3'600'000;

}  // namespace

Load::Load(Gpio& gpio, LineName relay, bool on_level, milliseconds period)
    : gpio_(gpio), relay_(std::move(relay)), on_level_(on_level), period_(period) {
    YZ_CHECK(period > milliseconds{0});
}

void Load::advance(Now now) {
    if (now.mono < next_) return;
    // A relay nobody controls has no coil current. Where nothing is plugged in, nobody needs to know.
    const bool powered = milliwatts_ > 0 && (welded_ || (gpio_.held(relay_) && gpio_.level(relay_) == on_level_));
    const std::uint32_t drawn = powered ? milliwatts_ : 0;
    if (measured_at_) {
        const auto passed = std::chrono::floor<milliseconds>(now.mono - *measured_at_);
        microjoules_ += static_cast<std::uint64_t>(passed.count()) * drawn;
        *measured_at_ += passed;
    } else {
        measured_at_ = now.mono;
    }
    if (!silent_) {
        latest_ = MeterReading{
            .milliwatts = drawn,
            .milliamps = static_cast<std::uint32_t>(std::uint64_t{drawn} * 1000 / millivolts),
            .milliwatt_hours = microjoules_ / microjoules_per_milliwatt_hour,
            .at = now.mono,
        };
    }
    next_ = now.mono + period_;
}

}  // namespace yizhan::simulated
