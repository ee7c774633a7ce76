// What can be asked of State.
#include <algorithm>

#include "firmware/station/state.h"

namespace yizhan {

Confidence State::confidence() const {
    const bool doubt =
        uncounted || std::any_of(inside.begin(), inside.end(), [](const Visit& v) { return v.doubtful; });
    return doubt ? Confidence::estimated : Confidence::certain;
}

const Visit* State::visit_of(const CredentialId& credential) const {
    const auto* found =
        std::find_if(inside.begin(), inside.end(), [&](const Visit& v) { return v.credential == credential; });
    return found == inside.end() ? nullptr : found;
}

const Visit* State::visit_by_id(VisitId id) const {
    const auto* found = std::find_if(inside.begin(), inside.end(), [&](const Visit& v) { return v.id == id; });
    return found == inside.end() ? nullptr : found;
}

std::optional<OutletIndex> State::outlet_of(VisitId visit) const {
    for (std::size_t i = 0; i < outlets.size(); ++i) {
        const auto* in_use = std::get_if<OutletInUse>(&outlets[i]);
        if (in_use != nullptr && visit != 0 && in_use->visit == visit) return static_cast<OutletIndex>(i);
    }
    return std::nullopt;
}

bool State::has_alarm(AlarmKind kind) const {
    return std::any_of(alarms.begin(), alarms.end(), [&](const Alarm& alarm) { return alarm.kind == kind; });
}

const Alarm* State::standing(const Alarm& alarm) const {
    const auto* found = std::find_if(alarms.begin(), alarms.end(), [&](const Alarm& a) { return a.same_as(alarm); });
    return found == alarms.end() ? nullptr : found;
}

bool State::overridden(const DoorState& door) const { return door.held || fire || mode == Mode::free_access; }

bool State::stands_open_to_everybody() const {
    for (std::size_t i = 0; i < doors.size(); ++i) {
        if (!std::holds_alternative<DoorOpen>(doors[i].phase)) continue;
        const bool wedged = standing({.kind = AlarmKind::door_held_open, .door = static_cast<DoorIndex>(i)}) != nullptr;
        if (overridden(doors[i]) || wedged) return true;
    }
    return false;
}

bool State::all_secured() const {
    return std::ranges::all_of(doors, [](const DoorState& door) {
        return std::holds_alternative<DoorSecured>(door.phase) && !door.held && door.passages.empty();
    });
}

}  // namespace yizhan
