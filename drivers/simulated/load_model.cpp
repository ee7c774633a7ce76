#include "drivers/simulated/load_model.h"

#include <utility>

#include "hal/check.h"

namespace yizhan::simulated {

Load::Load(Gpio& gpio, LineName relay, bool on_level, milliseconds period)
    : gpio_(gpio), relay_(std::move(relay)), on_level_(on_level), period_(period) {
    YZ_CHECK(period > milliseconds{0});
}

bool Load::fed() const { return !feed_ || (gpio_.held(feed_->first) && gpio_.level(feed_->first) == feed_->second); }

Draw Load::draw() const {
    // A relay nobody controls has no coil current. Where nothing is plugged in, nobody needs to know.
    const bool flows =
        milliwatts_ > 0 && fed() && (welded_ || (gpio_.held(relay_) && gpio_.level(relay_) == on_level_));
    const std::uint32_t drawn = flows ? milliwatts_ : 0;
    return {.millivolts = mains,
            .milliamps = static_cast<std::uint32_t>(std::uint64_t{drawn} * 1000 / mains),
            .milliwatts = drawn,
            .microjoules = microjoules_};
}

void Load::advance(Now now) {
    if (now.mono < next_) return;
    if (counted_) {
        const auto passed = std::chrono::floor<milliseconds>(now.mono - *counted_);
        microjoules_ += static_cast<std::uint64_t>(passed.count()) * draw().milliwatts;
        *counted_ += passed;
    } else {
        counted_ = now.mono;
    }
    next_ = now.mono + period_;
}

}  // namespace yizhan::simulated
