#include "drivers/inputs/thermostat.h"

#include <algorithm>
#include <utility>

#include "hal/check.h"

namespace yizhan {

Thermostat::Thermostat(std::unique_ptr<Thermometer> thermometer, TemperatureLimit at)
    : thermometer_(std::move(thermometer)), at_(at) {
    YZ_CHECK(thermometer_ != nullptr);
    YZ_CHECK(at_.limit != at_.clears);
}

void Thermostat::start(ContactListener& listener, Now now) {
    listener_ = &listener;
    heard_ = now.mono;
    thermometer_->start(*this, now);
    listener.on_contact(*this, active_, now);
}

void Thermostat::on_temperature(Thermometer&, const Temperature& temperature, Now now) {
    heard_ = now.mono;
    silent_ = false;
    become(at_.exceeded(temperature.millicelsius, active_.value_or(false)), now);
}

void Thermostat::become(std::optional<bool> active, Now now) {
    if (std::exchange(active_, active) == active) return;
    ++changes_;
    listener_->on_contact(*this, active_, now);
}

Mono Thermostat::next_deadline() const {
    return std::min(thermometer_->next_deadline(), silent_ ? never : heard_ + silent_after);
}

void Thermostat::advance(Now now) {
    thermometer_->advance(now);
    if (silent_ || now.mono < heard_ + silent_after) return;
    silent_ = true;
    become(std::nullopt, now);
}

ContactStatus Thermostat::status() const {
    ContactStatus status{.active = active_.value_or(false), .known = active_.has_value(), .changes = changes_};
    status.verdict = thermometer_->status().verdict;
    if (!status.verdict.empty()) status.verdict = "its thermometer " + status.verdict;
    if (const auto latest = thermometer_->latest(); latest && !silent_) status.millicelsius = latest->millicelsius;
    return status;
}

}  // namespace yizhan
