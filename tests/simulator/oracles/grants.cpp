// Nobody who may not comes in: whoever is granted an entry has a card on that reader, and it is good enough.
#include <fmt/format.h>

#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {
namespace {

class Grants final : public Oracle {
 public:
    using Oracle::Oracle;
    std::string_view name() const override { return "grants"; }

    void on_swipe(const Swipe& swipe) override { last_[swipe.reader] = swipe; }
    void on_swipe_end(const Swipe& swipe) override { last_[swipe.reader] = swipe; }
    void on_action(const Action& action, Now now) override {
        const auto* append = std::get_if<AppendRecord>(&action);
        if (append == nullptr) return;
        const Record& record = append->record;
        if (record.type == RecordType::members_loaded) version_ = static_cast<std::uint64_t>(record.value);
        if (record.type != RecordType::granted || !record.reader) return;
        const auto reader = static_cast<std::size_t>(*record.reader);
        const auto& swipe = last_[reader];
        if (!swipe || now.mono - std::min(swipe->until, now.mono) > longest_read) {
            return wrong(fmt::format("granted at reader {}, where no card lies", reader));
        }
        if (reader != at_entry || record.outcome == Outcome::doors_are_open) return;
        const bool members_only = scene_.station.settings.station.policy == AdmissionPolicy::members;
        const bool dates_count = scene_.station.settings.clock == ClockTrust::always && !clock_moves();
        const bool listed = !scene_.people.is_revoked(swipe->person, scene_.faults.revoked_in(version_));
        const bool bad_anyway = swipe->kind == CardKind::outdated || swipe->kind == CardKind::damaged;
        switch (listed || bad_anyway ? swipe->kind : CardKind::stranger) {
            case CardKind::barred:
            case CardKind::damaged:
                return wrong(fmt::format("{} came in", name_of(swipe->kind)));
            case CardKind::stranger:
                if (members_only) wrong(fmt::format("{} came in, whom list {} does not name", swipe->person, version_));
                return;
            case CardKind::lapsed:
                if (members_only && dates_count) wrong("one whose membership is over came in");
                return;
            case CardKind::outdated:
                if (dates_count) wrong("one whose card is expired came in");
                return;
            default:
                return;
        }
    }

 private:
    static constexpr seconds longest_read{10};

    bool clock_moves() const {
        const auto& a_day = scene_.options.a_day;
        return a_day[static_cast<std::size_t>(FaultKind::clock_step)] > 0 ||
               a_day[static_cast<std::size_t>(FaultKind::clock_untrusted)] > 0;
    }

    std::array<std::optional<Swipe>, reader_count> last_;
    std::uint64_t version_ = 1;
};

}  // namespace

std::unique_ptr<Oracle> grants(const Scene& scene) { return std::make_unique<Grants>(scene); }

}  // namespace yizhan::simulator
