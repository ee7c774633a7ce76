#include "tools/stationctl/record_text.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "tools/stationctl/json_access.h"
#include "tools/stationctl/station_time.h"
#include "tools/stationctl/text_table.h"

namespace yizhan {
namespace {

using nlohmann::json;

constexpr std::size_t seq_width = 8;
constexpr std::size_t time_width = 20;  // with the '?' of an untrusted clock
constexpr std::size_t type_width = 17;
constexpr std::size_t place_width = 14;

constexpr std::array csv_columns{"seq",   "epoch",      "boot",     "mono_ns", "time",  "trusted", "type",   "outcome",
                                 "cause", "off_reason", "mode",     "alarm",   "door",  "reader",  "outlet", "input",
                                 "group", "visit",      "lasts_ms", "value",   "actor", "uid"};

std::string line_of(std::string_view seq, std::string_view time, std::string_view type, std::string_view place,
                    std::string_view rest) {
    auto line = padded(seq, seq_width) + "  " + padded(time, time_width) + "  " + padded(type, type_width) + "  " +
                padded(place, place_width) + "  ";
    line += rest;
    line.erase(line.find_last_not_of(' ') + 1);
    return line + '\n';
}

std::string place_of(const json& record) {
    std::string place;
    for (const char* part : {"reader", "door", "outlet", "input"}) {
        const auto name = text_at(record, part);
        if (name.empty() || name == place) continue;
        place += (place.empty() ? "" : "/") + name;
    }
    return printable(place);
}

void add(std::string& details, const std::string& detail) {
    if (detail.empty()) return;
    details += (details.empty() ? "" : ", ") + detail;
}

std::string details_of(const json& record, Language language) {
    std::string details;
    if (const auto code = text_at(record, "outcome"); !code.empty()) {
        const auto outcome = outcome_from_code(code);
        add(details, outcome ? std::string(text_in(language, text_of(*outcome))) : code);
    }
    for (const char* part : {"alarm", "mode", "cause", "off_reason", "group"}) add(details, text_at(record, part));
    if (const auto value = number_at(record, "value")) add(details, fmt::format("{}", *value));
    if (const auto lasts = number_at(record, "lasts_ms")) add(details, duration(*lasts));
    if (const auto actor = text_at(record, "actor"); !actor.empty()) {
        add(details, fmt::format("by {} (uid {})", actor, number_at(record, "uid").value_or(0)));
    }
    if (const auto visit = text_at(record, "visit"); !visit.empty()) add(details, "visit " + visit);
    return printable(details);
}

std::string csv_cell(const std::string& text) {
    if (text.find_first_of("\",\r\n") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"') quoted += '"';
        quoted += c;
    }
    return quoted + '"';
}

}  // namespace

std::string record_heading() { return line_of("SEQ", "TIME", "TYPE", "WHERE", "WHAT"); }

std::string record_line(const json& record, std::int64_t utc_offset_minutes, Language language) {
    auto time = local_time(number_at(record, "time").value_or(0), utc_offset_minutes);
    if (!flag_at(record, "trusted")) time += '?';
    return line_of(fmt::format("{}", number_at(record, "seq").value_or(0)), time, printable(text_at(record, "type")),
                   place_of(record), details_of(record, language));
}

std::string record_csv_heading() {
    std::string line;
    for (const char* column : csv_columns) line += (line.empty() ? "" : ",") + std::string(column);
    return line + "\r\n";
}

std::string record_csv_line(const json& record, std::int64_t utc_offset_minutes) {
    std::string line;
    for (std::size_t i = 0; i < csv_columns.size(); ++i) {
        const std::string_view column = csv_columns[i];
        const json& value = at(record, csv_columns[i]);
        if (i > 0) line += ',';
        if (column == "time") {
            line += local_time(value.is_number() ? value.get<std::int64_t>() : 0, utc_offset_minutes);
        } else if (value.is_string()) {
            line += csv_cell(value.get<std::string>());
        } else if (!value.is_null()) {
            line += csv_cell(value.dump());
        }
    }
    return line + "\r\n";
}

}  // namespace yizhan
