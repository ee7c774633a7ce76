#include "firmware/station/state.h"

#include <algorithm>
#include <span>

#include "firmware/station/state_doors.h"

namespace yizhan {
namespace {

DoorState* door_of(State& state, const Record& record) {
    if (!record.door || pos(*record.door) >= max_doors) return nullptr;
    return &state.doors[pos(*record.door)];
}

OutletState* outlet_state_of(State& state, const Record& record) {
    if (!record.outlet || pos(*record.outlet) >= max_outlets) return nullptr;
    return &state.outlets[pos(*record.outlet)];
}

Alarm alarm_of(const Record& record) {
    return {.kind = record.alarm,
            .door = record.door,
            .reader = record.reader,
            .outlet = record.outlet,
            .input = record.input,
            .since = record.at};
}

void remove_visit(State& state, VisitId id) {
    const auto found =
        std::find_if(state.inside.begin(), state.inside.end(), [&](const Visit& v) { return v.id == id; });
    if (found != state.inside.end()) state.inside.erase(found);
}

// Somebody left and nobody knows who: least harm is done by taking one who charges nothing.
void remove_somebody(State& state) {
    if (state.anonymous > 0) {
        --state.anonymous;
        return;
    }
    if (state.inside.empty()) return;
    auto* guess =
        std::find_if(state.inside.begin(), state.inside.end(), [&](const Visit& v) { return !state.outlet_of(v.id); });
    if (guess == state.inside.end()) guess = state.inside.begin();
    if (const auto outlet = state.outlet_of(guess->id)) std::get<OutletInUse>(state.outlets[pos(*outlet)]).visit = 0;
    state.inside.erase(guess);
}

void enter(State& state, const Record& record) {
    const Passage passage = take_passage(door_of(state, record), record.visit);
    state.emptying = false;
    if (!record.door && record.value != 0) state.uncounted = true;
    // Whoever is in by one door does not come by another.
    const CredentialId& who = passage.credential ? passage.credential : record.credential;
    for (DoorState& door : state.doors) {
        auto* other = std::find_if(door.passages.begin(), door.passages.end(),
                                   [&](const Passage& p) { return !p.leaving && who && p.credential == who; });
        if (other != door.passages.end()) door.passages.erase(other);
    }
    if (state.inside.full() || record.visit == 0) {
        ++state.anonymous;
        return;
    }
    const bool by_passage = static_cast<bool>(passage.credential);
    state.inside.push_back({record.visit, by_passage ? passage.credential : record.credential,
                            by_passage ? passage.group : record.group, record.door && record.value != 0});
}

void leave(State& state, const Record& record) {
    DoorState* door = door_of(state, record);
    if (record.visit != 0) {
        // Nor do they leave by another door, where they have asked as well.
        for (DoorState& any : state.doors) take_passage(&any, record.visit);
        remove_visit(state, record.visit);
    } else {
        take_passage(door, 0);
        remove_somebody(state);
        if (door != nullptr) {
            if (auto* open = std::get_if<DoorOpen>(&door->phase)) open->unseen_exit = false;
        }
    }
    if (record.value != 0) state.uncounted = true;
}

void set_occupancy(State& state, std::int64_t count) {
    const auto wanted = static_cast<std::size_t>(std::clamp<std::int64_t>(count, 0, 65535));
    while (state.inside.size() > wanted) remove_somebody(state);
    state.anonymous = static_cast<std::uint16_t>(wanted - state.inside.size());
    for (auto& visit : state.inside) visit.doubtful = false;
    state.uncounted = state.stands_open_to_everybody();
    if (wanted > 0) state.emptying = false;
}

void enrolment(State& state, const Record& record) {
    if (!record.reader || pos(*record.reader) >= max_readers) return;
    auto& enrolment = state.enrolments[pos(*record.reader)];
    if (record.type == RecordType::enrol_started) enrolment = {true, record.at, record.lasts, 0};
    if (record.type == RecordType::enrol_ended) enrolment = {};
    if (record.type == RecordType::enrolled) ++enrolment.cards;
}

void use_outlet(State& state, OutletState& outlet, const Record& record) {
    if (record.type == RecordType::outlet_on) {
        OutletInUse next{.visit = record.visit, .since = record.at, .lasts = record.lasts, .began = record.at};
        const auto* renewed = std::get_if<OutletInUse>(&outlet);
        if (renewed != nullptr && renewed->visit == record.visit) {
            next.began = renewed->began;
            next.milliwatt_hours = renewed->milliwatt_hours;
        }
        outlet = next;
        if (record.outcome != Outcome::none) state.emptying = false;  // somebody is there after all
    } else if (record.type == RecordType::outlet_off) {
        outlet = OutletIdle{};
    } else if (auto* in_use = std::get_if<OutletInUse>(&outlet)) {
        if (record.type == RecordType::outlet_warned) in_use->warned = true;
        if (record.type == RecordType::outlet_metered) in_use->milliwatt_hours = record.value;
    }
}

void override_outlet(State& state, const Record& record) {
    OutletOverride& order = state.overrides[pos(*record.outlet)];
    order = {};
    if (record.value >= 0) order = {.on = record.value != 0, .since = record.at, .lasts = record.lasts};
}

void change_alarm(State& state, const Record& record) {
    const Alarm alarm = alarm_of(record);
    auto* found =
        std::find_if(state.alarms.begin(), state.alarms.end(), [&](const Alarm& a) { return a.same_as(alarm); });
    if (record.type == RecordType::alarm_acknowledged) {
        if (found != state.alarms.end()) found->acknowledged = record.actor;
    } else if (record.type == RecordType::alarm_cleared) {
        if (found != state.alarms.end()) state.alarms.erase(found);
    } else if (found == state.alarms.end() && !state.alarms.full()) {
        state.alarms.push_back(alarm);
    }
    if (record.type != RecordType::alarm_raised) return;
    // Whoever comes by walks in.
    if (alarm.kind == AlarmKind::door_held_open) state.uncounted = true;
    // A lock that does not lock when a release is over lets in who is late.
    DoorState* door = alarm.kind == AlarmKind::output_fault ? door_of(state, record) : nullptr;
    auto* released = door != nullptr ? std::get_if<DoorReleased>(&door->phase) : nullptr;
    if (released != nullptr) released->crowded = true;
}

}  // namespace

void apply(State& state, const Record& record) {
    state.seq = record.seq;
    state.newest = record.at;
    switch (record.type) {
        case RecordType::started:
            state.running = true;
            state.enrolments = {};  // the tool that had asked is no longer connected
            // Who left meanwhile was not seen, nor who came, and of an unclean end the newest records may be missing.
            if (record.value != 1 || state.count() > 0) state.uncounted = true;
            if (state.presence_since.boot != 0) state.presence_since = record.at;  // nobody watched meanwhile
            break;
        case RecordType::stopped:
            state.running = false;
            break;
        case RecordType::entered:
            enter(state, record);
            break;
        case RecordType::left:
            leave(state, record);
            break;
        case RecordType::granted:
        case RecordType::not_entered:
        case RecordType::exit_requested:
        case RecordType::released:
        case RecordType::secured:
        case RecordType::door_opened:
        case RecordType::door_closed:
            if (auto* door = door_of(state, record)) change_door(state, *door, record);
            break;
        case RecordType::alarm_raised:
        case RecordType::alarm_cleared:
        case RecordType::alarm_acknowledged:
            change_alarm(state, record);
            break;
        case RecordType::outlet_on:
        case RecordType::outlet_warned:
        case RecordType::outlet_metered:
        case RecordType::outlet_off:
            if (auto* outlet = outlet_state_of(state, record)) use_outlet(state, *outlet, record);
            break;
        case RecordType::outlet_overridden:
            if (record.outlet && pos(*record.outlet) < max_outlets) override_outlet(state, record);
            break;
        case RecordType::mode_changed:
            state.mode = record.mode;
            state.mode_since = record.at;
            state.mode_lasts = record.lasts;
            if (state.mode == Mode::free_access) anybody_may_pass(state, state.doors);
            if (state.mode != Mode::lockdown) break;
            for (DoorState& door : state.doors) keep_for_leaving(door, record.at.mono);
            break;
        case RecordType::fire_started:
            state.fire = true;
            anybody_may_pass(state, state.doors);
            break;
        case RecordType::fire_ended:
            state.fire = false;
            break;
        case RecordType::presence_changed:
            // Somebody is there of whom no door has told.
            if (record.value != 0 && state.count() == 0 && state.all_secured()) state.uncounted = true;
            state.presence = record.value != 0;
            state.presence_since = record.at;
            break;
        case RecordType::occupancy_set:
            set_occupancy(state, record.value);
            break;
        case RecordType::station_empty:
            state.emptying = true;
            state.emptying_since = record.at;
            break;
        case RecordType::enrol_started:
        case RecordType::enrol_ended:
        case RecordType::enrolled:
            enrolment(state, record);
            break;
        case RecordType::command_taken:
        case RecordType::signer_removed:
        case RecordType::signers_loaded:
            state.sequences.follow(record);
            break;
        case RecordType::refused:
        case RecordType::entry_asked:
        case RecordType::commands_refused:
        case RecordType::members_loaded:
        case RecordType::settings_loaded:
        case RecordType::records_lost:
            break;
    }
    state.sequences.see(record.at);
}

}  // namespace yizhan
