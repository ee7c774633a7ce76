// A restart at any stored record changes nothing that matters: the station remembers what its records tell.
#include <array>
#include <deque>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "firmware/storage/state_blob.h"
#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {
namespace {

class Restart final : public Oracle {
 public:
    using Oracle::Oracle;
    std::string_view name() const override { return "restart"; }

    void on_log(Mono) override {
        starting_ = !scene_.log().in_use;
        const auto [found, is_new] = kept_.try_emplace(scene_.log().epoch);
        kept_in_use_ = &found->second;
        // How the one before ended nobody knows then.
        if (is_new) found->second.base.running = kept_.size() > 1 || scene_.log().in_memory;
        is_new_ = is_new;
        // Also of a start whose first record finds it damaged, and of a stop: then the next look is that of a start.
        if (!starting_) found->second.unfolded = true;
        if (scene_.up()) on_records_lost({});
    }
    void on_record(const Record& record, Now) override {
        // Records behind what a start has found are lost, and were never said to be stored.
        auto& later = kept_in_use_->later;
        if (starting_) {
            while (!later.empty() && later.back().seq >= record.seq) later.pop_back();
        }
        // One that took the place of another in use, just before the power went, has its state from there.
        if (starting_ && is_new_ && record.seq > 1) kept_in_use_->unfolded = true;
        starting_ = false;
        if (!kept_in_use_->unfolded || record.seq > kept_in_use_->base.seq) later.push_back(record);
    }
    // What went unrecorded is in the state, and in the log with the next snapshot.
    void on_records_lost(Mono) override { *kept_in_use_ = {.unfolded = true, .base = scene_.state(), .later = {}}; }
    void on_started(Mono) override {
        // The next boot of a machine counts its time from elsewhere, though in the simulator it goes on.
        look_at_stamps(nlohmann::json::parse(to_blob(scene_.station.station().state(), config())), "");
        // Where a snapshot cannot be read, the one before is: without what was reckoned anew since.
        const bool damaged = std::exchange(damages_, scene_.faults.log_damages()) != damages_;
        if (kept_in_use_->unfolded || damaged) return on_records_lost({});
        State expected = kept_in_use_->base;
        // The wall clock says whether a release of an earlier boot has run out meanwhile, and so whether what came with
        // the start made it longer.
        std::array<bool, max_doors> reckoned_anew{};
        const auto look_at_boots = [&] {
            for (std::size_t door = 0; door < max_doors; ++door) {
                const auto of_boot =
                    std::visit([](const auto& phase) { return phase.since.boot; }, expected.doors[door].phase);
                reckoned_anew[door] |= of_boot != scene_.station.boot;
            }
        };
        for (const Record& record : kept_in_use_->later) {
            if (record.type == RecordType::started) look_at_boots();
            apply(expected, record);
        }
        look_at_boots();
        State found = scene_.station.station().state();
        for (std::size_t door = 0; door < max_doors; ++door) {
            if (!reckoned_anew[door]) continue;
            expected.doors[door].phase = found.doors[door].phase;
            expected.doors[door].exit_lasts = found.doors[door].exit_lasts;
        }
        const auto difference = nlohmann::json::diff(told(expected), told(found));
        if (!difference.empty()) wrong("a restart changed what the station remembers: " + difference.dump());
        // The fold knows nothing of what the clock said.
        if (std::ranges::find(reckoned_anew, true) != reckoned_anew.end()) on_records_lost({});
    }
    void every_second(Mono at) override {
        if (!scene_.up()) return;
        if (scene_.unrecorded()) return on_records_lost(at);
        const auto stored = scene_.station.stationd->log().stored();
        auto& [unfolded, base, later] = *kept_in_use_;
        while (!later.empty() && later.front().seq <= stored) {
            apply(base, later.front());
            later.pop_front();
        }
        if (stored >= base.seq) unfolded = false;
    }

 private:
    const StationConfig& config() const { return scene_.station.settings.station; }
    // Without its times, which another boot counts from elsewhere.
    nlohmann::json told(const State& state) const {
        auto all = nlohmann::json::parse(to_blob(state, config()));
        forget_times(all);
        return all;
    }
    static bool is_stamp(const nlohmann::json& part) {
        return part.is_array() && part.size() == 4 && part[3].is_boolean();
    }
    void look_at_stamps(const nlohmann::json& part, const std::string& where) {
        if (is_stamp(part) && part[0] != 0 && part[0] != scene_.station.boot) {
            wrong("a start left a time of an earlier boot:" + where + " " + part.dump());
        }
        if (!part.is_structured()) return;
        for (const auto& [name, inner] : part.items()) look_at_stamps(inner, where + " " + name);
    }
    static void forget_times(nlohmann::json& part) {
        if (is_stamp(part)) part = nullptr;
        if (!part.is_structured()) return;
        for (auto& inner : part) forget_times(inner);
    }

    // By one log.
    struct Kept {
        bool unfolded = false;  // base is the state itself, and not known to be stored
        State base;  // the fold of what is known to be stored
        std::deque<Record> later;
    };

    bool starting_ = true;
    bool is_new_ = false;
    unsigned damages_ = 0;  // before the last start
    std::map<std::uint32_t, Kept> kept_;  // by epoch
    Kept* kept_in_use_ = nullptr;
};

}  // namespace

std::unique_ptr<Oracle> restart(const Scene& scene) { return std::make_unique<Restart>(scene); }

}  // namespace yizhan::simulator
