// What every output should be by state and time, and the difference to what it was last told.
#include <algorithm>

#include "firmware/station/station.h"

namespace yizhan {
namespace {

// Whatever has no end of its own (held, free access, fire, an outlet in use) is renewed in leases, so that it ends by
// itself soon after Station does.
constexpr milliseconds door_lease = std::chrono::seconds{10};
constexpr milliseconds door_renew_before = std::chrono::seconds{5};
constexpr milliseconds outlet_lease = std::chrono::seconds{60};
constexpr milliseconds outlet_renew_before = std::chrono::seconds{30};

// The end of a lease that is renewed while `ends` has not come. Keeps `current` while that is still good.
Mono renewed(Mono current, Mono ends, milliseconds lease, milliseconds renew_before, Mono now) {
    if (current <= ends && current - renew_before > now) return current;
    return std::min(ends, now + lease);
}

}  // namespace

void Station::drive_door(DoorIndex door, Turn& turn) {
    const auto i = static_cast<std::size_t>(door);
    const DoorState& state = state_.doors[i];
    DoorOutput& output = door_outputs_[i];
    const Mono now = turn.now.mono;

    Mono ends{};  // of the release; in the past: secure
    if (const auto* released = std::get_if<DoorReleased>(&state.phase)) ends = released->since.mono + released->lasts;
    if (const auto* open = std::get_if<DoorOpen>(&state.phase)) ends = open->released.mono + open->release_lasts;
    Mono until = ends;
    if (state_.overridden(state)) {
        const Mono current = output.released ? output.until : Mono{};
        until = renewed(current, never, door_lease, door_renew_before, now);
        turn.due = std::min(turn.due, until - door_renew_before);
    }
    const bool release = until > now;
    if (release && (!output.released || output.until != until)) {
        turn.out.add(ReleaseLock{door, until});
    } else if (!release && output.released) {
        turn.out.add(SecureLock{door});
    }
    if (release) turn.due = std::min(turn.due, until);
    output.released = release;
    output.until = until;

    Outcome shown = Outcome::none;
    if (state_.fire) {
        shown = Outcome::fire_leave;
    } else if (const auto* open = std::get_if<DoorOpen>(&state.phase);
               open != nullptr && !state_.overridden(state) && state_.mode != Mode::service) {
        const DoorConfig& config = config_->doors[i];
        const auto open_for = now - open->since.mono;
        if (open->cause == OpenCause::forced || open_for >= config.held_open_after) {
            shown = Outcome::door_alarm;
        } else if (open_for >= config.held_open_after - config.pre_alarm) {
            shown = Outcome::close_the_door;
        }
    }
    if (shown != output.shown) {
        turn.out.add(ShowAtDoor{door, shown});
        if (shown == Outcome::close_the_door || shown == Outcome::door_alarm) turn.say = shown;
    }
    output.shown = shown;
}

void Station::drive_outlet(OutletIndex outlet, Turn& turn) {
    const auto i = static_cast<std::size_t>(outlet);
    OutletOutput& output = outlet_outputs_[i];
    const auto* in_use = std::get_if<OutletInUse>(&state_.outlets[i]);
    if (in_use == nullptr) {
        if (output.on) turn.out.add(OutletOff{outlet});
        if (output.lamp != Cue::none) turn.out.add(ShowAtOutlet{outlet, Cue::none});
        output = {.not_before = output.not_before};
        return;
    }
    if (!output.on && !turn.has_come(output.not_before)) return;
    const Mono ends = config_->outlets[i].amenity ? never : in_use->since.mono + in_use->lasts;
    const Mono current = output.on ? output.until : Mono{};
    const Mono until = renewed(current, ends, outlet_lease, outlet_renew_before, turn.now.mono);
    if (!output.on || until != output.until) turn.out.add(OutletOn{outlet, until});
    if (until < ends) turn.due = std::min(turn.due, until - outlet_renew_before);
    output.on = true;
    output.until = until;

    const Cue lamp = in_use->warned ? Cue::warning : Cue::yes;
    if (lamp != output.lamp) turn.out.add(ShowAtOutlet{outlet, lamp});
    output.lamp = lamp;
}

void Station::drive_contactor(Turn& turn) {
    if (!config_->has_contactor) return;
    if (!is_fed()) {
        if (contactor_.closed) turn.out.add(OpenContactor{});
        contactor_ = {};
        return;
    }
    const Mono current = contactor_.closed ? contactor_.until : Mono{};
    const Mono until = renewed(current, never, outlet_lease, outlet_renew_before, turn.now.mono);
    if (!contactor_.closed || until != contactor_.until) turn.out.add(CloseContactor{until});
    turn.due = std::min(turn.due, until - outlet_renew_before);
    contactor_ = {true, until};
}

}  // namespace yizhan
