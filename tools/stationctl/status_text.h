// Documents of the station as text for people. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "tools/stationctl/language.h"

namespace yizhan {

// What is wrong comes first, with what to do about it.
std::string status_text(const nlohmann::json& status, Language language);
// Active alarms, or that there are none.
std::string alarms_text(const nlohmann::json& status);
// One line that says how it is now, from a state document.
std::string state_line(const nlohmann::json& state);

}  // namespace yizhan
