// Everything arrives at the centre at least once, in order, and what comes twice is the same; and it is what the
// station has signed.
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
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

    void on_log(Mono) override {
        const Feed* before = std::exchange(log_, &feeds_[scene_.log().epoch]);
        // What waited for the damaged one goes into the new one.
        if (scene_.log().in_use) log_->made = before->made;
    }
    void on_record(const Record& record, Now) override {
        auto& [first, made] = log_->made;
        if (made.empty()) first = record.seq;
        // What a power cut has taken is made anew, with the same numbers.
        if (record.seq < first) made.clear(), first = record.seq;
        if (record.type == RecordType::alarm_raised) alarm_names_.insert(alarm_name(record));
        made.resize(static_cast<std::size_t>(record.seq - first));
        made.push_back({record.type, record.alarm, record.outcome});
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
        const auto found = feeds_.find(epoch);
        if (found == feeds_.end()) return wrong("records came of a log that never was");
        Feed& feed = found->second;
        for (const auto& record : batch.at("records")) {
            const auto seq = record.at("seq").get<std::uint64_t>();
            if (feed.seen.empty()) feed.first = seq;
            if (seq < feed.first) continue;
            look_at_content(feed.made, seq, record);
            const auto at = static_cast<std::size_t>(seq - feed.first);
            if (at > feed.seen.size()) {
                // The collector takes none of them and asks for what went to nobody.
                const bool may = scene_.site.settings.uplink.delivery == yizhan::Delivery::collector &&
                                 scene_.options.has(FaultKind::broker_denies);
                if (may) return;
                return wrong(fmt::format("record {} came before {}", seq, feed.next()));
            }
            const auto hash = chain_next(at == 0 ? chain_start(scene_.config().id, epoch) : feed.seen[at - 1], record);
            if (at == feed.seen.size()) {
                feed.seen.push_back(hash);
            } else if (feed.seen[at] != hash) {
                return wrong(fmt::format("record {} came twice, and not the same", seq));
            }
        }
    }
    void every_second(Mono at) override {
        unrecorded_ = unrecorded_ || scene_.unrecorded();
        // Where nothing ever holds it up.
        if (!scene_.options.quiet() || scene_.site.settings.uplink.host.empty()) return;
        if (log_->next() > awaited_) {
            awaited_ = scene_.station.stationd->log().stored();
            awaited_since_ = at;
        }
        if (at - awaited_since_ > soon) wrong("a stored record waits, and nothing holds it up");
    }
    void at_end(Mono) override {
        if (scene_.site.settings.uplink.host.empty()) return;
        look_at_retained();
        const auto last = scene_.up() ? scene_.state().seq : 0;
        if (log_->next() != last + 1) {
            wrong(fmt::format("the centre has records to {} of {}", log_->next() - 1, last));
        }
    }

 private:
    struct Made {
        RecordType type;
        AlarmKind alarm;
        Outcome outcome;
    };
    struct MadeRecords {
        std::uint64_t first = 1;
        std::vector<Made> records;
    };
    // Of one log.
    struct Feed {
        MadeRecords made;
        std::uint64_t first = 1;  // that came
        std::vector<ChainHash> seen;  // behind each of them
        std::uint64_t sealed = 0;  // as the newest checkpoint says
        std::uint64_t next() const { return first + seen.size(); }
    };

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
        const auto found = feeds_.find(log.at("epoch").get<std::uint32_t>());
        if (found == feeds_.end()) return wrong("the centre sees a log that never was");
        const Feed& feed = found->second;
        if (first < feed.first + 1 || first > feed.next()) return;
        if (to_hex(feed.seen[static_cast<std::size_t>(first - feed.first - 1)]) != before) {
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
        const std::string text = state.substr(from, end + 1 - from);
        const auto checkpoint = checkpoint_from(nlohmann::json::parse(text));
        // Most documents repeat the last one.
        const bool known = std::exchange(checkpoint_, text) == text;
        if (!checkpoint || (!known && !is_signed(*checkpoint))) return wrong("a checkpoint is not signed");
        const auto found = feeds_.find(checkpoint->epoch);
        if (found == feeds_.end()) return wrong("a checkpoint is of a log that never was");
        auto& [made, first, seen, sealed] = found->second;
        if (checkpoint->seq < sealed) wrong("a checkpoint is older than the one before");
        sealed = checkpoint->seq;
        if (sealed < first || sealed >= first + seen.size()) return;  // what it covers comes later
        if (seen[sealed - first] != checkpoint->hash) wrong("the station has signed something else than it sent");
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
    void look_at_content(const MadeRecords& all, std::uint64_t seq, const nlohmann::json& record) {
        if (seq < all.first || seq - all.first >= all.records.size())
            return wrong("a record arrived that was never made");
        const Made& made = all.records[static_cast<std::size_t>(seq - all.first)];
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
            const bool for_good = topic.find("/alarm/relay-welded-") != std::string::npos ||
                                  topic.ends_with("/alarm/log-shortened") || topic.ends_with("/alarm/signers-expire");
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
    std::set<std::string> alarm_names_;
    bool unrecorded_ = false;  // some of them
    std::uint64_t awaited_ = 0;  // stored by then
    Mono awaited_since_;
    std::map<std::uint32_t, Feed> feeds_;  // by epoch
    Feed* log_ = nullptr;  // in use
    std::string hash_before_;  // as the newest state has it that was looked at
    std::string checkpoint_;  // in the newest one
};

}  // namespace

std::unique_ptr<Oracle> delivery(const Scene& scene) { return std::make_unique<Delivery>(scene); }

}  // namespace yizhan::simulator
