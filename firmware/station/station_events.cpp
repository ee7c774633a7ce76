// What each event means.
#include <algorithm>
#include <utility>

#include "firmware/station/admission.h"
#include "firmware/station/station.h"

namespace yizhan {
namespace {

constexpr milliseconds longest_list_awaited{5000};

// Any of the group of alarms: a reader that is starting is given its time, one that answers is well.
bool unhealthy(ReaderHealth health) {
    return health == ReaderHealth::offline || health == ReaderHealth::degraded || health == ReaderHealth::failed;
}

}  // namespace

void Station::on(const CardPresented& card, Turn& turn) {
    YZ_CHECK(pos(card.reader) < config_->readers.size());
    if (state_.enrolments[pos(card.reader)].active) return card_to_enrol(card, turn);
    const ReaderConfig& reader = config_->readers[pos(card.reader)];
    switch (reader.place) {
        case ReaderPlace::entry:
            return card_to_enter(card, *reader.door, turn);
        case ReaderPlace::exit:
            return card_to_leave(card, *reader.door, turn);
        case ReaderPlace::inside:
            return card_for_outlet(card, turn);
    }
}

void Station::refuse(const CardPresented& card, Outcome why, std::optional<std::uint8_t> group, Turn& turn) {
    Record refused = record(RecordType::refused);
    refused.reader = card.reader;
    refused.door = config_->readers[pos(card.reader)].door;
    refused.outcome = why;
    refused.group = group;
    refused.credential = card.credential;
    emit(refused, turn);
    turn.show = {card.reader, why};
}

void Station::card_to_enter(const CardPresented& card, DoorIndex door, Turn& turn) {
    const bool waits = config_->durability == Durability::before_release && !around_.log_full;
    decide_entry(card, door, waits ? Evidence::to_come : Evidence::none_needed, turn);
}

Admission Station::admission_of(const CardPresented& card, Purpose purpose, Now now) const {
    // Whom the list bars is not let in because it is still being read; a disk that hangs keeps nobody out for long.
    const Condition& awaited = around_.members_awaited;
    if (awaited.holds && now.mono - awaited.since < longest_list_awaited) return {Outcome::no_member_list, {}};
    return admit(*config_, state_, around_.members, around_.log_full, card, purpose, now);
}

void Station::decide_entry(const CardPresented& card, DoorIndex door, Evidence evidence, Turn& turn) {
    if (state_.overridden(state_.doors[pos(door)])) {
        Record granted = granted_to(card, door);
        granted.outcome = Outcome::doors_are_open;
        emit(granted, turn);
        turn.show = {card.reader, granted.outcome};
        return;
    }
    const Admission admission = admission_of(card, Purpose::enter, turn.now);
    if (!admission.allowed()) return refuse(card, admission.outcome, admission.group, turn);
    if (evidence == Evidence::to_come) return ask_to_enter(card, door, admission, turn);
    if (evidence == Evidence::late && config_->when_evidence_late == WhenEvidenceLate::refuse) {
        return refuse(card, Outcome::log_full, admission.group, turn);
    }
    let_in(card, door, admission, turn);
}

void Station::ask_to_enter(const CardPresented& card, DoorIndex door, const Admission& admission, Turn& turn) {
    auto& asked = around_.asked[pos(card.reader)];
    // The card that was there before has been taken away: what is shown from now on is for this one.
    if (asked) refuse(asked->card, Outcome::log_full, std::nullopt, turn);
    turn.show.reset();
    Record wish = record(RecordType::entry_asked);
    wish.reader = card.reader;
    wish.door = door;
    wish.group = admission.group;
    wish.credential = card.credential;
    wish.lasts = config_->evidence_within;
    emit(wish, turn);
    asked = {.card = card, .seq = state_.seq, .until = turn.now.mono + wish.lasts};
}

void Station::let_in(const CardPresented& card, DoorIndex door, const Admission& admission, Turn& turn) {
    Record granted = granted_to(card, door);
    const DoorState& at_door = state_.doors[pos(door)];
    const auto* waiting = std::find_if(at_door.passages.begin(), at_door.passages.end(),
                                       [&](const Passage& p) { return p.credential == card.credential && !p.leaving; });
    granted.visit = waiting != at_door.passages.end() ? waiting->visit : card.fresh_visit;
    const DoorConfig& config = config_->doors[pos(door)];
    granted.group = admission.group;
    granted.outcome = admission.outcome;
    granted.lasts = admission.outcome == Outcome::welcome_slow ? config.extended_release : config.release;
    emit(granted, turn);
    turn.show = {card.reader, admission.outcome};
}

Record Station::granted_to(const CardPresented& card, DoorIndex door) const {
    Record granted = record(RecordType::granted);
    granted.reader = card.reader;
    granted.door = door;
    granted.credential = card.credential;
    return granted;
}

// Nobody is kept in: any card that can be read releases the door from inside.
void Station::card_to_leave(const CardPresented& card, DoorIndex door, Turn& turn) {
    Record granted = granted_to(card, door);
    granted.outcome = state_.overridden(state_.doors[pos(door)]) ? Outcome::doors_are_open : Outcome::goodbye;
    if (const Visit* visit = state_.visit_of(card.credential)) {
        granted.visit = visit->id;
        granted.group = visit->group;
    }
    const DoorConfig& config = config_->doors[pos(door)];
    Member member;
    const bool slow =
        around_.members != nullptr && around_.members->find(card.credential, member) && member.has(MemberFlag::slow);
    granted.lasts = slow ? config.extended_release : config.release;
    if (granted.outcome == Outcome::doors_are_open) granted.lasts = milliseconds{0};
    emit(granted, turn);
    turn.show = {card.reader, granted.outcome};
}

std::optional<Station::Coming> Station::coming_in(const CredentialId& credential) const {
    for (std::size_t i = 0; i < config_->doors.size(); ++i) {
        for (const Passage& passage : state_.doors[i].passages) {
            if (passage.credential == credential && !passage.leaving) return Coming{static_cast<DoorIndex>(i), passage};
        }
    }
    return std::nullopt;
}

void Station::card_to_enrol(const CardPresented& card, Turn& turn) {
    Record enrolled = record(RecordType::enrolled);
    enrolled.reader = card.reader;
    enrolled.outcome = Outcome::enrolled;
    emit(enrolled, turn);
    turn.out.add(CardEnrolled{card.reader, enrolment_requests_[pos(card.reader)], card.credential, card.kind});
    turn.show = {card.reader, Outcome::enrolled};
}

void Station::on(const CardRefused& card, Turn& turn) {
    YZ_CHECK(pos(card.reader) < config_->readers.size());
    Record refused = record(RecordType::refused);
    refused.reader = card.reader;
    refused.door = config_->readers[pos(card.reader)].door;
    refused.outcome = card.why;
    emit(refused, turn);
    turn.show = {card.reader, card.why};
}

void Station::on(const ReaderHealthChanged& change, Turn& turn) {
    YZ_CHECK(pos(change.reader) < config_->readers.size());
    if (change.health == ReaderHealth::starting) return;  // neither well nor ill yet
    around_.reader_unhealthy[pos(change.reader)].set(unhealthy(change.health), turn.now.mono);
}

Station::Opening Station::explain_opening(DoorIndex door, Mono now) const {
    const DoorState& state = state_.doors[pos(door)];
    const DoorConfig& config = config_->doors[pos(door)];
    // A contact settles before it tells: who opened while it burned is heard of a little later.
    if (state_.fire || (around_.fire_ended && now < *around_.fire_ended + config.slam)) return {OpenCause::fire};
    if (state_.mode == Mode::free_access || state_.mode == Mode::service) return {OpenCause::mode};
    if (state.held) return {OpenCause::command};
    if (const auto* released = std::get_if<DoorReleased>(&state.phase)) {
        // Pressed since before the door was locked by order: a card does not make their opening countable.
        const bool exit = released->cause == OpenCause::granted && around_.exit_pressed[pos(door)];
        return {exit ? OpenCause::exit_button : released->cause};
    }
    if (around_.exit_pressed[pos(door)]) return {OpenCause::exit_button};
    const auto& secured = std::get<DoorSecured>(state.phase);
    const bool slammed = secured.last_cause != OpenCause::none && secured.last_cause != OpenCause::forced &&
                         now < secured.since.mono + config.slam;
    if (slammed) return {secured.last_cause, true};
    // First level since a start, or since it could not be read: whoever opened it did so while nobody watched.
    if (!contact_open_[pos(door)]) return {OpenCause::exit_by_handle};
    // A handle that nothing watches opens the door from inside at any time: that is no break-in.
    const bool handle = config.egress == Egress::mechanical && !watches_leaving(door);
    return {handle ? OpenCause::exit_by_handle : OpenCause::forced};
}

bool Station::watches_leaving(DoorIndex door) const {
    return config_->doors[pos(door)].has_exit_button ||
           std::any_of(config_->readers.begin(), config_->readers.end(),
                       [&](const ReaderConfig& r) { return r.place == ReaderPlace::exit && r.door == door; });
}

void Station::on(const DoorContactChanged& change, Turn& turn) {
    YZ_CHECK(pos(change.door) < config_->doors.size());
    around_.contact_unknown[pos(change.door)].set(!change.open, turn.now.mono);
    if (!change.open) {
        // Not closed, and nobody watches it: the door stays as it was last.
        contact_open_[pos(change.door)].reset();
        return;
    }
    around_.contact_told[pos(change.door)] = true;
    const bool open = *change.open;
    const DoorState& door = state_.doors[pos(change.door)];
    const bool was_open = std::holds_alternative<DoorOpen>(door.phase);
    if (open != was_open) {
        Record moved = record(open ? RecordType::door_opened : RecordType::door_closed);
        moved.door = change.door;
        if (open) {
            const Opening opening = explain_opening(change.door, turn.now.mono);
            moved.cause = opening.cause;
            moved.value = opening.sprang_open ? -1 : static_cast<std::int64_t>(door.passages.size());
        } else if (!watches_leaving(change.door)) {
            // Whoever came in, or was in, may have gone again on the same opening, seen by nothing.
            moved.value = 1;
        }
        emit(moved, turn);
    }
    contact_open_[pos(change.door)] = open;
}

void Station::on(const ExitButtonChanged& change, Turn& turn) {
    YZ_CHECK(pos(change.door) < config_->doors.size());
    const bool pressed = change.pressed.value_or(false);
    around_.exit_unknown[pos(change.door)].set(!change.pressed, turn.now.mono);
    around_.exit_pressed[pos(change.door)] = pressed;
    if (!pressed) return;
    Record exit = record(RecordType::exit_requested);
    exit.door = change.door;
    exit.lasts = config_->doors[pos(change.door)].release;
    exit.value = is_blind(change.door) ? 1 : 0;
    emit(exit, turn);
}

void Station::on(const InputChanged& change, Turn& turn) {
    YZ_CHECK(pos(change.input) < config_->inputs.size());
    around_.input_unknown[pos(change.input)].set(!change.active, turn.now.mono);
    // A fire goes on, and a housing stays open, until a level says otherwise.
    if (!change.active) return;
    const bool was_active = std::exchange(around_.input_active[pos(change.input)], *change.active);
    switch (config_->inputs[pos(change.input)].kind) {
        case InputKind::fire:
            if (senses(InputKind::fire) != state_.fire) {
                Record fire = record(state_.fire ? RecordType::fire_ended : RecordType::fire_started);
                fire.input = change.input;
                emit(fire, turn);
                if (state_.fire) {
                    turn.say = Outcome::fire_leave;
                } else {
                    around_.fire_ended = turn.now.mono;
                }
            }
            break;
        case InputKind::presence: {
            const bool somebody = senses(InputKind::presence);
            if (somebody != state_.presence || state_.presence_since.boot == 0) {
                Record presence = record(RecordType::presence_changed);
                presence.input = change.input;
                presence.value = somebody ? 1 : 0;
                emit(presence, turn);
            }
            break;
        }
        case InputKind::help:
            // A level that is only told again, after a restart or a hole in what is known, is no new call.
            if (*change.active && !was_active) call_for_help(change.input, turn);
            break;
        case InputKind::smoke:
            if (*change.active) turn.say = Outcome::smoke_leave;
            break;
        case InputKind::tamper:
        case InputKind::water_leak:
        case InputKind::mains_lost:
        case InputKind::battery_low:
        case InputKind::too_hot:
        case InputKind::too_cold:
            break;  // their alarm follows (station_due.cpp)
    }
}

void Station::call_for_help(InputIndex input, Turn& turn) {
    turn.say = Outcome::help_called;
    const auto door = config_->inputs[pos(input)].releases;
    if (!door) return;
    Record released = record(RecordType::released);
    released.door = door;
    released.input = input;
    released.lasts = config_->doors[pos(*door)].extended_release;
    emit(released, turn);
}

bool Station::senses(InputKind kind) const {
    for (std::size_t i = 0; i < config_->inputs.size(); ++i) {
        if (config_->inputs[i].kind == kind && around_.input_active[i]) return true;
    }
    return false;
}

void Station::on(const OutputFault& fault, Turn& turn) {
    if (fault.door) {
        around_.door_output_fault[pos(*fault.door)].set(fault.faulty, turn.now.mono);
        // What it was told meanwhile it has not done: again, if it is still to be.
        if (!fault.faulty) door_outputs_[pos(*fault.door)].released = false;
    }
    if (fault.outlet) around_.outlet_output_fault[pos(*fault.outlet)].set(fault.faulty, turn.now.mono);
    if (!fault.door && !fault.outlet) {
        around_.contactor_output_fault.set(fault.faulty, turn.now.mono);
        if (!fault.faulty) contactor_ = {};
    }
}

void Station::look_for_members(Turn& turn) {
    around_.no_members.set(around_.members == nullptr && config_->policy == AdmissionPolicy::members, turn.now.mono);
}

void Station::on(const MembersAwaited&, Turn& turn) { around_.members_awaited.set(true, turn.now.mono); }

void Station::on(const MembersChanged& change, Turn& turn) {
    around_.members = change.list;
    around_.members_awaited = {};
    look_for_members(turn);
    if (change.list == nullptr) return;
    Record loaded = record(RecordType::members_loaded);
    loaded.value = static_cast<std::int64_t>(change.list->info().version);
    loaded.actor = change.actor;
    emit(loaded, turn);
}

void Station::on(const RecordsStored& stored, Turn& turn) {
    // In memory they are no evidence: whoever waits for it gets the answer for evidence that is late.
    if (stored.durable) around_.stored = std::max(around_.stored, stored.upto);
    around_.waiting_records = {stored.upto < state_.seq, turn.now.mono};
}

void Station::on(const LogReplaced&, Turn& turn) { set_alarm({.kind = AlarmKind::log_replaced}, true, turn); }

void Station::on(const LogHealthChanged& health, Turn& turn) {
    around_.log_failed.set(health.failed, turn.now.mono);
    around_.log_shortened.set(health.shortened, turn.now.mono);
    around_.log_full = health.full;
    if (health.full || around_.lost == 0) return;
    // Room again: say how many are missing before anything else is recorded.
    Record lost = record(RecordType::records_lost);
    lost.value = static_cast<std::int64_t>(around_.lost);
    around_.lost = 0;
    emit(lost, turn);
}

void Station::on(const UplinkReport& report, Turn& turn) { around_.uplink_down.set(!report.connected, turn.now.mono); }

void Station::on(const SettingsLoaded& loaded, Turn& turn) {
    Record record_of_it = record(RecordType::settings_loaded);
    record_of_it.actor = loaded.actor;
    emit(record_of_it, turn);
    look_for_members(turn);
}

void Station::on(const TimePassed&, Turn&) {}

void Station::on(const Stopping&, Turn& turn) {
    // What they asked may be stored while the log is closed: nobody would lock the door behind them.
    for (auto& asked : around_.asked) {
        if (asked) refuse(std::exchange(asked, std::nullopt)->card, Outcome::log_full, std::nullopt, turn);
    }
    for (const auto& waiting : around_.waiting_commands) {
        turn.out.add(Answer{waiting.command.request, Outcome::command_not_stored});
    }
    around_.waiting_commands.clear();
    for (auto& refused : around_.refused_commands) tell_refused(refused, turn);
    emit(record(RecordType::stopped), turn);
}

}  // namespace yizhan
