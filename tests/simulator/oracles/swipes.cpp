// Every swipe has exactly one record and one shown outcome, and soon: whatever disk, broker and tools do.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {
namespace {

class Swipes final : public Oracle {
 public:
    explicit Swipes(const Scene& scene)
        : Oracle(scene),
          at_(scene.config().readers.size()),
          last_(at_.size(), Swipe{.from = never}),
          asked_(at_.size()) {}
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
        const auto reader = static_cast<std::size_t>(*record.reader);
        auto& open = at_[reader];
        if (!open) return;
        if (record.type == RecordType::entry_asked) asked_[reader] = {open->swipe.from, record.credential};
        // What became of it may be in no record.
        constexpr minutes long_answered{1};
        if (record.at.mono - asked_[reader].from > long_answered) asked_[reader] = {};
        if (answers(record, asked_[reader])) {
            const bool another = std::exchange(asked_[reader], {}).from != open->swipe.from;
            if (another) ++open->shown_to_another;
            if (another) return;
        }
        const bool of_a_swipe = record.type == RecordType::granted || record.type == RecordType::refused ||
                                record.type == RecordType::outlet_on || record.type == RecordType::enrolled;
        if (of_a_swipe) ++open->records;
        // A card that could not be read for once, by a reader that answers wrong, counts as another one from then on.
        if (record.type == RecordType::refused) open->granted = {};
        if (record.type != RecordType::granted) return;
        // Also of a reader that answers wrong, or was gone for a while: a card that lies there all the time is one.
        // Such a reader may also tell of one that is not there any more.
        if (open->granted == record.credential && record.credential) {
            wrong(fmt::format("one card was granted twice at reader {}", open->swipe.reader));
        }
        open->granted = record.credential;
    }
    void on_died(Mono) override {
        std::ranges::fill(at_, std::nullopt);
        std::ranges::fill(asked_, Asked{});
    }
    void every_second(Mono at) override {
        for (std::size_t reader = 0; reader < at_.size(); ++reader) {
            auto& open = at_[reader];
            if (!open) continue;
            // A card that a dead antenna lost is, when it sees again, one that was laid there anew.
            auto* model = scene_.site.readers[reader].id_card();
            if (model != nullptr && model->knobs().antenna_dead) open->granted = {};
            const Swipe& swipe = open->swipe;
            const bool calm = scene_.up_from(swipe.from - settled) &&
                              scene_.faults.reader_undisturbed_since(reader) <= swipe.from - settled;
            const int shown = open->shown - open->shown_to_another;
            if (shown > 1 && calm) wrong(fmt::format("reader {} showed {} outcomes for one card", reader, shown));
            if (open->records > 1 && calm)
                wrong(fmt::format("{} records of one card at reader {}", open->records, reader));
            const milliseconds longest_read =
                scene_.site.readers[reader].longest_read() + scene_.waits_for_evidence(reader);
            const bool long_enough = std::min(swipe.until, at) - swipe.from >= longest_read;
            if (calm && !open->unseen && long_enough && at - swipe.from >= longest_read && shown == 0) {
                wrong(fmt::format("nothing shown for a card at reader {}", reader));
            }
            if (shown > 0 && open->records == 0 && calm && !open->unrecorded) {
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
        int shown_to_another = 0;  // of those
        int records = 0;
        CredentialId granted;  // last
        bool unseen = false;
        bool unrecorded = false;  // the log had no room
    };
    // Somebody who waits until it is stored that they asked.
    struct Asked {
        Mono from;
        CredentialId credential;
    };
    // They may have taken their card away by then, and another one be there.
    static bool answers(const Record& record, const Asked& asked) {
        if (!asked.credential) return false;
        if (record.type == RecordType::granted) return record.credential == asked.credential;
        return record.type == RecordType::refused && record.outcome == Outcome::log_full;
    }

    std::vector<std::optional<Open>> at_;  // by reader
    std::vector<Swipe> last_;
    std::vector<Asked> asked_;
};

}  // namespace

std::unique_ptr<Oracle> swipes(const Scene& scene) { return std::make_unique<Swipes>(scene); }

}  // namespace yizhan::simulator
