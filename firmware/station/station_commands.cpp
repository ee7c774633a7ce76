// What maintenance and centre may order. Every change is recorded with who did it.
#include <algorithm>

#include "firmware/station/station.h"

namespace yizhan {
namespace {

constexpr milliseconds service_default = std::chrono::hours{1};
constexpr milliseconds service_longest = std::chrono::hours{12};

}  // namespace

void Station::on(const Command& command, Turn& turn) {
    if (command.mandate) {
        const Outcome refusal = take(command, turn);
        if (refusal == Outcome::none) return;
        note_refused(refusal, command.mandate->signer, turn);
        return turn.out.add(Answer{command.request, refusal});
    }
    turn.out.add(Answer{command.request, run(command, turn)});
}

Outcome Station::run(const Command& command, Turn& turn) {
    return std::visit([&](const auto& what) { return run(what, command, turn); }, command.what);
}

Outcome Station::run(const UnlockDoor& command, const Command& whole, Turn& turn) {
    Record released = record(RecordType::released);
    released.door = command.door;
    const DoorConfig& door = config_->doors[static_cast<std::size_t>(command.door)];
    released.lasts = std::min(command.release.value_or(door.release), door.longest_release);
    released.actor = whole.actor;
    emit(released, turn);
    return Outcome::none;
}

Outcome Station::run(const HoldDoor& command, const Command& whole, Turn& turn) {
    Record released = record(RecordType::released);
    released.door = command.door;
    released.value = 1;
    released.actor = whole.actor;
    emit(released, turn);
    return Outcome::none;
}

Outcome Station::run(const LockDoor& command, const Command& whole, Turn& turn) {
    if (state_.fire || state_.mode == Mode::free_access) return Outcome::doors_are_open;
    secure(command.door, whole.actor, turn);
    return Outcome::none;
}

Outcome Station::run(const SwitchOutlet& command, const Command& whole, Turn& turn) {
    const auto i = static_cast<std::size_t>(command.outlet);
    if (config_->outlets[i].amenity) return override_amenity(command, whole.actor, turn);
    YZ_CHECK(command.on.has_value());
    const auto* in_use = std::get_if<OutletInUse>(&state_.outlets[i]);
    if (!*command.on) {
        if (in_use != nullptr) switch_off(command.outlet, OffReason::command, whole.actor, turn);
        return Outcome::none;
    }
    if (const Outcome danger = why_to_leave(); danger != Outcome::none) return danger;
    if (!can_supply(i)) return Outcome::outlet_fault;
    if (in_use == nullptr && !has_power_for(i, turn.now.mono)) return Outcome::no_power_left;
    Record on = record(RecordType::outlet_on);
    on.outlet = command.outlet;
    on.visit = in_use != nullptr ? in_use->visit : 0;
    on.outcome = in_use != nullptr ? Outcome::outlet_renewed : Outcome::outlet_yours;
    on.lasts = config_->outlets[i].time_limit;
    on.actor = whole.actor;
    emit(on, turn);
    return Outcome::none;
}

// Lockdown begins with every way in shut: what lets people in ends, what lets them out goes on. Before the mode itself,
// so that a station cut off in between has shut too many doors rather than too few.
void Station::shut_ways_in(const Actor& actor, Turn& turn) {
    for (std::size_t i = 0; i < config_->doors.size(); ++i) {
        const DoorState& door = state_.doors[i];
        const auto* released = std::get_if<DoorReleased>(&door.phase);
        const bool leaving = released != nullptr && (door.exit_asked.mono + door.exit_lasts > turn.now.mono ||
                                                     std::any_of(door.passages.begin(), door.passages.end(),
                                                                 [](const Passage& p) { return p.leaving; }));
        // Of a card on an open door it is no longer known which way it goes: the exit readers work on.
        const auto* open = std::get_if<DoorOpen>(&door.phase);
        const bool next_may_enter =
            open != nullptr && open->release_cause != OpenCause::none && open->release_cause != OpenCause::exit_button;
        if (door.held || next_may_enter || (released != nullptr && !leaving)) {
            secure(static_cast<DoorIndex>(i), actor, turn);
        } else if (released != nullptr) {
            const auto passages = door.passages;
            for (const Passage& passage : passages) {
                if (!passage.leaving) miss(static_cast<DoorIndex>(i), passage, turn);
            }
        }
    }
}

Outcome Station::run(const SetMode& command, const Command& whole, Turn& turn) {
    if (command.mode == Mode::lockdown) shut_ways_in(whole.actor, turn);
    Record changed = record(RecordType::mode_changed);
    changed.mode = command.mode;
    changed.lasts = command.mode == Mode::normal ? milliseconds{0} : command.lasts;
    // Service silences door alarms: it must not be forgotten.
    if (command.mode == Mode::service) {
        changed.lasts = command.lasts == milliseconds{0} ? service_default : std::min(command.lasts, service_longest);
    }
    changed.actor = whole.actor;
    emit(changed, turn);
    return Outcome::none;
}

Outcome Station::run(const SetOccupancy& command, const Command& whole, Turn& turn) {
    Record set = record(RecordType::occupancy_set);
    set.value = command.count;
    set.actor = whole.actor;
    emit(set, turn);
    return Outcome::none;
}

Outcome Station::run(const StartEnrolment& command, const Command& whole, Turn& turn) {
    Record started = record(RecordType::enrol_started);
    started.reader = command.reader;
    started.lasts = command.lasts;
    started.actor = whole.actor;
    enrolment_requests_[static_cast<std::size_t>(command.reader)] = whole.request;
    emit(started, turn);
    return Outcome::none;
}

Outcome Station::run(const EndEnrolment& command, const Command& whole, Turn& turn) {
    const auto& enrolment = state_.enrolments[static_cast<std::size_t>(command.reader)];
    if (!enrolment.active) return Outcome::none;
    Record ended = record(RecordType::enrol_ended);
    ended.reader = command.reader;
    ended.value = enrolment.cards;
    ended.actor = whole.actor;
    emit(ended, turn);
    return Outcome::none;
}

Outcome Station::run(const AcknowledgeAlarm& command, const Command& whole, Turn& turn) {
    if (state_.standing(command.alarm) == nullptr) return Outcome::none;
    Record acknowledged = alarm_record(RecordType::alarm_acknowledged, command.alarm);
    acknowledged.actor = whole.actor;
    emit(acknowledged, turn);
    if (command.alarm.kind == AlarmKind::help) turn.say = Outcome::help_heard;
    return Outcome::none;
}

}  // namespace yizhan
