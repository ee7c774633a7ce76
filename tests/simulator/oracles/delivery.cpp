// Everything arrives at the centre at least once, in order, and what comes twice is the same; and it is what the
// station has signed.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "firmware/identity/hex.h"
#include "firmware/storage/record_chain.h"
#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {
namespace {

class Delivery final : public Oracle {
 public:
    using Oracle::Oracle;
    std::string_view name() const override { return "delivery"; }

    void on_record(const Record& record, Now) override {
        if (made_.empty()) made_first_ = record.seq;
        // What a power cut has taken is made anew, with the same numbers.
        if (record.seq < made_first_) made_.clear(), made_first_ = record.seq;
        if (record.type == RecordType::alarm_raised) alarm_names_.insert(alarm_name(record));
        made_.resize(static_cast<std::size_t>(record.seq - made_first_));
        made_.push_back({record.type, record.alarm, record.outcome});
    }
    void on_message(const simulated::BrokerMessage& message) override {
        look_at_alarm(message);
        if (message.topic.ends_with("/state")) {
            look_at_beginning(message.payload);
            return look_at_checkpoint(message.payload);
        }
        if (!message.topic.ends_with("/event")) return;
        const auto batch = nlohmann::json::parse(message.payload);
        const auto epoch = batch.at("epoch").get<std::uint32_t>();
        for (const auto& record : batch.at("records")) {
            const auto seq = record.at("seq").get<std::uint64_t>();
            if (epoch != epoch_) {
                epoch_ = epoch;
                first_ = seq;
                seen_.clear();
                before_ = chain_start(scene_.config().id, epoch);
            }
            if (seq < first_) continue;
            look_at_content(seq, record);
            const auto at = static_cast<std::size_t>(seq - first_);
            if (at > seen_.size()) return wrong(fmt::format("record {} came before {}", seq, first_ + seen_.size()));
            const auto hash = chain_next(at == 0 ? before_ : seen_[at - 1], record);
            if (at == seen_.size()) {
                seen_.push_back(hash);
            } else if (seen_[at] != hash) {
                return wrong(fmt::format("record {} came twice, and not the same", seq));
            }
        }
    }
    void every_second(Mono at) override {
        unrecorded_ = unrecorded_ || scene_.unrecorded();
        // Where nothing ever holds it up.
        if (!scene_.options.quiet() || scene_.site.settings.uplink.host.empty()) return;
        if (first_ + seen_.size() > awaited_) {
            awaited_ = scene_.station.stationd->log().stored();
            awaited_since_ = at;
        }
        if (at - awaited_since_ > soon) wrong("a stored record waits, and nothing holds it up");
    }
    void at_end(Mono) override {
        if (scene_.site.settings.uplink.host.empty()) return;
        look_at_retained();
        const auto last = scene_.up() ? scene_.state().seq : 0;
        if (first_ + seen_.size() != last + 1) {
            wrong(fmt::format("the centre has records to {} of {}", first_ + seen_.size() - 1, last));
        }
    }

 private:
    // A receiver that begins there goes on with the same chain.
    void look_at_beginning(const std::string& state) {
        constexpr std::size_t hash_digits = 64;
        constexpr std::string_view member = "\"before\":\"";
        const auto at = state.find(member);
        if (at == std::string::npos) return;
        const auto before = state.substr(at + member.size(), hash_digits);
        if (before == hash_before_) return;  // seen; there are many
        const auto log = nlohmann::json::parse(state).at("log");
        const auto first = log.at("first").get<std::uint64_t>();
        if (log.at("epoch") != epoch_ || first < first_ + 1 || first > first_ + seen_.size()) return;
        if (to_hex(seen_[static_cast<std::size_t>(first - first_ - 1)]) != before) {
            return wrong(fmt::format("the log is said to begin at {} with another hash than it had there", first));
        }
        hash_before_ = before;
    }

    // Its part of the document alone: there are many.
    void look_at_checkpoint(const std::string& state) {
        constexpr std::string_view member = "\"checkpoint\":";
        const auto begin = state.find(member);
        const auto end = state.find('}', begin);
        if (begin == std::string::npos || end == std::string::npos) return;
        const auto from = begin + member.size();
        const auto checkpoint = checkpoint_from(nlohmann::json::parse(state.substr(from, end + 1 - from)));
        if (!checkpoint || !is_signed(*checkpoint)) return wrong("a checkpoint is not signed");
        if (checkpoint->epoch != epoch_ || first_ != 1) return;
        if (checkpoint->seq < sealed_) wrong("a checkpoint is older than the one before");
        sealed_ = checkpoint->seq;
        if (sealed_ == 0 || sealed_ > seen_.size()) return;  // what it covers comes later
        if (seen_[sealed_ - 1] != checkpoint->hash) wrong("the station has signed something else than it sent");
    }

