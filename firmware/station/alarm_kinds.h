// What each alarm is to those who get it: the one table for station, tool and centre.
#pragma once

#include <cstdint>
#include <string_view>

#include "firmware/station/config.h"
#include "firmware/station/record.h"

namespace yizhan {

enum class Severity : std::uint8_t {
    fault,  // something does not work: somebody has to repair it
    urgent,  // somebody has to look today: a door, the housing, water, power
    emergency,  // people may be in danger: now
};
std::string_view name_of(Severity severity);

Severity severity_of(AlarmKind kind);
// Stays until somebody has acknowledged it, also when what raised it is over: nobody may have been looking.
bool is_latched(AlarmKind kind);
// Raised by an active input of this kind; AlarmKind::none: its level means something else.
AlarmKind alarm_of(InputKind kind);

}  // namespace yizhan
