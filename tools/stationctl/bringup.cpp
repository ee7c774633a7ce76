#include "tools/stationctl/bringup.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "tools/stationctl/bringup_words.h"
#include "tools/stationctl/json_access.h"
#include "tools/stationctl/text_table.h"
#include "tools/stationctl/wiring_words.h"

namespace yizhan {
namespace {

using nlohmann::json;
namespace words = bringup_words;

constexpr milliseconds between_line_looks{100};
// A line follows an order at once; this is for a machine under load.
constexpr seconds line_follows{3};
constexpr std::uint64_t release_for = 5;  // seconds
constexpr int most_questions = 3;

// What a person does to an input, and what it then means.
struct Sensor {
    std::string_view role;
    std::string_view quiet;
    std::string_view active;
    Words rest;
    Words act;
    bool holds = true;  // false: it stays active long after
};

constexpr std::array<Sensor, 12> sensors{{
    {"contact", "closed", "open", {"请关上门。", "Close the door."}, {"请打开门。", "Open the door."}},
    {"exit-button",
     "let-go",
     "pressed",
     {"请松开按钮。", "Let go of the button."},
     {"请按下按钮。", "Press the button."}},
    {"fire",
     "quiet",
     "fire",
     {"请让火警信号复位。", "Set the fire signal back."},
     {"请触发火警信号：所有门会释放，插座会断电。", "Raise the fire signal: every door is released, outlets go off."}},
    {"tamper", "closed", "opened", {"请关上机箱。", "Close the housing."}, {"请打开机箱。", "Open the housing."}},
    {"presence", "nobody", "somebody", {"", ""}, {"请在感应器前走动。", "Walk before the sensor."}, false},
    {"help",
     "let-go",
     "pressed",
     {"请松开求助按钮。", "Let go of the help button."},
     {"请按下求助按钮：管理中心会收到求助。", "Press the help button: the centre will be called."}},
    {"smoke",
     "quiet",
     "smoke",
     {"请让烟雾探测器复位。", "Set the smoke detector back."},
     {"请测试烟雾探测器：插座会断电。", "Test the smoke detector: outlets go off."}},
    {"water-leak",
     "dry",
     "wet",
     {"请擦干水浸传感器。", "Dry the water sensor."},
     {"请弄湿水浸传感器。", "Wet the water sensor."}},
    {"mains-lost",
     "there",
     "lost",
     {"请恢复市电。", "Switch the mains on."},
     {"请断开市电，由电池供电。", "Switch the mains off: the battery takes over."}},
    {"battery-low",
     "charged",
     "low",
     {"请接好电池。", "Connect the battery."},
     {"请断开电池的告警触点。", "Open the battery's warning contact."}},
    {"too-hot",
     "well",
     "too-hot",
     {"请让温控开关冷却。", "Let the thermostat cool down."},
     {"请给温控开关加热。", "Warm the thermostat up."}},
    {"too-cold",
     "well",
     "too-cold",
     {"请让温控开关回暖。", "Let the thermostat warm up."},
     {"请给温控开关降温。", "Cool the thermostat down."}},
}};

std::string_view sort_of(std::string_view role) {
    for (const auto door : {"lock", "contact", "exit-button"}) {
        if (role == door) return "door";
    }
    if (std::ranges::any_of(sensors, [&](const Sensor& sensor) { return sensor.role == role; })) return "input";
    return role == "relay" ? "outlet" : "";
}

}  // namespace

std::vector<BringupStep> bringup_steps(const json& wiring, const std::string& name) {
    std::vector<BringupStep> steps;
    const auto wanted = [&](const std::string& its) { return name.empty() || its == name; };
    const auto add_lines = [&](std::string_view sort) {
        for (const json& line : list_at(wiring, "lines")) {
            const auto role = text_at(line, "role");
            const auto of = text_at(line, "of");
            if (sort_of(role) == sort && wanted(of)) steps.push_back({std::string(sort), of, role});
        }
    };
    add_lines("door");
    add_lines("input");
    for (const json& reader : list_at(wiring, "readers")) {
        const auto its = text_at(reader, "name");
        if (wanted(its)) steps.push_back({"reader", its, "reader"});
    }
    add_lines("outlet");
    return steps;
}

template <class... Values>
std::string Bringup::text(const Words& words, const Values&... values) const {
    return fmt::format(fmt::runtime(words.in(language_)), values...);
}

StepFinding Bringup::passed(StepFinding finding, std::string seen) const {
    finding.result = StepResult::passed;
    finding.seen = std::move(seen);
    return finding;
}

StepFinding Bringup::failed(StepFinding finding, std::string seen, std::string cure) const {
    if (technician_.over()) return skipped(std::move(finding), words::interrupted);
    finding.result = StepResult::failed;
    finding.seen = std::move(seen);
    finding.cure = std::move(cure);
    return finding;
}

StepFinding Bringup::skipped(StepFinding finding, const Words& why) const {
    finding.result = StepResult::skipped;
    finding.seen = text(why);
    return finding;
}

Tried<StepFinding> Bringup::run(const BringupStep& step, std::size_t number, std::size_t of) {
    StepFinding finding{.sort = step.sort, .name = step.name, .role = step.role, .seen = {}, .cure = {}};
    const auto answer = technician_.ask(text(words::begin, number, of, wiring_word(step.sort, language_),
                                             printable(step.name), wiring_word(step.role, language_)));
    wants_to_end_ = answer == "q";
    if (!answer) return skipped(std::move(finding), words::interrupted);
    if (wants_to_end_ || answer == "s") return skipped(std::move(finding), words::by_technician);
    if (const auto looked = look(finding); !looked) return std::unexpected(looked.error());
    if (line_.is_null()) return failed(std::move(finding), text(words::no_line), text(words::use_same_release));
    if (step.role == "lock") return lock(std::move(finding));
    if (step.role == "reader") return reader(std::move(finding));
    if (step.role == "relay") return outlet(std::move(finding));
    return sensor(std::move(finding));
}

Tried<void> Bringup::look(const StepFinding& step) {
    auto reply = client_.request({{"do", "wiring"}});
    if (!reply) return std::unexpected(reply.error());
    wiring_ = at(*reply, "wiring");
    line_ = nullptr;
    const bool is_reader = step.sort == "reader";
    for (const json& part : list_at(wiring_, is_reader ? "readers" : "lines")) {
        const bool its =
            text_at(part, is_reader ? "name" : "of") == step.name && (is_reader || text_at(part, "role") == step.role);
        if (its) line_ = part;
    }
    return {};
}

Tried<bool> Bringup::comes(const StepFinding& step, const Condition& condition, seconds limit) {
    const auto end = std::chrono::steady_clock::now() + limit;
    std::string shown;
    while (true) {
        if (const auto looked = look(step); !looked) return std::unexpected(looked.error());
        auto now = step.sort == "reader" ? text_at(line_, "health") : line_now(line_, language_);
        if (now != shown) technician_.say("  " + now);
        shown = std::move(now);
        if (condition(line_)) return true;
        if (technician_.over() || std::chrono::steady_clock::now() >= end) return false;
        if (technician_.pause(between_line_looks)) return false;
    }
}

Tried<bool> Bringup::means(const StepFinding& step, std::string_view word, seconds limit) {
    return comes(step, [&](const json& line) { return text_at(line, "means") == word; }, limit);
}

Tried<bool> Bringup::order(json request) {
    const auto reply = client_.request(std::move(request));
    if (reply) return true;
    refusal_ = reply.error();
    // The station said so itself.
    if (!refusal_.code.empty()) return false;
    return std::unexpected(refusal_);
}

std::optional<bool> Bringup::yes(const Words& question) {
    for (int i = 0; i < most_questions; ++i) {
        const auto answer = technician_.ask(text(i == 0 ? question : words::yes_or_no));
        if (!answer) return std::nullopt;
        if (*answer == "y" || *answer == "Y") return true;
        if (*answer == "n" || *answer == "N") return false;
    }
    return std::nullopt;
}

// Another input that moved meanwhile, or another reader that read.
std::string Bringup::elsewhere(const json& before, const StepFinding& step) const {
    const bool is_reader = step.sort == "reader";
    const char* list = is_reader ? "readers" : "lines";
    const char* count = is_reader ? "cards" : "edges";
    std::string found;
    for (const json& part : list_at(wiring_, list)) {
        const auto name = text_at(part, is_reader ? "name" : "line");
        const bool own = name == text_at(line_, is_reader ? "name" : "line");
        if (own || (!is_reader && text_at(part, "direction") != "in")) continue;
        for (const json& then : list_at(before, list)) {
            const bool same = text_at(then, is_reader ? "name" : "line") == name;
            if (same && number_at(part, count) > number_at(then, count)) found += (found.empty() ? "" : ", ") + name;
        }
    }
    return found;
}

Tried<StepFinding> Bringup::lock(StepFinding finding) {
    const auto line = text_at(line_, "line");
    const auto done = order({{"do", "door"}, {"door", finding.name}, {"action", "unlock"}, {"seconds", release_for}});
    if (!done) return std::unexpected(done.error());
    if (!*done) return failed(std::move(finding), text(words::refused, refusal_.error.what), refusal_.error.cure);
    technician_.say(text(words::lock_released, release_for));
    const auto released = means(finding, "released", line_follows);
    if (!released) return std::unexpected(released.error());
    if (!*released)
        return failed(std::move(finding), text(words::lock_line_stays, line), text(words::lock_line_stays_cure));
    const auto seen = yes(words::lock_question);
    if (!seen) return skipped(std::move(finding), words::interrupted);
    if (!*seen) return failed(std::move(finding), text(words::lock_silent, line), text(words::lock_silent_cure));
    const auto secured = means(finding, "secured", wait_ + seconds(release_for));
    if (!secured) return std::unexpected(secured.error());
    if (!*secured) return failed(std::move(finding), text(words::lock_stays_open), text(words::lock_stays_open_cure));
    return passed(std::move(finding), text(words::lock_good));
}

Tried<StepFinding> Bringup::sensor(StepFinding finding) {
    const auto found = std::ranges::find(sensors, finding.role, &Sensor::role);
    if (found == sensors.end()) return skipped(std::move(finding), words::no_line);
    const Sensor& sensor = *found;
    if (sensor.holds) {
        technician_.say(text(sensor.rest));
        const auto rests = means(finding, sensor.quiet, wait_);
        if (!rests) return std::unexpected(rests.error());
        const auto stays = wiring_word(text_at(line_, "means"), language_);
        if (!*rests) return failed(std::move(finding), text(words::did_not_rest, stays), text(words::rest_cure));
    }
    if (finding.role == "contact") {
        // From outside it opens only so. Where the station refuses, there is the handle. It cuts what is too long.
        const auto done =
            order({{"do", "door"}, {"door", finding.name}, {"action", "unlock"}, {"seconds", wait_.count()}});
        if (!done) return std::unexpected(done.error());
    }
    const json before = wiring_;
    const auto edges_before = number_at(line_, "edges").value_or(0);
    technician_.say(text(sensor.act));
    const auto acts = comes(
        finding,
        [&](const json& line) {
            // A short press fits between two looks.
            const bool pressed_shortly =
                sensor.role == "exit-button" && number_at(line, "edges").value_or(0) >= edges_before + 2;
            return pressed_shortly || text_at(line, "means") == sensor.active;
        },
        wait_);
    if (!acts) return std::unexpected(acts.error());
    if (!*acts) {
        const auto other = elsewhere(before, finding);
        auto seen = text(words::did_not_move, wiring_word(text_at(line_, "means"), language_));
        if (other.empty()) return failed(std::move(finding), std::move(seen), text(words::move_cure));
        return failed(std::move(finding), seen + text(words::moved_instead, other), text(words::moved_instead_cure));
    }
    if (!sensor.holds) return passed(std::move(finding), text(words::presence_good));
    technician_.say(text(sensor.rest));
    const auto returns = means(finding, sensor.quiet, wait_);
    if (!returns) return std::unexpected(returns.error());
    const auto quiet = wiring_word(sensor.quiet, language_);
    if (!*returns) return failed(std::move(finding), text(words::did_not_return, quiet), text(words::rest_cure));
    if (!flag_at(line_, "ok")) return failed(std::move(finding), text_at(line_, "verdict"), text_at(line_, "cure"));
    return passed(std::move(finding), text(words::sensor_good, wiring_word(sensor.active, language_), quiet,
                                           number_at(line_, "edges").value_or(0) - edges_before));
}

Tried<StepFinding> Bringup::reader(StepFinding finding) {
    const json before = wiring_;
    const json first = line_;
    auto refused_before = number_at(first, "refused").value_or(0);
    technician_.say(text(words::hold_card, printable(finding.name)));
    const auto read = comes(
        finding,
        [&](const json& now) {
            if (number_at(now, "refused").value_or(0) > refused_before) {
                refused_before = number_at(now, "refused").value_or(0);
                technician_.say(text(words::card_not_read, last_card_text(now, language_)));
            }
            return number_at(now, "cards") > number_at(first, "cards");
        },
        wait_);
    if (!read) return std::unexpected(read.error());
    if (*read) return passed(std::move(finding), text(words::card_read, last_card_text(line_, language_)));
    const auto since = [&](const char* what) {
        return number_at(line_, what).value_or(0) - number_at(first, what).value_or(0);
    };
    auto seen = text(words::nothing_read, since("refused"), since("bad_frames"));
    if (const auto other = elsewhere(before, finding); !other.empty()) {
        return failed(std::move(finding), seen + text(words::reader_instead, other), text(words::reader_instead_cure));
    }
    const auto verdict = text_at(line_, "verdict");
    if (verdict.empty()) return failed(std::move(finding), std::move(seen), text(words::nothing_read_cure));
    return failed(std::move(finding), seen + ": " + verdict, text_at(line_, "cure"));
}

Tried<StepFinding> Bringup::outlet(StepFinding finding) {
    const auto line = text_at(line_, "line");
    if (text_at(line_, "means") == "on") return skipped(std::move(finding), words::in_use);
    json request = {{"do", "outlet"}, {"outlet", finding.name}, {"action", "on"}};
    const auto done = order(request);
    if (!done) return std::unexpected(done.error());
    if (!*done) return failed(std::move(finding), text(words::refused, refusal_.error.what), refusal_.error.cure);
    technician_.say(text(words::outlet_on, printable(finding.name)));
    const auto on = means(finding, "on", line_follows);
    const auto power = on && *on ? yes(words::outlet_question) : std::nullopt;
    // Whatever came of it.
    request["action"] = "off";
    const auto switched_off = order(request);
    if (!on) return std::unexpected(on.error());
    if (!switched_off) return std::unexpected(switched_off.error());
    if (!*on)
        return failed(std::move(finding), text(words::outlet_line_stays, line), text(words::lock_line_stays_cure));
    if (!power) return skipped(std::move(finding), words::interrupted);
    if (!*power) return failed(std::move(finding), text(words::outlet_dead, line), text(words::outlet_dead_cure));
    const auto off = means(finding, "off", line_follows);
    if (!off) return std::unexpected(off.error());
    if (!*off) return failed(std::move(finding), text(words::outlet_stays_on), text(words::outlet_stays_on_cure));
    return passed(std::move(finding), text(words::outlet_good));
}

}  // namespace yizhan
