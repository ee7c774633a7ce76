#include "tools/stationctl/gpio_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "tools/stationctl/json_access.h"
#include "tools/stationctl/station_time.h"
#include "tools/stationctl/text_table.h"
#include "tools/stationctl/wiring_words.h"

namespace yizhan {
namespace {

using nlohmann::json;
using Rows = std::vector<std::vector<std::string>>;

std::string in(Language language, const Words& words) { return std::string(words.in(language)); }

std::string number(const json& part, const char* name) { return std::to_string(number_at(part, name).value_or(0)); }

// "!" wrong for sure, "?" to be tried.
std::string mark(const json& part) {
    if (!flag_at(part, "ok")) return "!";
    return text_at(part, "verdict").empty() ? "" : "?";
}

std::string last_move(const json& line) {
    const auto age = number_at(line, "last_edge_ms");
    return age ? duration(*age) : "-";
}

std::string faults(const json& reader) {
    std::string text;
    const json& all = at(reader, "faults");
    if (!all.is_object()) return text;
    for (const auto& [name, count] : all.items()) text += (text.empty() ? "" : ", ") + name + " " + count.dump();
    return text;
}

std::string verdicts(const json& parts, const char* name) {
    std::string text;
    for (const json& part : parts) {
        const auto said = verdict_text(part);
        if (!said.empty()) text += fmt::format("  {} {} {}", mark(part), printable(text_at(part, name)), said);
    }
    return text;
}

}  // namespace

std::string verdict_text(const json& part) {
    const auto what = text_at(part, "verdict");
    if (what.empty()) return "";
    const auto cure = text_at(part, "cure");
    auto text = printable(what) + "\n";
    if (!cure.empty()) text += "      -> " + printable(cure) + "\n";
    return text;
}

std::string wiring_text(const json& wiring, Language language) {
    Rows lines{{"", in(language, {"线路", "LINE"}), in(language, {"方向", "DIR"}), in(language, {"用途", "ROLE"}),
                in(language, {"属于", "OF"}), in(language, {"电平", "LEVEL"}), in(language, {"含义", "MEANS"}),
                in(language, {"跳变", "EDGES"}), in(language, {"上次", "LAST AGO"}), in(language, {"错误", "ERRORS"})}};
    for (const json& line : list_at(wiring, "lines")) {
        const auto level = text_at(line, "level");
        lines.push_back({mark(line), text_at(line, "line"), text_at(line, "direction"),
                         wiring_word(text_at(line, "role"), language), text_at(line, "of"), level.empty() ? "?" : level,
                         wiring_word(text_at(line, "means"), language), number(line, "edges"), last_move(line),
                         number(line, "errors")});
    }
    auto text = text_table(lines) + verdicts(list_at(wiring, "lines"), "line");
    if (list_at(wiring, "readers").empty()) return text;
    Rows readers{{"", in(language, {"读卡器", "READER"}), in(language, {"类型", "KIND"}),
                  in(language, {"端口", "PORT"}), in(language, {"连接", "CONNECTED"}), in(language, {"状态", "HEALTH"}),
                  in(language, {"已读", "READ"}), in(language, {"未读", "NOT READ"}),
                  in(language, {"坏帧", "BAD FRAMES"}), in(language, {"超时", "TIME-OUTS"}),
                  in(language, {"种类", "FAULTS"})}};
    for (const json& reader : list_at(wiring, "readers")) {
        auto connected = text_at(reader, "identity");
        if (const auto serial = text_at(reader, "serial"); !serial.empty()) {
            connected += (connected.empty() ? "" : ", ") + serial;
        }
        readers.push_back({mark(reader), text_at(reader, "name"), text_at(reader, "kind"), text_at(reader, "port"),
                           connected.empty() ? "-" : connected, text_at(reader, "health"), number(reader, "cards"),
                           number(reader, "refused"), number(reader, "bad_frames"), number(reader, "timeouts"),
                           faults(reader)});
    }
    return text + "\n" + text_table(readers) + verdicts(list_at(wiring, "readers"), "name");
}

}  // namespace yizhan
