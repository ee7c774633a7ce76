// Every swipe has exactly one record and one shown outcome, and soon: whatever disk, broker and tools do.
#include <fmt/format.h>

#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {
namespace {

class Swipes final : public Oracle {
 public:
    using Oracle::Oracle;
    std::string_view name() const override { return "swipes"; }

    void on_swipe(const Swipe& swipe) override { at_[swipe.reader] = Open{.swipe = swipe}; }
    void on_swipe_end(const Swipe& swipe) override {
        if (auto& open = at_[swipe.reader]) open->swipe = swipe;
    }
    void on_action(const Action& action, Now) override {
        if (const auto* show = std::get_if<ShowAtReader>(&action)) {
            const auto reader = static_cast<std::size_t>(show->reader);
            if (reader >= at_.size() || !at_[reader]) return;
            ++at_[reader]->shown;
        } else if (const auto* append = std::get_if<AppendRecord>(&action)) {
            const Record& record = append->record;
            if (!record.reader || static_cast<std::size_t>(*record.reader) >= at_.size()) return;
            auto& open = at_[static_cast<std::size_t>(*record.reader)];
            if (!open) return;
            const bool of_a_swipe = record.type == RecordType::granted || record.type == RecordType::refused ||
                                    record.type == RecordType::outlet_on;
            if (of_a_swipe) ++open->records;
        }
    }
    void on_died(Mono) override { at_ = {}; }
    void every_second(Mono at) override {
        for (std::size_t reader = 0; reader < at_.size(); ++reader) {
            auto& open = at_[reader];
            if (!open) continue;
            const Swipe& swipe = open->swipe;
            const bool calm = scene_.up_from(swipe.from - settled) &&
                              scene_.faults.reader_undisturbed_since(reader) <= swipe.from - settled;
            if (open->shown > 1 && calm)
                wrong(fmt::format("reader {} showed {} outcomes for one card", reader, open->shown));
            if (open->records > 1 && calm)
                wrong(fmt::format("{} records of one card at reader {}", open->records, reader));
            const bool long_enough = std::min(swipe.until, at) - swipe.from >= longest_read;
            // One damaged card in the place of another, too quickly to be seen, looks like the first.
            if (calm && swipe.kind != CardKind::damaged && long_enough && at - swipe.from >= longest_read &&
                open->shown == 0) {
                wrong(fmt::format("nothing shown for a card at reader {}", reader));
            }
            if (open->shown > 0 && open->records == 0 && calm && !scene_.station.stationd->log().full()) {
                wrong(fmt::format("no record of a card at reader {}", reader));
            }
            if (swipe.until != never && at - swipe.until > gone) open.reset();
        }
    }

 private:
    // Polls, finds, selects and reads with the reader's jitter.
    static constexpr milliseconds longest_read{4500};
    static constexpr seconds settled{30};
    static constexpr seconds gone{2};
    struct Open {
        Swipe swipe;
        int shown = 0;
        int records = 0;
    };
    std::array<std::optional<Open>, reader_count> at_;
};

}  // namespace

std::unique_ptr<Oracle> swipes(const Scene& scene) { return std::make_unique<Swipes>(scene); }

}  // namespace yizhan::simulator
