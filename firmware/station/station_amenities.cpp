// Outlets of the room: on while somebody is inside, within their hours, or as somebody has switched them.
#include "firmware/station/admission.h"
#include "firmware/station/station.h"

namespace yizhan {
namespace {

constexpr milliseconds longest_override = std::chrono::hours{12};  // nobody remembers it for longer

milliseconds until_next_minute(Wall wall) {
    return std::chrono::floor<minutes>(wall) + minutes{1} - std::chrono::floor<milliseconds>(wall);
}

}  // namespace

OffReason Station::why_unwanted(OutletIndex outlet, Turn& turn) const {
    const AmenityConfig& amenity = *config_->outlets[pos(outlet)].amenity;
    if (around_.outlet_output_fault[pos(outlet)].holds) return OffReason::fault;
    if (!is_fed()) return OffReason::relay_welded;
    const OffReason danger = why_in_danger();
    const bool lights_the_way = danger != OffReason::none || state_.has_alarm(AlarmKind::help);
    if (amenity.on_in_danger && lights_the_way) return OffReason::none;
    if (danger != OffReason::none) return danger;
    if (const auto ordered = state_.overrides[pos(outlet)].on) return *ordered ? OffReason::none : OffReason::command;
    // Without a clock to trust nobody knows the hour: then it follows those who are there.
    if (turn.now.wall_trusted && !(amenity.hours.empty() && amenity.on_while_empty.empty())) {
        turn.has_come(turn.now.mono + until_next_minute(turn.now.wall));
        const std::uint16_t minute = minute_of_week(turn.now.wall, config_->utc_offset);
        if (!within(amenity.hours, minute)) return OffReason::out_of_hours;
        if (!amenity.on_while_empty.empty() && within(amenity.on_while_empty, minute)) return OffReason::none;
    }
    return state_.count() > 0 || state_.presence ? OffReason::none : OffReason::station_empty;
}

bool Station::follow_amenity(OutletIndex outlet, Turn& turn) {
    const OutletConfig& config = config_->outlets[pos(outlet)];
    const OutletOverride& order = state_.overrides[pos(outlet)];
    if (order.on && turn.has_come(order.since.mono + order.lasts)) {
        Record over = record(RecordType::outlet_overridden);
        over.outlet = outlet;
        over.value = -1;
        emit(over, turn);
        return true;
    }
    if (note_drawn(outlet, turn)) return true;

    const OffReason why = why_unwanted(outlet, turn);
    const bool may_wait = why == OffReason::station_empty || why == OffReason::out_of_hours;
    Condition& unwanted = around_.unwanted[pos(outlet)];
    unwanted.set(may_wait, turn.now.mono);
    // Whoever comes anew may try again what its driver has ended.
    if (why != OffReason::none) around_.tripped[pos(outlet)] = false;
    const auto* on = std::get_if<OutletInUse>(&state_.outlets[pos(outlet)]);
    if (why == OffReason::none) {
        if (around_.tripped[pos(outlet)] || !can_supply(pos(outlet))) return false;
        if (on != nullptr && !on->warned) return false;
        // Also where an end that was told is off.
        Record goes_on = record(RecordType::outlet_on);
        goes_on.outlet = outlet;
        emit(goes_on, turn);
        return true;
    }
    if (on == nullptr) return false;
    const Mono ends = may_wait ? unwanted.since + config.amenity->off_after : turn.now.mono;
    if (turn.has_come(ends)) {
        switch_off(outlet, why, {}, turn);
        return true;
    }
    if (on->warned || !turn.has_come(ends - config.warn_before)) return false;
    Record warned = record(RecordType::outlet_warned);
    warned.outlet = outlet;
    warned.outcome = Outcome::leaving_off;
    emit(warned, turn);
    turn.say = Outcome::leaving_off;
    return true;
}

Outcome Station::override_amenity(const SwitchOutlet& command, const Actor& actor, Turn& turn) {
    Record order = record(RecordType::outlet_overridden);
    order.outlet = command.outlet;
    order.value = command.on ? static_cast<std::int64_t>(*command.on) : -1;
    if (command.on) order.lasts = std::min(command.lasts, longest_override);
    order.actor = actor;
    around_.tripped[pos(command.outlet)] = false;
    emit(order, turn);
    return Outcome::none;
}

}  // namespace yizhan
