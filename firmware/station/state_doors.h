// What records make of doors, and of those who are granted at them. For apply() alone.
#pragma once

#include <span>

#include "firmware/station/state.h"

namespace yizhan {

// Takes the passage of this visit off the door and returns it.
Passage take_passage(DoorState* door, VisitId visit);
// From now on whoever likes may come in or go; while a door stands open nothing tells of them.
void anybody_may_pass(State& state, std::span<const DoorState> doors);
// In a lockdown a release lasts for those who leave, and no longer for those who were to come in.
void keep_for_leaving(DoorState& door, Mono now);
// For records of a door's own.
void change_door(State& state, DoorState& door, const Record& record);

}  // namespace yizhan
