#include "drivers/charging/charging_outlet.h"

#include <algorithm>
#include <utility>

#include "hal/check.h"

namespace yizhan {

ChargingOutlet::ChargingOutlet(std::unique_ptr<OutletSwitch> relay, Meter& meter, const ChargingLimits& limits)
    : relay_(std::move(relay)), meter_(meter), limits_(limits), protection_(limits, Mono{}) {
    YZ_CHECK(relay_ != nullptr);
    YZ_CHECK(meter_.follows_power());
}

void ChargingOutlet::start(Now now) {
    protection_ = OutletProtection(limits_, now.mono);
    meter_.start(this, now);
}

bool ChargingOutlet::switch_on(Mono until, Now now) {
    if (trip_ != Trip::none || protection_.welded()) return false;
    if (held_) {
        relay_->switch_on(until, now);
        follow_relay(now);
        return held_;
    }
    if (now.mono >= protection_.silent_at()) {
        trip(Trip::meter_silent, now);
        return false;
    }
    wanted_until_ = std::min(until, now.mono + longest_lease());
    go_on(now);
    return held_ || wanted_until_;
}

// As soon as it may: after its rest, and once its meter can see what flows.
void ChargingOutlet::go_on(Now now) {
    if (!wanted_until_ || !heard_ || now.mono < rests_until_) return;
    const Mono until = *std::exchange(wanted_until_, std::nullopt);
    if (until > now.mono) relay_->switch_on(until, now);
    follow_relay(now);
}

void ChargingOutlet::switch_off(Now now) {
    wanted_until_.reset();
    trip_ = Trip::none;
    relay_->switch_off(now);
    follow_relay(now);
}

// Whoever switched it, or let its lease run out. A relay whose line does not take its level counts as off: it has been
// told, and what flows then is told by the meter.
void ChargingOutlet::follow_relay(Now now) {
    const bool held = relay_->status().lease_ends != never;
    if (std::exchange(held_, held) == held) return;
    if (held) return protection_.switched_on(now.mono);
    protection_.switched_off(now.mono);
    rests_until_ = now.mono + limits_.shortest_off;
}

void ChargingOutlet::on_reading(Meter&, const MeterReading& reading, Now now) {
    heard_ = true;
    silent_ = false;
    trip(protection_.on_reading(reading), now);
    go_on(now);
}

void ChargingOutlet::trip(Trip why, Now now) {
    if (why == Trip::none) return;
    wanted_until_.reset();
    relay_->switch_off(now);
    trip_ = why;
    ++trips_;
    follow_relay(now);
}

Mono ChargingOutlet::next_deadline() const {
    const Mono silence = silent_ ? never : protection_.silent_at();
    const Mono rested = wanted_until_ && heard_ ? rests_until_ : never;
    return std::min({silence, rested, relay_->next_deadline(), protection_.next_deadline()});
}

void ChargingOutlet::advance(Now now) {
    relay_->advance(now);
    follow_relay(now);
    trip(protection_.advance(now.mono), now);
    if (!silent_ && now.mono >= protection_.silent_at()) {
        silent_ = true;
        heard_ = false;
        if (wanted_until_) trip(Trip::meter_silent, now);
    }
    go_on(now);
}

OutletStatus ChargingOutlet::status() const {
    OutletStatus status = relay_->status();
    status.waits = wanted_until_.has_value();
    if (trip_ != Trip::none) status.trip = trip_;
    status.trips = trips_;
    status.relay_welded = protection_.welded();
    status.meter_silent = silent_;
    return status;
}

}  // namespace yizhan
