// A command of the centre is done only if a key that may has signed it for this station, in its time, once, and not
// before it is stored that it came.
#include <fmt/format.h>

#include <map>
#include <optional>
#include <set>
#include <utility>

#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {
namespace {

class Commands final : public Oracle {
 public:
    using Oracle::Oracle;
    std::string_view name() const override { return "commands"; }

    void on_record(const Record& record, Now now) override {
        if (record.type == RecordType::signers_loaded) {
            if (std::exchange(version_, record.value) >= record.value) wrong("a key set follows that is not newer");
            since_.reset();
            if (now.wall_trusted) since_ = now.wall;
        }
        if (record.type == RecordType::signer_removed) seen_.erase(record.actor.uid);
        // A clock that is set back so far was wrong when the set came.
        if (since_ && *since_ - now.wall > std::chrono::hours{24}) since_.reset();
        if (record.actor.role != ActorRole::centre) return;
        const std::uint32_t signer = record.actor.uid;
        switch (record.type) {
            case RecordType::command_taken:
                return take(signer, record, now);
            case RecordType::commands_refused:
            case RecordType::signer_removed:
                return;
            default:
                note_stored();
                if (!stored_.contains(signer)) wrong("the centre's command was done before it was stored");
        }
    }
    void on_died(Mono) override {
        version_ = 0;
        since_.reset();
        note_stored();
        waiting_.clear();
        stored_.clear();
    }

 private:
    void take(std::uint32_t signer, const Record& record, Now now) {
        const auto sequence = static_cast<std::uint64_t>(record.value);
        const Mandate* const mandate = scene_.faults.desk().genuine(signer, sequence);
        if (mandate == nullptr) return wrong("a command was taken that nobody had signed for this station");
        if (!now.wall_trusted || now.wall < mandate->not_before || now.wall >= mandate->expires) {
            wrong("a command was taken out of its time");
        }
        if (!scene_.faults.desk().may_sign(signer, scene_.state().sequences.version)) {
            wrong("a command was taken of a key that is not in the set in force");
        }
        if (seen_.insert(signer).second && since_ && mandate->not_before < *since_) {
            wrong("a command was taken of which nobody knows whether it was done before the key set came");
        }
        note_stored();
        if (taken_.contains({signer, sequence})) wrong("a command was taken twice");
        waiting_[record.seq] = {signer, sequence};
    }
    // What a power cut takes away may come again: it was not done.
    void note_stored() {
        if (scene_.log().in_memory || scene_.station.stationd == nullptr) return;
        const std::uint64_t stored = scene_.station.stationd->log().stored();
        while (!waiting_.empty() && waiting_.begin()->first <= stored) {
            const auto [signer, sequence] = waiting_.begin()->second;
            taken_.insert({signer, sequence});
            stored_.insert(signer);
            waiting_.erase(waiting_.begin());
        }
    }

    std::int64_t version_ = 0;  // of the key set in force; 0: none was loaded since the start
    std::optional<Wall> since_;  // that set came, by a clock to trust
    std::set<std::uint32_t> seen_;  // who has sent a command, and was not taken out of the set
    std::map<std::uint64_t, std::pair<std::uint32_t, std::uint64_t>> waiting_;  // by number of the record
    std::set<std::pair<std::uint32_t, std::uint64_t>> taken_;
    std::set<std::uint32_t> stored_;  // whose commands have been stored since the start
};

}  // namespace

std::unique_ptr<Oracle> commands(const Scene& scene) { return std::make_unique<Commands>(scene); }

}  // namespace yizhan::simulator