    // As the centre knows it: the kind, what it is about, and its name.
    std::string alarm_name(const Record& record) const {
        const auto& config = scene_.config();
        const bool either = record.alarm == AlarmKind::output_fault || record.alarm == AlarmKind::input_fault ||
                            record.alarm == AlarmKind::too_hot;
        const auto named = [&](const auto& list, auto index, std::string_view sort) {
            return fmt::format("{}{}-{}", name_of(record.alarm), either ? sort : "",
                               list[static_cast<std::size_t>(index)].name);
        };
        if (record.door) return named(config.doors, *record.door, "-door");
        if (record.reader) return named(config.readers, *record.reader, "");
        if (record.outlet) return named(config.outlets, *record.outlet, "-outlet");
        if (record.input) return named(config.inputs, *record.input, "-input");
        return fmt::format("{}{}", name_of(record.alarm), record.alarm == AlarmKind::output_fault ? "-contactor" : "");
    }
    void look_at_alarm(const simulated::BrokerMessage& message) {
        const auto at = message.topic.find("/alarm/");
        if (at == std::string::npos) return;
        const std::string alarm = message.topic.substr(at + 7);
        unrecorded_ = unrecorded_ || scene_.unrecorded();
        if (!alarm_names_.contains(alarm) && !unrecorded_)
            wrong("the centre sees an alarm that was never raised: " + alarm);
    }
    void look_at_content(std::uint64_t seq, const nlohmann::json& record) {
        if (seq < made_first_ || seq - made_first_ >= made_.size())
            return wrong("a record arrived that was never made");
        const Made& made = made_[static_cast<std::size_t>(seq - made_first_)];
        const bool same =
            record.at("type") == name_of(made.type) &&
            record.value("alarm", "") == (made.alarm == AlarmKind::none ? "" : name_of(made.alarm)) &&
            record.value("outcome", "") == (made.outcome == Outcome::none ? "" : text_of(made.outcome).code);
        if (!same) wrong(fmt::format("record {} arrived as another one: {}", seq, record.dump()));
    }

    std::optional<std::string> retained(std::string_view topic) const {
        return scene_.station.broker.retained(fmt::format("yizhan/v1/{}/{}", scene_.config().id, topic));
    }
    // What the centre sees of the station is what the station is.
    void look_at_retained() {
        for (const auto& [topic, payload] : scene_.station.broker.all_retained()) {
            const bool for_good =
                topic.find("/alarm/relay-welded-") != std::string::npos || topic.ends_with("/alarm/log-shortened");
            if (topic.find("/alarm/") != std::string::npos && !for_good) wrong("the centre still sees " + topic);
        }
        if (!scene_.up()) return;
        const auto document = retained("state");
        if (!document) return wrong("the centre sees no state");
        const auto& state = scene_.state();
        const auto occupancy = nlohmann::json::parse(*document).at("occupancy");
        const auto* confidence = state.confidence() == Confidence::certain ? "certain" : "estimated";
        if (occupancy.at("count") != state.count() || occupancy.at("confidence") != confidence) {
            wrong("the centre sees an occupancy of " + occupancy.dump());
        }
        const auto status = retained("status");
        if (!status || nlohmann::json::parse(*status).at("state") != "online")
            wrong("the centre sees no station online");
    }

    static constexpr seconds soon{4 + Uplink::catch_up_spread.count()};
    struct Made {
        RecordType type;
        AlarmKind alarm;
        Outcome outcome;
    };
    std::set<std::string> alarm_names_;
    bool unrecorded_ = false;  // some of them
    std::vector<Made> made_;  // from made_first_
    std::uint64_t made_first_ = 1;
    std::uint64_t awaited_ = 0;  // stored by then
    Mono awaited_since_;
    std::uint32_t epoch_ = 0;
    std::uint64_t first_ = 1;
    std::vector<ChainHash> seen_;  // behind each of them
    ChainHash before_{};  // behind the one before the first
    std::string hash_before_;  // as the newest state has it that was looked at
    std::uint64_t sealed_ = 0;  // as the newest checkpoint says
};

}  // namespace

std::unique_ptr<Oracle> delivery(const Scene& scene) { return std::make_unique<Delivery>(scene); }

}  // namespace yizhan::simulator
