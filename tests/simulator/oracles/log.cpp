// Sequence without holes; nothing that was reported stored is ever lost; a restart changes nothing that matters.
#include <fmt/format.h>

#include <deque>
#include <nlohmann/json.hpp>

#include "firmware/storage/state_blob.h"
#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {
namespace {

class Log final : public Oracle {
 public:
    using Oracle::Oracle;
    std::string_view name() const override { return "log"; }

    void on_action(const Action& action, Now) override {
        const auto* append = std::get_if<AppendRecord>(&action);
        if (append == nullptr) return;
        const Record& record = append->record;
        if (starting_) {
            starting_ = false;
            restore(record.seq - 1);
        } else if (record.seq != last_ + 1) {
            wrong(fmt::format("record {} after {}", record.seq, last_));
        }
        last_ = record.seq;
        later_.push_back(record);
    }
    void on_died(Mono) override { starting_ = true; }
    void on_started(Mono) override {
        State now = base_;
        for (const Record& record : later_) apply(now, record);
        const auto difference = nlohmann::json::diff(told(now), told(scene_.station.station().state()));
        if (!difference.empty()) wrong("a restart changed what the station remembers: " + difference.dump());
    }
    void every_second(Mono) override {
        if (!scene_.up()) return;
        const auto stored = scene_.station.stationd->log().stored();
        if (stored < stored_) wrong(fmt::format("{} records were stored, now {}", stored_, stored));
        stored_ = stored;
        while (!later_.empty() && later_.front().seq <= stored) {
            apply(base_, later_.front());
            later_.pop_front();
        }
        if (scene_.station.stationd->log().waiting() > LogWriter::ring_capacity) wrong("more records wait than may");
    }
    void at_end(Mono) override {
        if (!scene_.up()) return wrong("stationd does not run any more");
        const auto& log = scene_.station.stationd->log();
        if (log.stored() != last_) wrong(fmt::format("stored {} of {} records", log.stored(), last_));
        if (log.acknowledged() != last_)
            wrong(fmt::format("the centre has {} of {} records", log.acknowledged(), last_));
    }

 private:
    // Without its times, which another boot counts from elsewhere.
    nlohmann::json told(const State& state) const {
        auto all = nlohmann::json::parse(to_blob(state, scene_.station.settings.station));
        forget_times(all);
        return all;
    }
    static void forget_times(nlohmann::json& part) {
        if (part.is_array() && part.size() == 4 && part[3].is_boolean()) part = nullptr;
        if (!part.is_structured()) return;
        for (auto& inner : part) forget_times(inner);
    }
    // A station that starts goes on behind this record.
    void restore(std::uint64_t seq) {
        if (seq < stored_) wrong(fmt::format("{} records were stored, a restart found {}", stored_, seq));
        if (seq > last_) wrong(fmt::format("a restart found {} records, there were {}", seq, last_));
        while (!later_.empty() && later_.back().seq > seq) later_.pop_back();
    }

    bool starting_ = true;
    std::uint64_t last_ = 0;
    std::uint64_t stored_ = 0;
    State base_;  // the fold of what is known to be stored
    std::deque<Record> later_;
};

}  // namespace

std::unique_ptr<Oracle> log(const Scene& scene) { return std::make_unique<Log>(scene); }

}  // namespace yizhan::simulator
