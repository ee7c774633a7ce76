// What follows from the state by itself or with time. Every rule looks at state and time alone, so that a station
// restored in the middle of a row of records goes on with the rest of it.
#include <algorithm>
#include <utility>

#include "firmware/station/alarm_kinds.h"
#include "firmware/station/station.h"

namespace yizhan {
namespace {

// How long a condition of the surroundings lasts before it is an alarm: restarts, replugs and hiccups are none.
constexpr milliseconds reader_alarm_after = std::chrono::seconds{10};
// A door opened in the last moment of its release is heard of when its contact has settled.
constexpr milliseconds late_opening{500};
constexpr milliseconds input_alarm_after = std::chrono::seconds{10};
constexpr milliseconds members_alarm_after = std::chrono::seconds{10};
constexpr milliseconds uplink_alarm_after = std::chrono::seconds{60};
constexpr milliseconds clock_alarm_after = std::chrono::minutes{10};

}  // namespace

// By value: its record takes it off the list.
void Station::miss(DoorIndex door, Passage passage, Turn& turn) {
    Record missed = record(RecordType::not_entered);
    missed.door = door;
    missed.visit = passage.visit;
    missed.group = passage.group;
    // Kept released for somebody else all the time, the door would open for this one too.
    const auto* released = std::get_if<DoorReleased>(&state_.doors[pos(door)].phase);
    missed.value = released != nullptr && released->since.mono <= passage.since.mono + passage.lasts ? 1 : 0;
    emit(missed, turn);
}

void Station::secure(DoorIndex door, const Actor& actor, Turn& turn) {
    // A copy: each record takes its passage off the list. Behind an open door they have been followed already.
    const auto passages = state_.doors[static_cast<std::size_t>(door)].passages;
    for (const Passage& passage : passages) miss(door, passage, turn);
    Record secured = record(RecordType::secured);
    secured.door = door;
    secured.actor = actor;
    emit(secured, turn);
}

// Decided anew: what has changed since they asked counts.
bool Station::follow_asked(Turn& turn) {
    for (std::size_t i = 0; i < config_->readers.size(); ++i) {
        auto& asked = around_.asked[i];
        if (!asked) continue;
        const bool is_stored = around_.stored >= asked->seq;
        if (!is_stored && !turn.has_come(asked->until)) continue;
        if (turn.show) {
            // Each is shown what became of it: the next turn is at once.
            turn.due = std::min(turn.due, turn.now.mono);
            continue;
        }
        const CardPresented card = std::exchange(asked, std::nullopt)->card;
        decide_entry(card, *config_->readers[i].door, is_stored ? Evidence::stored : Evidence::late, turn);
        return true;
    }
    return false;
}

bool Station::follow_door(DoorIndex door, Turn& turn) {
    const auto i = static_cast<std::size_t>(door);
    const DoorState& state = state_.doors[i];
    const DoorConfig& config = config_->doors[i];
    if (follow_passages(door, turn)) return true;

    bool held_open = false;
    bool forced = false;
    if (const auto* released = std::get_if<DoorReleased>(&state.phase)) {
        if (turn.has_come(released->since.mono + released->lasts + late_opening) && !state.held) {
            secure(door, {}, turn);
            return true;
        }
    } else if (const auto* open = std::get_if<DoorOpen>(&state.phase)) {
        const bool explained = state_.overridden(state) || state_.mode == Mode::service;
        forced = open->cause == OpenCause::forced && !explained;
        if (!forced && !explained) {
            // One that stood open when the power went may have been closed long ago.
            const bool is_seen =
                around_.contact_told[i] || state_.standing({.kind = AlarmKind::door_held_open, .door = door});
            held_open = is_seen && turn.has_come(open->since.mono + config.held_open_after);
            // The pre-alarm is shown, not recorded: wake for it.
            turn.has_come(open->since.mono + config.held_open_after - config.pre_alarm);
        }
    }
    bool changed = set_alarm({.kind = AlarmKind::door_forced, .door = door}, forced, turn);
    changed |= set_alarm({.kind = AlarmKind::door_held_open, .door = door}, held_open, turn);
    return changed;
}

// Nothing tells that it opens.
bool Station::is_blind(DoorIndex door) const {
    return !config_->doors[pos(door)].has_contact || around_.contact_unknown[pos(door)].holds;
}

// Whoever was granted passes when the door opens; where nothing tells that it opened, they are taken to have passed.
bool Station::follow_passages(DoorIndex door, Turn& turn) {
    const auto i = static_cast<std::size_t>(door);
    const DoorState& state = state_.doors[i];
    const auto* open = std::get_if<DoorOpen>(&state.phase);
    const bool blind = is_blind(door);
    for (const Passage& passage : state.passages) {
        // Let in, though counted as inside: either they left unseen, or it was never sure that they had come in.
        const Visit* old = passage.leaving ? nullptr : state_.visit_of(passage.credential);
        if (old == nullptr) continue;
        Record left = record(RecordType::left);
        left.visit = old->id;
        left.group = old->group;
        left.value = old->doubtful ? 0 : 1;
        emit(left, turn);
        return true;
    }
    if (open != nullptr && open->unseen_exit) {
        Record left = record(RecordType::left);
        left.door = door;
        left.value = 1;
        emit(left, turn);
        return true;
    }
    if (open == nullptr && !blind) {
        // Who has not come by the end of their release does not come on that of somebody behind them.
        for (const Passage& passage : state.passages) {
            if (!turn.has_come(passage.since.mono + passage.lasts + late_opening)) continue;
            miss(door, passage, turn);
            return true;
        }
    }
    if (state.passages.empty() || (open == nullptr && !blind)) return false;
    const Passage passage = state.passages[0];
    // Nor where anybody who is in may go on the same opening, or have opened it, by a handle that nothing watches.
    const bool sure = !blind && open->together == 1 && watches_leaving(door);
    Record passed = record(passage.leaving ? RecordType::left : RecordType::entered);
    passed.door = door;
    passed.visit = passage.visit;
    passed.group = passage.group;
    passed.credential = passage.leaving ? CredentialId{} : passage.credential;
    passed.value = sure && passage.visit != 0 ? 0 : 1;
    emit(passed, turn);
    return true;
}

bool Station::follow_occupancy(Turn& turn) {
    bool in_use = false;  // by somebody
    for (std::size_t i = 0; i < config_->outlets.size(); ++i) {
        in_use |= std::holds_alternative<OutletInUse>(state_.outlets[i]) && !config_->outlets[i].amenity;
    }
    if (state_.count() == 0 && in_use && !state_.emptying) {
        Record empty = record(RecordType::station_empty);
        empty.lasts = config_->empty_grace;
        emit(empty, turn);
        turn.say = Outcome::leaving_off;
        return true;
    }

    // Proven empty: nothing has moved for long enough while every door that tells was closed.
    const bool senses = std::any_of(config_->inputs.begin(), config_->inputs.end(),
                                    [](const InputConfig& input) { return input.kind == InputKind::presence; });
    const bool in_doubt = state_.count() > 0 || state_.confidence() == Confidence::estimated;
    if (!senses || !in_doubt || state_.presence || state_.presence_since.boot == 0) return false;
    // What cannot be read proves nothing, nor does the time before it could be again.
    Mono quiet_since = state_.presence_since.mono;
    for (std::size_t i = 0; i < config_->inputs.size(); ++i) {
        if (config_->inputs[i].kind != InputKind::presence) continue;
        if (around_.input_unknown[i].holds) return false;
        quiet_since = std::max(quiet_since, around_.input_unknown[i].since);
    }
    for (std::size_t i = 0; i < config_->doors.size(); ++i) {
        const auto* secured = std::get_if<DoorSecured>(&state_.doors[i].phase);
        if (secured == nullptr || state_.overridden(state_.doors[i]) || around_.contact_unknown[i].holds) return false;
        quiet_since = std::max({quiet_since, secured->since.mono, around_.contact_unknown[i].since});
    }
    if (!turn.has_come(quiet_since + config_->proven_empty_after)) return false;
    emit(record(RecordType::occupancy_set), turn);
    return true;
}

bool Station::follow_modes(Turn& turn) {
    bool changed = false;
    if (state_.mode != Mode::normal && state_.mode_lasts > milliseconds{0} &&
        turn.has_come(state_.mode_since.mono + state_.mode_lasts)) {
        emit(record(RecordType::mode_changed), turn);
        changed = true;
    }
    for (std::size_t i = 0; i < config_->readers.size(); ++i) {
        const Enrolment& enrolment = state_.enrolments[i];
        if (!enrolment.active || !turn.has_come(enrolment.since.mono + enrolment.lasts)) continue;
        Record ended = record(RecordType::enrol_ended);
        ended.reader = static_cast<ReaderIndex>(i);
        ended.value = enrolment.cards;
        emit(ended, turn);
        changed = true;
    }
    return changed;
}

bool Station::follow_alarms(Turn& turn) {
    bool changed = set_alarm({.kind = AlarmKind::fire}, state_.fire, turn);
    for (std::size_t i = 0; i < config_->inputs.size(); ++i) {
        changed |= keep_alarm({.kind = AlarmKind::input_fault, .input = static_cast<InputIndex>(i)},
                              around_.input_unknown[i], input_alarm_after, turn);
        const AlarmKind kind = alarm_of(config_->inputs[i].kind);
        if (kind == AlarmKind::none) continue;
        changed |= set_alarm({.kind = kind, .input = static_cast<InputIndex>(i)}, around_.input_active[i], turn);
    }
    for (std::size_t i = 0; i < config_->readers.size(); ++i) {
        changed |= keep_alarm({.kind = AlarmKind::reader_fault, .reader = static_cast<ReaderIndex>(i)},
                              around_.reader_unhealthy[i], reader_alarm_after, turn);
    }
    for (std::size_t i = 0; i < config_->doors.size(); ++i) {
        changed |= keep_alarm({.kind = AlarmKind::output_fault, .door = static_cast<DoorIndex>(i)},
                              around_.door_output_fault[i], milliseconds{0}, turn);
        const Condition& contact = around_.contact_unknown[i];
        changed |= keep_alarm({.kind = AlarmKind::input_fault, .door = static_cast<DoorIndex>(i)},
                              contact.holds ? contact : around_.exit_unknown[i], input_alarm_after, turn);
    }
    for (std::size_t i = 0; i < config_->outlets.size(); ++i) {
        const auto outlet = static_cast<OutletIndex>(i);
        const auto keep = [&](AlarmKind kind, const Condition& condition) {
            changed |= keep_alarm({.kind = kind, .outlet = outlet}, condition, milliseconds{0}, turn);
        };
        keep(AlarmKind::output_fault, around_.outlet_output_fault[i]);
        keep(AlarmKind::meter_silent, around_.meter_silent[i]);
        keep(AlarmKind::relay_welded, around_.relay_welded[i]);
        keep(AlarmKind::too_hot, around_.too_hot[i]);
    }
    changed |= keep_alarm({.kind = AlarmKind::output_fault}, around_.contactor_output_fault, milliseconds{0}, turn);
    changed |= keep_alarm({.kind = AlarmKind::log_stalled}, around_.waiting_records, config_->stalled_log_after, turn);
    changed |= keep_alarm({.kind = AlarmKind::log_failed}, around_.log_failed, milliseconds{0}, turn);
    changed |= keep_alarm({.kind = AlarmKind::log_shortened}, around_.log_shortened, milliseconds{0}, turn);
    changed |= set_alarm({.kind = AlarmKind::log_replaced}, false, turn);  // once it is acknowledged
    changed |= set_alarm({.kind = AlarmKind::records_lost}, around_.lost > 0, turn);
    changed |= keep_alarm({.kind = AlarmKind::uplink}, around_.uplink_down, uplink_alarm_after, turn);
    changed |= keep_alarm({.kind = AlarmKind::no_member_list}, around_.no_members, members_alarm_after, turn);
    changed |= keep_alarm({.kind = AlarmKind::clock_untrusted}, around_.clock_untrusted, clock_alarm_after, turn);
    changed |= set_alarm({.kind = AlarmKind::signers_expire}, signers_expire(turn), turn);
    return changed;
}

bool Station::keep_alarm(const Alarm& alarm, const Condition& condition, milliseconds after, Turn& turn) {
    // One that stood before a restart goes on standing while its reason does.
    const bool active =
        condition.holds && (state_.standing(alarm) != nullptr || turn.has_come(condition.since + after));
    return set_alarm(alarm, active, turn);
}

Record Station::alarm_record(RecordType type, const Alarm& alarm) const {
    Record about = record(type);
    about.alarm = alarm.kind;
    about.door = alarm.door;
    about.reader = alarm.reader;
    about.outlet = alarm.outlet;
    about.input = alarm.input;
    return about;
}

bool Station::set_alarm(const Alarm& alarm, bool active, Turn& turn) {
    const Alarm* standing = state_.standing(alarm);
    const bool stands = standing != nullptr;
    if (stands == active || (active && state_.alarms.full())) return false;
    if (stands && is_latched(alarm.kind) && !standing->acknowledged) return false;
    emit(alarm_record(active ? RecordType::alarm_raised : RecordType::alarm_cleared, alarm), turn);
    return true;
}

}  // namespace yizhan
