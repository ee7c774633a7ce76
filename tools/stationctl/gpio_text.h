#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "tools/stationctl/language.h"

namespace yizhan {

// Every line and every reader in tables; below each what is wrong with it and what to do. Pure.
std::string wiring_text(const nlohmann::json& wiring, Language language);
// Of one line or reader: what is wrong, or may be, and the cure; empty where all is well.
std::string verdict_text(const nlohmann::json& part);

}  // namespace yizhan
