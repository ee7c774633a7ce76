#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace yizhan {

// One line of JSON. What is not UTF-8 (a name in a device's answer) becomes U+FFFD instead of an exception.
std::string to_text(const nlohmann::json& document);
std::string to_line(const nlohmann::json& document);  // with its newline

}  // namespace yizhan
