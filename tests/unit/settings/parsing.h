#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "firmware/settings/settings.h"

namespace yizhan {

// A file of the repository, by its path from the top.
std::string repository_file(std::string_view path);

// A station with nothing but what is required, to be added to or changed.
inline constexpr std::string_view smallest_station = R"([station]
id = "small"
[admission]
policy = "any-valid-id"
[[door]]
name = "front"
egress = "mechanical"
lock = { type = "strike", line = "chip:LOCK" }
)";

// What is wrong with a text, as "test.toml:line:column: what"; empty: nothing.
std::vector<std::string> errors_of(std::string_view text);

// Parses what must be good; the test fails otherwise.
Settings parsed(std::string_view text);

// With every `from` in the text replaced; there must be one at least.
std::string replaced(std::string_view text, std::string_view from, std::string_view to);

}  // namespace yizhan
