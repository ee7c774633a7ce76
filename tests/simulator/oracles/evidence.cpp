// Where a site asks for evidence before the door: nobody comes in before it is stored that they asked, and nobody waits
// for it longer than the settings say.
#include <fmt/format.h>

#include <optional>
#include <vector>

#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {
namespace {

class Evidence final : public Oracle {
 public:
    explicit Evidence(const Scene& scene)
        : Oracle(scene), asked_(scene.config().readers.size()), laid_(scene.config().readers.size()) {}
    std::string_view name() const override { return "evidence"; }

    void on_swipe(const Swipe& swipe) override { laid_[swipe.reader] = swipe.from; }
    void on_record(const Record& record, Now now) override {
        const StationConfig& config = scene_.config();
        if (config.durability == Durability::after_release || !record.reader) return;
        const auto reader = static_cast<std::size_t>(*record.reader);
        if (config.readers[reader].place != ReaderPlace::entry) return;
        auto& asked = asked_[reader];
        const bool late = asked && now.mono - asked->at >= config.evidence_within;
        if (record.type == RecordType::entry_asked) {
            asked = Asked{.seq = record.seq, .at = now.mono};
        } else if (record.type == RecordType::granted) {
            const bool on_disk = !scene_.log().in_memory;
            const bool stored = asked && on_disk && scene_.station.stationd->log().stored() >= asked->seq;
            const bool admitted_late = late && config.when_evidence_late == WhenEvidenceLate::admit;
            const bool needs_none = record.outcome == Outcome::doors_are_open || scene_.unrecorded();
            if (!stored && !admitted_late && !needs_none) wrong("somebody came in, and nothing tells that they asked");
            asked.reset();
        } else if (record.type == RecordType::refused) {
            // Also what was no card at all.
            const bool by_another = asked && (laid_[reader] > asked->at || !record.credential);
            const bool stops = !scene_.up();
            if (record.outcome == Outcome::log_full && asked && !late && !by_another && !stops) {
                wrong("somebody was sent away before their time was over");
            }
            if (!by_another || late) asked.reset();
        }
    }
    void on_died(Mono) override { asked_.assign(asked_.size(), std::nullopt); }
    void every_second(Mono at) override {
        if (!scene_.up()) return;
        for (auto& asked : asked_) {
            if (asked && scene_.unrecorded()) asked->untold = true;
            if (asked && !asked->untold && at - asked->at > scene_.config().evidence_within + seconds{1}) {
                wrong("somebody has asked to come in, and nobody tells them");
            }
        }
    }

 private:
    struct Asked {
        std::uint64_t seq = 0;
        Mono at;
        bool untold = false;  // the log had no room since: what became of it may be in no record
    };
    std::vector<std::optional<Asked>> asked_;  // by reader
    std::vector<Mono> laid_;  // a card there, last
};

}  // namespace

std::unique_ptr<Oracle> evidence(const Scene& scene) { return std::make_unique<Evidence>(scene); }

}  // namespace yizhan::simulator
