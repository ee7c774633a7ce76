// A TOML text as plain values with their places, so that toml++ (and its compile time) stays in document.cpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "firmware/settings/error_list.h"

namespace yizhan {

struct TomlValue;
struct TomlEntry;

using TomlList = std::vector<TomlValue>;

struct TomlTable {
    std::vector<TomlEntry> entries;  // in the order of the file
};

// What settings never use: times of day, and dates with one.
struct TomlTime {};

struct TomlValue {
    Position at;
    std::variant<TomlTime, std::string, std::int64_t, double, bool, std::chrono::year_month_day, TomlList, TomlTable>
        content;
};

struct TomlEntry {
    std::string key;
    Position at;
    TomlValue value;
};

inline constexpr std::size_t document_line_limit = 1000;  // bytes
inline constexpr int document_depth_limit = 8;  // tables and lists inside one another

// None if the text is not TOML or goes over a limit; `errors` then says where. TOML has no way to go on after a syntax
// error: there is one at a time.
std::optional<TomlTable> read_document(std::string_view text, ErrorList& errors);

}  // namespace yizhan
