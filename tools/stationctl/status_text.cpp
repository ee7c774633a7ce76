#include "tools/stationctl/status_text.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "tools/stationctl/json_access.h"
#include "tools/stationctl/station_time.h"
#include "tools/stationctl/text_table.h"

namespace yizhan {
namespace {

using nlohmann::json;
using Rows = std::vector<std::vector<std::string>>;

// The station's own clock and zone: the tool may run anywhere.
struct Times {
    explicit Times(const json& document)
        : now(number_at(document, "time").value_or(0)), offset(number_at(document, "utc_offset_minutes").value_or(0)) {}
    std::string at(std::optional<std::int64_t> ms) const { return ms ? short_time(*ms, now, offset) : ""; }
    std::string until(const json& part) const {
        const auto ends = number_at(part, "ends_at");
        return ends && *ends > now ? "until " + at(ends) : "";
    }
    std::int64_t now;
    std::int64_t offset;
};

// A section only where there is something in it.
std::string section(const char* title, const Rows& rows) {
    if (rows.empty()) return "";
    return fmt::format("\n{}\n{}", title, text_table(rows, 2));
}

std::string problems(const json& status) {
    const json& list = list_at(status, "problems");
    if (list.empty()) return flag_at(status, "ok") ? "All is well.\n" : "";
    std::string out = fmt::format("{} problem{}:\n", list.size(), list.size() == 1 ? "" : "s");
    for (const json& problem : list) {
        out += fmt::format("  {}: {}\n", printable(text_at(problem, "where")), printable(text_at(problem, "what")));
        if (const auto cure = text_at(problem, "cure"); !cure.empty()) {
            out += fmt::format("    -> {}\n", printable(cure));
        }
    }
    return out;
}

std::string people(const json& occupancy) {
    auto text = fmt::format("{}", number_at(occupancy, "count").value_or(0));
    if (const auto capacity = number_at(occupancy, "capacity")) text += fmt::format(" of {}", *capacity);
    if (text_at(occupancy, "confidence") == "estimated") text += " (estimated)";
    return text;
}

std::string watts(const json& outlet) {
    const auto& power = at(outlet, "power_w");
    return power.is_number() ? fmt::format("{:.0f} W", power.get<double>()) : "";
}

std::string degrees(const json& part) {
    const auto& temperature = at(part, "temperature_c");
    return temperature.is_number() ? fmt::format("{:.1f} °C", temperature.get<double>()) : "";
}

Rows door_rows(const json& status, const Times& times) {
    Rows rows;
    for (const json& door : list_at(status, "doors")) {
        std::string state = text_at(door, "state");
        if (flag_at(door, "held")) state += ", held by command";
        auto why = text_at(door, "cause");
        if (const auto since = number_at(door, "since")) why += " since " + times.at(since);
        rows.push_back({text_at(door, "name"), state, why, times.until(door), text_at(door, "verdict")});
    }
    return rows;
}

Rows reader_rows(const json& status, const Times& times) {
    Rows rows;
    for (const json& reader : list_at(status, "readers")) {
        const auto refused = number_at(reader, "refused").value_or(0);
        const json& enrolling = at(reader, "enrolling");
        rows.push_back({text_at(reader, "name"), text_at(reader, "health"),
                        fmt::format("{} cards", number_at(reader, "cards").value_or(0)),
                        refused > 0 ? fmt::format("{} not read", refused) : "",
                        enrolling.is_object() ? "enrolling " + times.until(enrolling) : "",
                        text_at(reader, "verdict")});
    }
    return rows;
}

Rows outlet_rows(const json& status, const Times& times) {
    Rows rows;
    for (const json& outlet : list_at(status, "outlets")) {
        rows.push_back({text_at(outlet, "name"), text_at(outlet, "state"), watts(outlet), degrees(outlet),
                        times.until(outlet), text_at(outlet, "verdict")});
    }
    return rows;
}

Rows input_rows(const json& status) {
    Rows rows;
    for (const json& input : list_at(status, "inputs")) {
        const char* level = !flag_at(input, "known") ? "unknown" : flag_at(input, "active") ? "active" : "quiet";
        rows.push_back({text_at(input, "name"), level, degrees(input), text_at(input, "verdict")});
    }
    return rows;
}

std::string members_line(const json& members, const Times& times) {
    if (!flag_at(members, "loaded")) return "no list";
    auto text = fmt::format("{}, version {}", number_at(members, "count").value_or(0),
                            number_at(members, "version").value_or(0));
    if (const auto built = number_at(members, "built_at")) text += ", built " + times.at(built);
    return text;
}

std::string commands_line(const json& commands, const Times& times) {
    if (!flag_at(commands, "set_up")) return "none are taken: the settings have no [commands]";
    const auto version = number_at(commands, "version");
    if (!version) return "none are taken: there is no key set";
    auto text = fmt::format("key set {} with {} keys, until {}, {} taken", *version, list_at(commands, "keys").size(),
                            times.at(number_at(commands, "expires")), number_at(commands, "taken").value_or(0));
    std::string why;
    for (const auto& [code, count] : at(commands, "refused").items()) {
        why += fmt::format("{}{} {}", why.empty() ? "" : ", ", count.dump(), printable(code));
    }
    return why.empty() ? text : text + "; refused: " + why;
}

std::string log_line(const json& log, const Times& times) {
    const auto last = number_at(log, "last").value_or(0);
    const auto waiting = number_at(log, "waiting").value_or(0);
    const auto to_send = number_at(log, "stored").value_or(0) - number_at(log, "acknowledged").value_or(0);
    auto text = fmt::format("{} records", last);
    if (waiting > 0) text += fmt::format(", {} not stored yet", waiting);
    if (const auto late = number_at(log, "late").value_or(0); late > 0) {
        text +=
            fmt::format(", {} stored late, the slowest after {} ms", late, number_at(log, "slowest_ms").value_or(0));
    }
    if (to_send > 0) {
        text += fmt::format(", {} not at the centre", to_send);
        if (const auto oldest = number_at(log, "oldest_unacknowledged")) text += " since " + times.at(oldest);
    }
    return text;
}

std::string uplink_line(const json& uplink, const Times& times) {
    if (!flag_at(uplink, "heard_of")) return "not running";
    auto text = std::string(flag_at(uplink, "connected") ? "connected" : "not connected");
    if (const auto since = number_at(uplink, "since")) text += " since " + times.at(since);
    return text;
}

}  // namespace

std::string status_text(const json& status, Language language) {
    const Times times(status);
    const auto name = text_at(at(status, "name"), language == Language::zh ? "zh" : "en");
    const auto id = text_at(status, "station");
    auto out = fmt::format("{} — {} — version {}\n", printable(name.empty() ? id : name + " (" + id + ")"),
                           local_time(times.now, times.offset), printable(text_at(status, "version")));
    out += problems(status);
    auto mode = text_at(status, "mode");
    if (const auto ends = number_at(status, "mode_ends_at")) mode += " until " + times.at(ends);
    out += '\n';
    out += text_table({{"inside", people(at(status, "occupancy"))},
                       {"mode", mode},
                       {"members", members_line(at(status, "members"), times)},
                       {"commands", commands_line(at(status, "commands"), times)},
                       {"log", log_line(at(status, "log"), times)},
                       {"uplink", uplink_line(at(status, "uplink"), times)},
                       {"clock", flag_at(at(status, "clock"), "trusted") ? "trusted" : "not trusted"},
                       {"started", times.at(number_at(status, "started"))}});
    out += section("doors", door_rows(status, times));
    out += section("readers", reader_rows(status, times));
    out += section("outlets", outlet_rows(status, times));
    out += section("inputs", input_rows(status));
    return out;
}

std::string alarms_text(const json& status) {
    const Times times(status);
    const json& alarms = list_at(status, "alarms");
    if (alarms.empty()) return "No alarms.\n";
    Rows rows{{"SINCE", "SEVERITY", "ALARM", "ACKNOWLEDGED BY"}};
    for (const std::string_view severity : {"emergency", "urgent", "fault"}) {
        for (const json& alarm : alarms) {
            if (text_at(alarm, "severity") != severity) continue;
            const json& by = at(alarm, "acknowledged");
            rows.push_back({times.at(number_at(alarm, "since")), std::string(severity), text_at(alarm, "name"),
                            by.is_object()
                                ? fmt::format("{} (uid {})", text_at(by, "by"), number_at(by, "uid").value_or(0))
                                : ""});
        }
    }
    return text_table(rows);
}

std::string state_line(const json& state) {
    auto line = fmt::format("inside {}, {}", people(at(state, "occupancy")), printable(text_at(state, "mode")));
    for (const json& door : list_at(state, "doors")) {
        line += fmt::format(", {} {}", printable(text_at(door, "name")), printable(text_at(door, "state")));
    }
    std::size_t on = 0;
    for (const json& outlet : list_at(state, "outlets")) on += text_at(outlet, "state") == "on" ? 1 : 0;
    if (!list_at(state, "outlets").empty())
        line += fmt::format(", {} of {} outlets on", on, at(state, "outlets").size());
    if (const auto alarms = list_at(state, "alarms").size(); alarms > 0) {
        line += fmt::format(", {} alarm{}", alarms, alarms == 1 ? "" : "s");
    }
    return line;
}

}  // namespace yizhan
