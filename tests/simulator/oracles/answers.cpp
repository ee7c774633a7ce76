// Whoever asks the station over its socket is answered soon, in the words of the protocol, and with what is true.
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>

#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {
namespace {

using nlohmann::json;

class Answers final : public Oracle {
 public:
    using Oracle::Oracle;
    std::string_view name() const override { return "answers"; }

    void on_said(std::uint64_t tool, std::string_view text, bool has_rights, Mono at) override {
        for (std::size_t begin = 0; begin < text.size();) {
            const std::size_t end = std::min(text.find('\n', begin), text.size());
            const json request = json::parse(text.substr(begin, end - begin), nullptr, false);
            begin = end + 1;
            const bool whole = request.is_object() && request.contains("do");
            asked_[{tool, whole ? request.value("id", 0) : 0}] = {whole ? request["do"] : "", has_rights, at};
        }
    }
    void on_answer(std::uint64_t tool, std::string_view line) override {
        const json answer = json::parse(line, nullptr, false);
        if (!answer.is_object()) return wrong("a tool was told what is no object");
        if (answer.contains("push")) return;
        const Whose whose{tool, answer.value("id", -1)};
        const auto found = asked_.find(whose);
        if (found == asked_.end()) {
            if (on_the_way_.erase(whose) > 0) return;
            return wrong(fmt::format("a tool was answered what it has not asked: {}", line));
        }
        const Asked asked = found->second;
        asked_.erase(found);
        const bool ok = answer.at("ok").get<bool>();
        if (asked.verb.empty() && ok) return wrong("what is no request was obeyed");
        if (!asked.has_rights && ok) return wrong("somebody without rights was obeyed");
        if (!ok) return look_at_error(asked, answer.at("error"));
        if (asked.verb == "info") look_at_info(answer.at("info"));
        if (asked.verb == "wiring") look_at_wiring(answer.at("wiring"));
    }
    void on_swipe(const Swipe& swipe) override {
        if (swipe.kind == CardKind::damaged) damaged_.insert(swipe.reader);
    }
    void on_died(Mono) override {
        // What was said before the end arrives all the same.
        for (const auto& [whose, asked] : std::exchange(asked_, {})) on_the_way_.insert(whose);
        damaged_.clear();
    }
    void every_second(Mono at) override {
        if (!scene_.up()) return;
        on_the_way_.clear();
        std::erase_if(asked_, [&](const auto& one) { return !scene_.station.still_listens(one.first.first); });
        for (const auto& [whose, asked] : asked_) {
            const bool of_disk = asked.verb == "log" || asked.verb == "verify" || asked.verb == "members";
            const Mono since = std::max({asked.at, scene_.up_since, of_disk ? disk_well_since() : asked.at});
            if (since < at && at - since > longest) wrong(fmt::format("a tool waits for its {}", asked.verb));
        }
    }

 private:
    static constexpr seconds longest{5};
    static constexpr minutes settles{2};
    struct Asked {
        std::string verb;  // empty: it was no request
        bool has_rights = false;
        Mono at;
    };
    using Whose = std::pair<std::uint64_t, int>;  // tool and id

    Mono disk_well_since() const {
        const Mono since = scene_.faults.disk_undisturbed_since();
        return since == never ? never : since + LogWriter::longest_pause;
    }
    void look_at_error(const Asked& asked, const json& error) {
        const auto code = error.at("code").get<std::string>();
        if (error.at("what").get<std::string>().empty()) wrong("a tool is refused without a word");
        if (code == "refused" && error.value("outcome", "some") == "none") wrong("a tool is refused what was done");
        if (asked.verb == "status" || asked.verb == "info" || asked.verb == "wiring" || asked.verb == "config") {
            if (asked.has_rights) wrong(fmt::format("a tool is refused the {}: {}", asked.verb, code));
        }
    }
    void look_at_info(const json& info) {
        const auto& config = scene_.config();
        const bool complete =
            info.at("doors").size() == config.doors.size() && info.at("readers").size() == config.readers.size() &&
            info.at("outlets").size() == config.outlets.size() && info.at("inputs").size() == config.inputs.size();
        if (!complete) wrong("the info document lacks something of the station");
    }
    // Of what nothing has disturbed since the start there is nothing to say.
    void look_at_wiring(const json& wiring) {
        for (const auto* part : {"lines", "readers"}) {
            for (const json& one : wiring.at(part)) {
                const bool says_why = one.contains("verdict") && one.contains("cure");
                if (!one.at("ok").get<bool>() && !says_why) wrong("nobody is told what is wrong: " + one.dump());
            }
        }
        if (scene_.station.scheduler.now().mono - scene_.up_since < settles) return;
        const json& readers = wiring.at("readers");
        for (std::size_t i = 0; i < readers.size(); ++i) {
            // Damaged cards say that it may be set up wrongly, or fail.
            const bool is_sure = readers[i].at("kind") == "id-card" || readers[i].at("kind") == "wiegand";
            if (!is_sure || damaged_.contains(i)) continue;
            if (scene_.faults.reader_undisturbed_since(i) > scene_.up_since) continue;
            if (!readers[i].at("ok").get<bool>())
                wrong("a reader is well, and is said not to be: " + readers[i].dump());
        }
        for (const json& line : wiring.at("lines")) {
            const auto name = line.at("line").get<std::string>();
            const auto colon = name.find(':');
            // A crowd that presses it, or somebody over and over, moves it like a loose wire.
            if (line.at("role") == "exit-button" && line.at("edges") > 0) continue;
            // A door that springs for a crowd as well.
            if (line.at("role") == "contact" && moves(line.at("of").get<std::string>())) continue;
            const LineName which{name.substr(0, colon), name.substr(colon + 1)};
            const bool is_away = scene_.faults.is_unplugged(which.chip);
            if (is_away || scene_.faults.line_undisturbed_since(which) > scene_.up_since) continue;
            if (!line.at("ok").get<bool>()) wrong("a line is well, and is said not to be: " + line.dump());
        }
    }

    bool moves(const std::string& door) const {
        const auto& doors = scene_.config().doors;
        const auto found = std::ranges::find(doors, door, &DoorConfig::name);
        const auto which = static_cast<std::size_t>(found - doors.begin());
        return scene_.station.scheduler.now().mono - scene_.station.world->door(which).moved_at() < minutes{1};
    }

    std::map<Whose, Asked> asked_;
    std::set<Whose> on_the_way_;  // of stationd before it died
    std::set<std::size_t> damaged_;  // readers that a damaged card lay on since the start
};

}  // namespace

std::unique_ptr<Oracle> answers(const Scene& scene) { return std::make_unique<Answers>(scene); }

}  // namespace yizhan::simulator
