// The documents that describe a station, as pure functions of what is known.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "firmware/control/backend.h"

namespace yizhan {

// "door-forced-front": kind, then the subject's name where there is one. Unique among active alarms; fits an MQTT topic
// level.
std::string alarm_name(const Alarm& alarm, const StationConfig& config);

nlohmann::json info_document(const StationView& view);  // mqtt.md …/info
nlohmann::json state_document(const StationView& view, Now now);  // mqtt.md …/state
nlohmann::json status_document(const StationView& view,
                               Now now);  // for stationctl: everything, with verdicts and cures

nlohmann::json check_document(const LogCheck& check);  // of the whole log, for stationctl log verify

nlohmann::json wiring_document(const Wiring& wiring, Now now);  // for first aid: every line and reader, live

}  // namespace yizhan
