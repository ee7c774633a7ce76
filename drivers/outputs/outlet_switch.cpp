#include "drivers/outputs/outlet_switch.h"

#include <algorithm>
#include <utility>

#include "hal/check.h"

namespace yizhan {

OutletSwitch::OutletSwitch(std::unique_ptr<OutputLine> line, bool active_high, milliseconds longest_lease,
                           milliseconds longest_on)
    : output_(std::move(line), off_level(active_high)), longest_lease_(longest_lease), longest_on_(longest_on) {
    YZ_CHECK(longest_lease > milliseconds{0});
    YZ_CHECK(longest_on > milliseconds{0});
}

bool OutletSwitch::switch_on(Mono until, Now now) {
    if (spent_) return false;
    if (!output_.held()) {
        must_be_off_ = now.mono + longest_on_;
    } else if (now.mono >= must_be_off_) {
        output_.make_safe(now);
        reach_longest_on();
        return false;
    }
    const Mono lease_end = std::min(until, now.mono + longest_lease_);
    cut_short_ = lease_end > must_be_off_;
    output_.hold(std::min(lease_end, must_be_off_), now);
    return output_.held();
}

void OutletSwitch::switch_off(Now now) {
    output_.make_safe(now);
    spent_ = false;
}

void OutletSwitch::reach_longest_on() {
    spent_ = true;
    ++longest_on_reached_;
}

void OutletSwitch::advance(Now now) {
    if (!output_.advance(now)) return;
    if (cut_short_) {
        reach_longest_on();
    } else {
        ++lease_expired_;
    }
}

OutletStatus OutletSwitch::status() const {
    return {.on = !output_.safe(),
            .lease_ends = output_.held() ? output_.ends() : never,
            .lease_expired = lease_expired_,
            .longest_on_reached = longest_on_reached_,
            .output_errors = output_.errors(),
            .output_failed = output_.failed(),
            .trip = spent_ ? Trip::longest_on : Trip::none};
}

}  // namespace yizhan
