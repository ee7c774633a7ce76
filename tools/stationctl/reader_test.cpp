// `stationctl reader NAME test`: changes nothing, so the station decides on a card as ever.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "tools/stationctl/gpio_text.h"
#include "tools/stationctl/json_access.h"
#include "tools/stationctl/output.h"
#include "tools/stationctl/technician.h"
#include "tools/stationctl/tool.h"
#include "tools/stationctl/wiring_words.h"

namespace yizhan {
namespace {

using nlohmann::json;

constexpr milliseconds between_reader_looks{200};

constexpr Words hold_a_card{
    "请把卡放到读卡器 {} 前，{} 秒内有效，Ctrl-C 结束。车站照常判断：有权限的卡会开门。",
    "Hold a card before {}, within {} s; Ctrl-C ends it. The station decides as ever: a card with a "
    "right opens the door."};
constexpr Words card_was_read{"  已读：{}", "  read: {}"};
constexpr Words card_was_not_read{"  未读：{}", "  not read: {}"};
constexpr Words frame_was_bad{"  坏帧，共 {} 个", "  a bad frame, {} now"};
constexpr Words health_is_now{"  状态：{}", "  health: {}"};
constexpr Words test_summary{"读取 {} 张，未读 {} 张，坏帧 {}，超时 {}。",
                             "{} read, {} not read, {} bad frames, {} time-outs."};
constexpr Words nothing_was_read{"没有读到卡。", "No card was read."};
constexpr Words data_lines_moved{"  D0 {} 次跳变，D1 {} 次跳变", "  D0 moved {} times, D1 {} times"};

Tried<json> reader_now(ControlClient& client, const std::string& name, json& lines) {
    const auto wiring = ask_for_wiring(client);
    if (!wiring) return wiring;
    std::string known;
    for (const json& reader : list_at(*wiring, "readers")) {
        lines = list_at(*wiring, "lines");
        if (text_at(reader, "name") == name) return reader;
        known += (known.empty() ? "known: " : ", ") + text_at(reader, "name");
    }
    return failed({name + ": there is no reader of this name", known.empty() ? "this station has none" : known});
}

std::int64_t edges_of(const json& lines, const std::string& reader, std::string_view role) {
    for (const json& line : lines) {
        if (text_at(line, "of") == reader && text_at(line, "role") == role) return number_at(line, "edges").value_or(0);
    }
    return 0;
}

class ReaderTest {
 public:
    ReaderTest(const Tool& tool, std::string name) : tool_(tool), name_(std::move(name)) {}

    // The first look is what the others are compared with.
    void look(const json& reader, const json& lines, Technician& technician) {
        if (first_.is_null()) {
            first_ = last_ = reader;
            first_lines_ = last_lines_ = lines;
            return;
        }
        if (grown(reader, "cards")) tell(technician, card_was_read, last_card_text(reader, tool_.language));
        if (grown(reader, "refused")) tell(technician, card_was_not_read, last_card_text(reader, tool_.language));
        if (grown(reader, "bad_frames")) tell(technician, frame_was_bad, at(reader, "bad_frames").dump());
        if (text_at(reader, "health") != text_at(last_, "health")) {
            tell(technician, health_is_now, text_at(reader, "health"));
        }
        last_ = reader;
        last_lines_ = lines;
    }

    ExitCode finish(Technician& technician) const {
        const bool well = since("cards") > 0 && flag_at(last_, "ok");
        if (tool_.json) {
            json found = {{"reader", name_},
                          {"ok", well},
                          {"read", since("cards")},
                          {"not_read", since("refused")},
                          {"bad_frames", since("bad_frames")},
                          {"timeouts", since("timeouts")},
                          {"now", last_}};
            static_cast<void>(write_json(found));
            return well ? ExitCode::ok : ExitCode::failed;
        }
        technician.say(fmt::format(fmt::runtime(test_summary.in(tool_.language)), since("cards"), since("refused"),
                                   since("bad_frames"), since("timeouts")));
        if (text_at(last_, "kind") == "wiegand") {
            technician.say(fmt::format(fmt::runtime(data_lines_moved.in(tool_.language)), moved("d0"), moved("d1")));
        }
        const auto verdict = verdict_text(last_);
        if (!verdict.empty()) {
            technician.say(verdict.substr(0, verdict.size() - 1));
        } else if (!well) {
            technician.say(nothing_was_read.in(tool_.language));
        }
        return well ? ExitCode::ok : ExitCode::failed;
    }

 private:
    bool grown(const json& reader, const char* what) const { return number_at(reader, what) > number_at(last_, what); }
    std::int64_t since(const char* what) const {
        return number_at(last_, what).value_or(0) - number_at(first_, what).value_or(0);
    }
    std::int64_t moved(std::string_view role) const {
        return edges_of(last_lines_, name_, role) - edges_of(first_lines_, name_, role);
    }
    void tell(Technician& technician, const Words& words, const std::string& what) const {
        technician.say(fmt::format(fmt::runtime(words.in(tool_.language)), what));
    }

    const Tool& tool_;
    std::string name_;
    json first_;
    json first_lines_;
    json last_;
    json last_lines_;
};

}  // namespace

Tried<ExitCode> test_reader(const Tool& tool, const std::string& reader, std::uint64_t for_seconds) {
    auto client = connect_to_station(tool, "read-only");
    if (!client) return std::unexpected(client.error());
    // With --json standard output is for programs.
    Technician technician(tool.json ? stderr : stdout);
    ReaderTest test(tool, reader);
    json lines;
    const auto end = std::chrono::steady_clock::now() + seconds(static_cast<std::int64_t>(for_seconds));
    bool told = false;
    while (true) {
        const auto now = reader_now(*client, reader, lines);
        if (!now) return std::unexpected(now.error());
        test.look(*now, lines, technician);
        if (!std::exchange(told, true)) {
            technician.say(fmt::format(fmt::runtime(hold_a_card.in(tool.language)), reader, for_seconds));
        }
        if (technician.over() || std::chrono::steady_clock::now() >= end) break;
        technician.pause(between_reader_looks);
    }
    return test.finish(technician);
}

}  // namespace yizhan
