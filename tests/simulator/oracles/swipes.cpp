// Every swipe has exactly one record and one shown outcome, and soon: whatever disk, broker and tools do.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {
namespace {

class Swipes final : public Oracle {
 public:
    explicit Swipes(const Scene& scene)
        : Oracle(scene), at_(scene.config().readers.size()), last_(at_.size(), Swipe{.from = never}) {}
    std::string_view name() const override { return "swipes"; }

    void on_swipe(const Swipe& swipe) override {
        const auto& last = last_[swipe.reader];
        // What follows so soon, and cannot be told from what was there before, has not come anew.
        const bool both_damaged = swipe.kind == CardKind::damaged && last.kind == CardKind::damaged;
        const bool the_same = last.person == swipe.person || both_damaged;
        at_[swipe.reader] =
            Open{.swipe = swipe, .unseen = the_same && last.from != never && swipe.from - last.until < seconds{2}};
    }
    void on_swipe_end(const Swipe& swipe) override {
        last_[swipe.reader] = swipe;
        if (auto& open = at_[swipe.reader]) open->swipe = swipe;
    }
    void on_action(const Action& action, Now) override {
        const auto* show = std::get_if<ShowAtReader>(&action);
        if (show == nullptr || is_of_a_number(show->outcome)) return;
        const auto reader = static_cast<std::size_t>(show->reader);
        if (reader >= at_.size() || !at_[reader]) return;
        ++at_[reader]->shown;
        at_[reader]->unrecorded = scene_.unrecorded();
    }
    void on_record(const Record& record, Now) override {
        if (!record.reader || static_cast<std::size_t>(*record.reader) >= at_.size()) return;
        auto& open = at_[static_cast<std::size_t>(*record.reader)];
        if (!open) return;
        const bool of_a_swipe = record.type == RecordType::granted || record.type == RecordType::refused ||
                                record.type == RecordType::outlet_on || record.type == RecordType::enrolled;
        if (of_a_swipe) ++open->records;
        // A card that could not be read for once, by a reader that answers wrong, counts as another one from then on.
        if (record.type == RecordType::refused) open->grants = 0;
        // Also of a reader that answers wrong, or was gone for a while: a card that lies there all the time is one.
        if (record.type == RecordType::granted && ++open->grants > 1) {
            wrong(fmt::format("one card was granted {} times at reader {}", open->grants, open->swipe.reader));
        }
    }
    void on_died(Mono) override { std::ranges::fill(at_, std::nullopt); }
    void every_second(Mono at) override {
        for (std::size_t reader = 0; reader < at_.size(); ++reader) {
            auto& open = at_[reader];
            if (!open) continue;
            // A card that a dead antenna lost is, when it sees again, one that was laid there anew.
            auto* model = scene_.site.readers[reader].id_card();
            if (model != nullptr && model->knobs().antenna_dead) open->grants = 0;
            const Swipe& swipe = open->swipe;
            const bool calm = scene_.up_from(swipe.from - settled) &&
                              scene_.faults.reader_undisturbed_since(reader) <= swipe.from - settled;
            if (open->shown > 1 && calm)
                wrong(fmt::format("reader {} showed {} outcomes for one card", reader, open->shown));
            if (open->records > 1 && calm)
                wrong(fmt::format("{} records of one card at reader {}", open->records, reader));
            const milliseconds longest_read =
                scene_.site.readers[reader].longest_read() + scene_.waits_for_evidence(reader);
            const bool long_enough = std::min(swipe.until, at) - swipe.from >= longest_read;
            if (calm && !open->unseen && long_enough && at - swipe.from >= longest_read && open->shown == 0) {
                wrong(fmt::format("nothing shown for a card at reader {}", reader));
            }
            if (open->shown > 0 && open->records == 0 && calm && !open->unrecorded) {
                wrong(fmt::format("no record of a card at reader {}", reader));
            }
            if (swipe.until != never && at - swipe.until > gone) open.reset();
        }
    }

 private:
    static constexpr seconds settled{30};
    static constexpr seconds gone{2};
    struct Open {
        Swipe swipe;
        int shown = 0;
        int records = 0;
        int grants = 0;
        bool unseen = false;
        bool unrecorded = false;  // the log had no room
    };
    std::vector<std::optional<Open>> at_;  // by reader
    std::vector<Swipe> last_;
};

}  // namespace

std::unique_ptr<Oracle> swipes(const Scene& scene) { return std::make_unique<Swipes>(scene); }

}  // namespace yizhan::simulator
