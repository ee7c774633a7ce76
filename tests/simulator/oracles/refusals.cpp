// Nobody is turned away for a reason that is not true.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "tests/simulator/oracles/hours.h"
#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {
namespace {

class Refusals final : public Oracle {
 public:
    explicit Refusals(const Scene& scene)
        : Oracle(scene), last_(scene.config().readers.size()), idle_(scene.config().outlets.size(), true) {}
    std::string_view name() const override { return "refusals"; }

    void on_swipe(const Swipe& swipe) override {
        last_[swipe.reader] = swipe;
        if (swipe.number) choice_ = {*swipe.number, swipe.from};
    }
    void on_number_alone(unsigned number, Mono at) override { choice_ = {number, at}; }
    void on_records_lost(Mono) override {
        mode_ = scene_.state().mode;
        version_ = scene_.members_version();
        see_outlets();
    }
    void on_started(Mono) override {
        mode_ = scene_.state().mode;
        see_outlets();
    }
    void every_second(Mono) override { taken_before_ = scene_.up() ? places_taken() : 0; }
    void on_record(const Record& record, Now now) override {
        // Who they are that were counted nobody knows, nor who left while nobody watched.
        const bool anew = record.type == RecordType::occupancy_set || record.type == RecordType::started ||
                          record.type == RecordType::records_lost ||
                          (record.type == RecordType::left && record.visit == 0);
        if (anew) names_since_ = now.mono;
        if (record.type == RecordType::members_loaded) version_ = static_cast<std::uint64_t>(record.value);
        if (record.type == RecordType::mode_changed) mode_ = record.mode;
        if (record.type == RecordType::outlet_on) idle_[static_cast<std::size_t>(*record.outlet)] = false;
        if (record.type == RecordType::outlet_off) idle_[static_cast<std::size_t>(*record.outlet)] = true;
        const bool given = record.type == RecordType::outlet_on && record.outcome == Outcome::outlet_yours;
        if ((record.type != RecordType::refused && !given) || !record.reader) return;
        const auto reader = static_cast<std::size_t>(*record.reader);
        const auto& swipe = last_[reader];
        // While a reader is disturbed, what it tells may be of the card before.
        if (!swipe || scene_.faults.reader_undisturbed_since(reader) > swipe->from) return;
        // Whoever hears too soon after laying a card there hears of the one before.
        if (now.mono - swipe->from < scene_.site.readers[reader].shortest_read()) return;
        if (scene_.up_since >= swipe->from || !scene_.station.stationd->ready()) return;
        if (given) {
            const bool by_number = swipe->number && !scene_.config().readers[reader].outlet;
            if (by_number && exists(*swipe->number) && record.outlet != OutletIndex(*swipe->number - 1)) {
                wrong(fmt::format("outlet {} was chosen, and another one given", *swipe->number));
            }
            return;
        }
        if (!may_be(record.outcome, *swipe, now)) {
            wrong(fmt::format("{} {} at reader {} was refused: {}", name_of(swipe->kind), swipe->person, reader,
                              text_of(record.outcome).code));
        }
    }

