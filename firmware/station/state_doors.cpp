#include "firmware/station/state_doors.h"

#include <algorithm>

namespace yizhan {
namespace {

Mono ends(const Passage& passage) { return passage.since.mono + passage.lasts; }

// A later trigger extends a release; it never shortens or stacks.
void release(DoorState& door, const Record& record, OpenCause cause) {
    if (auto* open = std::get_if<DoorOpen>(&door.phase)) {
        // What the door was opened on is used up.
        const bool first = open->release_cause == OpenCause::none;
        if (first || record.at.mono + record.lasts > open->released.mono + open->release_lasts) {
            open->released = record.at;
            open->release_lasts = record.lasts;
        }
        const bool uncounted = open->release_cause != OpenCause::none && open->release_cause != OpenCause::granted;
        if (!uncounted) open->release_cause = cause;
        return;
    }
    if (auto* released = std::get_if<DoorReleased>(&door.phase)) {
        const Mono end = released->since.mono + released->lasts;
        // Who is late already and found it released for somebody else all the time may come on this.
        const bool somebody_is_late = std::any_of(door.passages.begin(), door.passages.end(), [&](const Passage& p) {
            return ends(p) >= released->since.mono && ends(p) < record.at.mono && record.at.mono <= end;
        });
        if (somebody_is_late) released->crowded = true;
        if (record.at.mono + record.lasts > end) {
            released->since = record.at;
            released->lasts = record.lasts;
        }
        // Once something nobody can count has released the door, a card does not make the opening countable.
        if (released->cause == OpenCause::granted) released->cause = cause;
        return;
    }
    door.phase = DoorReleased{record.at, record.lasts, cause};
}

void grant(DoorState& door, const Record& record) {
    const Passage passage{.visit = record.visit,
                          .credential = record.credential,
                          .group = record.group,
                          .leaving = record.outcome == Outcome::goodbye,
                          .since = record.at,
                          .lasts = record.lasts};
    auto* same = std::find_if(door.passages.begin(), door.passages.end(),
                              [&](const Passage& p) { return p.credential == passage.credential; });
    if (same != door.passages.end()) {
        *same = passage;
    } else {
        if (door.passages.full()) door.passages.erase(door.passages.begin());
        door.passages.push_back(passage);
    }
    // Whoever is let in while the door stands open may or may not have used it.
    if (auto* open = std::get_if<DoorOpen>(&door.phase)) open->together = 2;
    release(door, record, OpenCause::granted);
}

void open(State& state, DoorState& door, const Record& record) {
    DoorOpen next{.since = record.at, .cause = record.cause, .released = {}, .release_lasts = {}};
    bool crowded = false;
    if (const auto* released = std::get_if<DoorReleased>(&door.phase)) {
        next.released = released->since;
        next.release_lasts = released->lasts;
        crowded = released->crowded;
    }
    next.together = static_cast<std::uint8_t>(std::clamp<std::int64_t>(record.value, 0, 8));
    if (crowded) {
        next.together = std::max<std::uint8_t>(next.together, 2);
        // Whoever was late may come in or go with them, or instead of them.
        state.uncounted = true;
    }
    // It sprang open, or somebody took the handle in the moment it closed: nothing tells the one from the other.
    if (record.value < 0) state.uncounted = true;
    // Somebody uses what others were given, who have passed elsewhere.
    if (record.cause == OpenCause::granted && record.value == 0) state.uncounted = true;
    if (record.cause != OpenCause::granted) {
        state.uncounted = true;
        next.together = std::max<std::uint8_t>(next.together, 2);
        const bool exit = record.cause == OpenCause::exit_button || record.cause == OpenCause::exit_by_handle;
        next.unseen_exit = exit && record.value != -1 && state.count() > 0;
    }
    door.phase = next;
}

}  // namespace

Passage take_passage(DoorState* door, VisitId visit) {
    if (door == nullptr) return {.visit = visit};
    // Of several whose visits nobody knows, the one whose time is over first.
    auto* found = door->passages.end();
    for (auto* p = door->passages.begin(); p != door->passages.end(); ++p) {
        if (p->visit == visit && (found == door->passages.end() || ends(*p) < ends(*found))) found = p;
    }
    if (found == door->passages.end()) return {.visit = visit};
    const Passage passage = *found;
    door->passages.erase(found);
    return passage;
}

void anybody_may_pass(State& state, std::span<const DoorState> doors) {
    const auto stands_open = [](const DoorState& door) { return std::holds_alternative<DoorOpen>(door.phase); };
    if (std::ranges::any_of(doors, stands_open)) state.uncounted = true;
}

void keep_for_leaving(DoorState& door, Mono now) {
    Mono last = std::max(door.exit_asked.mono + door.exit_lasts, now);
    for (const Passage& passage : door.passages) {
        if (passage.leaving) last = std::max(last, ends(passage));
    }
    const auto cut = [&](const Stamp& since, milliseconds& lasts) {
        const Mono end = since.mono + lasts;
        if (last < end) lasts -= std::chrono::ceil<milliseconds>(end - last);
    };
    if (auto* released = std::get_if<DoorReleased>(&door.phase)) cut(released->since, released->lasts);
    // Behind an open door a card may have made the button's release longer.
    auto* open = std::get_if<DoorOpen>(&door.phase);
    if (open != nullptr && open->release_cause != OpenCause::none) cut(open->released, open->release_lasts);
}

void change_door(State& state, DoorState& door, const Record& record) {
    switch (record.type) {
        case RecordType::granted:
            if (record.outcome != Outcome::doors_are_open) grant(door, record);
            break;
        case RecordType::not_entered: {
            take_passage(&door, record.visit);
            auto* released = std::get_if<DoorReleased>(&door.phase);
            if (released != nullptr && record.value != 0) released->crowded = true;
            break;
        }
        case RecordType::exit_requested:
            door.exit_asked = record.at;
            door.exit_lasts = record.lasts;
            // Whoever wants out may well go while the door is open for somebody else, or where nothing sees it open.
            if (std::holds_alternative<DoorOpen>(door.phase) || record.value != 0) state.uncounted = true;
            release(door, record, OpenCause::exit_button);
            break;
        case RecordType::released:
            anybody_may_pass(state, std::span(&door, 1));
            if (record.value == 1) {
                door.held = true;
            } else {
                release(door, record, OpenCause::command);
            }
            break;
        case RecordType::secured:
            door.held = false;
            // Whoever wants out asks again; what releases the door next is not for them.
            door.exit_lasts = milliseconds{0};
            if (auto* is_open = std::get_if<DoorOpen>(&door.phase)) {
                is_open->release_lasts = milliseconds{0};
                is_open->release_cause = OpenCause::none;
            } else {
                door.passages.clear();
                door.phase = DoorSecured{record.at, OpenCause::none};
            }
            break;
        case RecordType::door_opened:
            open(state, door, record);
            break;
        case RecordType::door_closed: {
            if (record.value != 0 && state.count() > 0) state.uncounted = true;
            const auto* was = std::get_if<DoorOpen>(&door.phase);
            if (was != nullptr && was->release_cause != OpenCause::none &&
                was->released.mono + was->release_lasts > record.at.mono) {
                // Whoever it is for counts already, and may come only now.
                door.phase = DoorReleased{was->released, was->release_lasts, was->release_cause, true};
            } else {
                door.phase = DoorSecured{record.at, was != nullptr ? was->cause : OpenCause::none};
                door.exit_lasts = milliseconds{0};
            }
            break;
        }
        default:
            break;
    }
}

}  // namespace yizhan
