// Nobody is turned away for a reason that is not true.
#include <fmt/format.h>

#include "firmware/station/admission.h"
#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {
namespace {

class Refusals final : public Oracle {
 public:
    using Oracle::Oracle;
    std::string_view name() const override { return "refusals"; }

    void on_swipe(const Swipe& swipe) override { last_[swipe.reader] = swipe; }
    void on_started(Mono) override { mode_ = scene_.station.station().state().mode; }
    void on_record(const Record& record, Now now) override {
        if (record.type == RecordType::members_loaded) version_ = static_cast<std::uint64_t>(record.value);
        if (record.type == RecordType::mode_changed) mode_ = record.mode;
        if (record.type != RecordType::refused || !record.reader) return;
        const auto reader = static_cast<std::size_t>(*record.reader);
        const auto& swipe = last_[reader];
        // While a reader is disturbed, what it tells may be of the card before.
        if (!swipe || scene_.faults.reader_undisturbed_since(reader) > swipe->from) return;
        if (now.mono - swipe->from < shortest_read || !scene_.up_from(swipe->from)) return;
        if (!may_be(record.outcome, *swipe, now)) {
            wrong(fmt::format("{} {} at reader {} was refused: {}", name_of(swipe->kind), swipe->person, reader,
                              text_of(record.outcome).code));
        }
    }

 private:
    // Whoever hears less than that after laying a card there hears of the one before.
    static constexpr milliseconds shortest_read{500};

    bool may_be(Outcome why, const Swipe& swipe, Now now) const {
        const auto& station = scene_.station.station();
        const StationConfig& config = scene_.station.settings.station;
        const bool listed = swipe.kind != CardKind::stranger &&
                            !scene_.people.is_revoked(swipe.person, scene_.faults.revoked_in(version_));
        const bool dated = now.wall_trusted;
        const bool about_the_card =
            why == Outcome::unreadable || why == Outcome::not_genuine || why == Outcome::card_damaged;
        if (swipe.reader == at_exit && !about_the_card) return false;  // whoever wants out gets out
        switch (why) {
            case Outcome::unreadable:
            case Outcome::not_genuine:
            case Outcome::card_damaged:
                return swipe.kind == CardKind::damaged;
            case Outcome::card_expired:
                return dated && swipe.kind == CardKind::outdated;
            case Outcome::card_not_yet_valid:
            case Outcome::membership_not_started:
                return scene_.faults.clock_moved();
            case Outcome::not_a_member:
                return !listed && config.policy == AdmissionPolicy::members;
            case Outcome::denied:
                return listed && swipe.kind == CardKind::barred;
            case Outcome::membership_expired:
                return dated && listed && (swipe.kind == CardKind::lapsed || scene_.faults.clock_moved());
            case Outcome::outside_hours: {
                // 06:00 to 22:00 of every day.
                const auto minute = minute_of_week(now.wall, config.utc_offset) % (24 * 60);
                return dated && listed && swipe.kind == CardKind::day && (minute < 6 * 60 || minute >= 22 * 60);
            }
            case Outcome::full:
                return config.capacity > 0 && station.state().count() >= config.capacity;
            case Outcome::lockdown:
                return mode_ == Mode::lockdown;
            case Outcome::closed:
                return mode_ == Mode::closed;
            case Outcome::in_service:
                return mode_ == Mode::service;
            case Outcome::no_member_list:
                return station.surroundings().no_members.holds;
            case Outcome::clock_unset:
                return !dated;
            case Outcome::log_full:
                return scene_.station.stationd->log().full() || station.surroundings().log_full;
            case Outcome::not_inside:
            case Outcome::no_free_outlet:
            case Outcome::outlet_fault:
            case Outcome::fire_leave:
                return swipe.reader == at_desk;
            default:
                return false;
        }
    }

    std::array<std::optional<Swipe>, reader_count> last_;
    Mode mode_ = Mode::normal;
    std::uint64_t version_ = 1;
};

}  // namespace

std::unique_ptr<Oracle> refusals(const Scene& scene) { return std::make_unique<Refusals>(scene); }

}  // namespace yizhan::simulator
