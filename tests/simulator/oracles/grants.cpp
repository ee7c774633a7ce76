// Nobody who may not comes in: whoever is granted an entry has a card on that reader, and it is good enough.
#include <fmt/format.h>

#include "firmware/station/admission.h"
#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {
namespace {

class Grants final : public Oracle {
 public:
    using Oracle::Oracle;
    std::string_view name() const override { return "grants"; }

    void on_started(Mono) override { mode_ = scene_.station.station().state().mode; }
    void on_swipe(const Swipe& swipe) override { last_[swipe.reader] = swipe; }
    void on_swipe_end(const Swipe& swipe) override { last_[swipe.reader] = swipe; }
    void on_record(const Record& record, Now now) override {
        if (record.type == RecordType::mode_changed) mode_ = record.mode;
        if (record.type == RecordType::members_loaded) version_ = static_cast<std::uint64_t>(record.value);
        if (record.type != RecordType::granted || !record.reader) return;
        const auto reader = static_cast<std::size_t>(*record.reader);
        const auto& swipe = last_[reader];
        if (!swipe || now.mono - std::min(swipe->until, now.mono) > longest_read) {
            return wrong(fmt::format("granted at reader {}, where no card lies", reader));
        }
        if (reader != at_entry || record.outcome == Outcome::doors_are_open) return;
        const auto& config = scene_.station.settings.station;
        const bool staff = swipe->kind == CardKind::staff;
        if (mode_ == Mode::lockdown || (mode_ == Mode::closed && !staff)) wrong("somebody came in against the mode");
        const State& state = scene_.station.station().state();
        // The one who is counted there already took the last place.
        if (config.capacity > 0 && !staff && state.confidence() == Confidence::certain &&
            state.count() > config.capacity) {
            wrong(fmt::format("let in as number {} of {}", state.count(), config.capacity));
        }
        const bool members_only = config.policy == AdmissionPolicy::members;
        const bool dates_count = scene_.station.settings.clock == ClockTrust::always && !scene_.faults.clock_moved();
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
            case CardKind::day: {
                // 06:00 to 22:00 of every day; any valid ID is let in at any time, but members have their hours.
                const auto minute = minute_of_week(now.wall, config.utc_offset) % (24 * 60);
                if (dates_count && (minute < 6 * 60 || minute >= 22 * 60)) wrong("somebody came in outside the hours");
                return;
            }
            default:
                return;
        }
    }

 private:
    static constexpr seconds longest_read{10};

    std::array<std::optional<Swipe>, reader_count> last_;
    Mode mode_ = Mode::normal;
    std::uint64_t version_ = 1;
};

}  // namespace

std::unique_ptr<Oracle> grants(const Scene& scene) { return std::make_unique<Grants>(scene); }

}  // namespace yizhan::simulator
