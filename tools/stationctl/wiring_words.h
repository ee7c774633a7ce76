// What the station calls wires and readers, in both languages. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "tools/stationctl/language.h"

namespace yizhan {

// Of a role or of what a level means ("lock", "released"); what is not known stays as it is.
std::string wiring_word(std::string_view word, Language language);

// "low, closed, 12 edges"
std::string line_now(const nlohmann::json& line, Language language);

// What came of the newest card: "resident-id", or why it was not read.
std::string last_card_text(const nlohmann::json& reader, Language language);

}  // namespace yizhan
