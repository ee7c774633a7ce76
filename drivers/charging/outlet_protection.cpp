#include "drivers/charging/outlet_protection.h"

#include <algorithm>

namespace yizhan {
namespace {

bool above(std::uint32_t value, std::uint32_t most, unsigned percent) {
    return std::uint64_t{value} * 100 > std::uint64_t{most} * percent;
}

void lasts(std::optional<Mono>& since, bool holds, Mono at) {
    if (!holds) {
        since.reset();
    } else if (!since) {
        since = at;
    }
}

bool has_lasted(const std::optional<Mono>& since, milliseconds time, Mono now) { return since && now - *since >= time; }

}  // namespace

Trip OutletProtection::on_reading(const MeterReading& reading) {
    heard_ = reading.at;
    if (auto* on = std::get_if<On>(&state_)) return read_on(*on, reading);
    return read_off(std::get<Off>(state_), reading);
}

Trip OutletProtection::read_on(On& on, const MeterReading& reading) {
    if (reading.at - on.since < limits_.inrush) return Trip::none;
    const auto over = [&](unsigned percent) {
        return above(reading.milliamps, limits_.most_milliamps, percent) ||
               above(reading.milliwatts, limits_.most_milliwatts, percent);
    };
    if (over(ChargingLimits::at_once_percent)) return Trip::over_current;
    const bool idle = reading.milliwatts < limits_.idle_milliwatts;
    on.peak = std::max(on.peak, reading.milliwatts);
    if (!idle) on.from_much = reading.milliwatts > limits_.unplugged_from;
    const auto share_of_peak = static_cast<std::uint32_t>(std::uint64_t{on.peak} * ChargingLimits::full_percent / 100);
    lasts(on.over_since, over(ChargingLimits::overload_percent), reading.at);
    lasts(on.idle_since, idle, reading.at);
    lasts(on.low_since, reading.milliwatts < std::max(limits_.full_milliwatts, share_of_peak), reading.at);
    return due(on, reading.at);
}

Trip OutletProtection::read_off(Off& off, const MeterReading& reading) {
    const bool flows = reading.milliamps > ChargingLimits::welded_milliamps;
    lasts(off.flows_since, flows && reading.at - off.since >= ChargingLimits::welded_after, reading.at);
    if (welded_ || !has_lasted(off.flows_since, ChargingLimits::welded_for, reading.at)) return Trip::none;
    welded_ = true;
    return Trip::relay_welded;
}

// What protects comes before what only ends.
Trip OutletProtection::due(const On& on, Mono now) const {
    if (has_lasted(on.over_since, limits_.overload_time, now)) return Trip::overload;
    if (now >= silent_at()) return Trip::meter_silent;
    const bool drew = on.peak >= limits_.idle_milliwatts;
    if (on.from_much && has_lasted(on.idle_since, limits_.unplugged_after, now)) return Trip::unplugged;
    if (!drew && has_lasted(on.idle_since, limits_.nothing_after, now)) return Trip::nothing_plugged;
    if (drew && has_lasted(on.low_since, limits_.full_after, now)) return Trip::full;
    return Trip::none;
}

Trip OutletProtection::advance(Mono now) {
    const auto* on = std::get_if<On>(&state_);
    return on != nullptr ? due(*on, now) : Trip::none;
}

Mono OutletProtection::next_deadline() const {
    const auto* on = std::get_if<On>(&state_);
    if (on == nullptr) return never;
    // What only ends a session waits for a reading, which is never long in coming.
    return on->over_since ? std::min(silent_at(), *on->over_since + limits_.overload_time) : silent_at();
}

}  // namespace yizhan
