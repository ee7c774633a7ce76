#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace yizhan {

// What the centre is told of a command: `answer` of stationd ({"ok", "error"?, …}), with the id of the command where
// there is one to be found. `payload` comes from the network: anything.
std::string command_reply(std::string_view payload, const nlohmann::json& answer);

// What stationd would have said.
nlohmann::json refusal(std::string_view code, std::string_view what, std::string_view cure);

// A verb we would answer: [a-z0-9-]{1,32}.
bool is_command_verb(std::string_view verb);

}  // namespace yizhan
