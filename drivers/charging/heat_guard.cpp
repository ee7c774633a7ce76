#include "drivers/charging/heat_guard.h"

#include <algorithm>
#include <utility>

#include "hal/check.h"

namespace yizhan {

HeatGuard::HeatGuard(std::unique_ptr<Outlet> outlet, Thermometer& thermometer, const HeatLimits& limits)
    : outlet_(std::move(outlet)), thermometer_(thermometer), limits_(limits) {
    YZ_CHECK(outlet_ != nullptr);
    YZ_CHECK(limits.cooled < limits.warn && limits.warn <= limits.off);
}

void HeatGuard::start(Now now) {
    heard_ = now.mono;
    outlet_->start(now);
    thermometer_.start(*this, now);
}

bool HeatGuard::switch_on(Mono until, Now now) {
    if (trip_ != Trip::none) return false;
    if (has_to_cool_ || silent_) {
        trip(has_to_cool_ ? Trip::too_hot : Trip::meter_silent, now);
        return false;
    }
    return outlet_->switch_on(until, now);
}

void HeatGuard::switch_off(Now now) {
    trip_ = Trip::none;
    outlet_->switch_off(now);
}

void HeatGuard::on_temperature(Thermometer&, const Temperature& temperature, Now now) {
    heard_ = now.mono;
    silent_ = false;
    const auto exceeds = [&](std::int32_t limit, bool was) {
        return TemperatureLimit{limit, limits_.cooled}.exceeded(temperature.millicelsius, was);
    };
    hot_ = exceeds(limits_.warn, hot_);
    has_to_cool_ = exceeds(limits_.off, has_to_cool_);
    if (has_to_cool_ && runs()) trip(Trip::too_hot, now);
}

bool HeatGuard::runs() const {
    const OutletStatus status = outlet_->status();
    return status.on || status.waits;
}

void HeatGuard::trip(Trip why, Now now) {
    outlet_->switch_off(now);
    trip_ = why;
    ++trips_;
}

OutletStatus HeatGuard::status() const {
    OutletStatus status = outlet_->status();
    if (trip_ != Trip::none) status.trip = trip_;
    status.trips += trips_;
    status.too_hot = hot_;
    status.meter_silent |= silent_;
    return status;
}

Mono HeatGuard::next_deadline() const {
    return std::min(outlet_->next_deadline(), silent_ ? never : heard_ + limits_.silent_after);
}

void HeatGuard::advance(Now now) {
    outlet_->advance(now);
    if (silent_ || now.mono < heard_ + limits_.silent_after) return;
    silent_ = true;
    if (runs()) trip(Trip::meter_silent, now);
}

}  // namespace yizhan