 private:
    std::size_t places_taken() const { return scene_.state().count() + scene_.let_in({}); }
    bool may_be(Outcome why, const Swipe& swipe, Now now) const {
        const auto& station = scene_.station.station();
        const StationConfig& config = scene_.config();
        const ReaderPlace place = config.readers[swipe.reader].place;
        const bool listed = scene_.people.is_listed(swipe, scene_.faults.revoked_in(version_));
        const bool dated = now.wall_trusted;
        const bool about_the_card =
            why == Outcome::unreadable || why == Outcome::not_genuine || why == Outcome::card_damaged;
        if (place == ReaderPlace::exit && !about_the_card) return false;  // whoever wants out gets out
        switch (why) {
            case Outcome::unreadable:
            case Outcome::not_genuine:
            case Outcome::card_damaged:
                return swipe.kind == CardKind::damaged;
            case Outcome::card_expired:
                return dated && swipe.kind == CardKind::outdated;
            case Outcome::card_not_yet_valid:
            case Outcome::membership_not_started:
                return dated && now.wall < cards_begin;
            case Outcome::not_a_member:
                return !listed && config.policy == AdmissionPolicy::members;
            case Outcome::not_an_id_card:
                return !listed && config.policy == AdmissionPolicy::any_valid_id && swipe.form != CardForm::id_card;
            case Outcome::denied:
                return listed && swipe.kind == CardKind::barred;
            case Outcome::membership_expired:
                return dated && listed && swipe.kind == CardKind::lapsed;
            case Outcome::outside_hours:
                if (dated && !opens_at(config.opening_hours, now.wall, config.utc_offset)) return true;
                return dated && listed && swipe.kind == CardKind::day && !by_day(now.wall, config.utc_offset);
            case Outcome::full:
                // In the moment in which somebody's time to come in is over they may still count.
                return config.capacity > 0 && std::max(places_taken(), taken_before_) >= config.capacity &&
                       scene_.state().confidence() == Confidence::certain && !(listed && swipe.kind == CardKind::staff);
            case Outcome::lockdown:
                return mode_ == Mode::lockdown;
            case Outcome::closed:
                return mode_ == Mode::closed && !(listed && swipe.kind == CardKind::staff);
            case Outcome::in_service:
                return mode_ == Mode::service && !(listed && swipe.kind == CardKind::staff);
            case Outcome::no_member_list:
                return station.surroundings().no_members.holds;
            case Outcome::clock_unset:
                return !dated && config.when_clock_untrusted == WhenUntrusted::refuse;
            case Outcome::log_full:
                if (place == ReaderPlace::entry && config.durability == Durability::before_release) return true;
                return config.when_log_full == WhenLogFull::refuse &&
                       (scene_.station.stationd->log().full() || station.surroundings().log_full);
            case Outcome::fire_leave:
                return place == ReaderPlace::inside && scene_.state().fire;
            case Outcome::smoke_leave:
                return place == ReaderPlace::inside && scene_.state().has_alarm(AlarmKind::smoke);
            case Outcome::no_free_outlet:
                return place == ReaderPlace::inside && !has_free_outlet(swipe.reader);
            case Outcome::no_such_outlet:
                return false;  // of a number, not of a card
            case Outcome::outlet_taken: {
                const auto chosen = chosen_at(swipe.reader, now.mono);
                return place == ReaderPlace::inside && chosen && !idle_[*chosen];
            }
            case Outcome::no_power_left:
                return place == ReaderPlace::inside && config.most_milliwatts > 0;
            case Outcome::outlet_fault:
                return place == ReaderPlace::inside && !has_sound_outlet(swipe.reader, now.mono);
            case Outcome::not_inside: {
                if (place != ReaderPlace::inside || scene_.state().confidence() != Confidence::certain) return false;
                const auto came_in = scene_.people.came_in(swipe.person);
                return !came_in || *came_in <= std::max(names_since_, scene_.faults.count_undisturbed_since());
            }
            default:
                return false;
        }
    }

    void see_outlets() {
        for (std::size_t i = 0; i < idle_.size(); ++i) {
            idle_[i] = std::holds_alternative<OutletIdle>(scene_.state().outlets[i]);
        }
    }

    bool is_sound(std::size_t outlet) const {
        return !scene_.config().outlets[outlet].amenity && scene_.can_supply(outlet);
    }
    // By where the reader is, or by its number.
    std::optional<std::size_t> chosen_at(std::size_t reader, Mono at) const {
        const auto own = scene_.config().readers[reader].outlet;
        if (own) return static_cast<std::size_t>(*own);
        const bool lasts = choice_ && at <= choice_->at + choice_lasts && exists(choice_->number);
        return lasts ? std::optional<std::size_t>(choice_->number - 1) : std::nullopt;
    }
    bool exists(unsigned number) const {
        const auto& outlets = scene_.config().outlets;
        return number >= 1 && number <= outlets.size() && !outlets[number - 1].amenity;
    }
    bool has_sound_outlet(std::size_t reader, Mono at) const {
        const auto chosen = chosen_at(reader, at);
        return !chosen || is_sound(*chosen);
    }
    bool has_free_outlet(std::size_t reader) const {
        const auto chosen = scene_.config().readers[reader].outlet;
        for (std::size_t i = 0; i < scene_.config().outlets.size(); ++i) {
            if (chosen && *chosen != static_cast<OutletIndex>(i)) continue;
            if (idle_[i] && is_sound(i)) return true;
        }
        return false;
    }

    struct Choice {
        unsigned number;
        Mono at;
    };
    static constexpr seconds choice_lasts{22};
    // Cards and memberships are of later years: only a clock that has lost the year shows an earlier one.
    static constexpr Wall cards_begin{seconds{1577836800}};  // 2020-01-01

    std::vector<std::optional<Swipe>> last_;  // by reader
    std::optional<Choice> choice_;  // of an outlet, by number: the newest
    std::vector<bool> idle_;  // outlets, as the records tell it: in one turn one is refused, then another goes off
    Mode mode_ = Mode::normal;
    std::uint64_t version_ = 1;
    Mono names_since_;  // since when the station knows everybody who comes by name
    std::size_t taken_before_ = 0;  // at the last second
};

}  // namespace

std::unique_ptr<Oracle> refusals(const Scene& scene) { return std::make_unique<Refusals>(scene); }

}  // namespace yizhan::simulator
