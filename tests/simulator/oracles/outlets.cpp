// No outlet on without a record of it, over its time, or in a station that has been empty for longer than its grace,
// and for longer than it takes to know.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {
namespace {

class Outlets final : public Oracle {
 public:
    using Oracle::Oracle;
    std::string_view name() const override { return "outlets"; }

    void on_record(const Record& record, Now) override {
        switch (record.type) {
            case RecordType::outlet_on:
                if (record.lasts > scene_.config().outlets[static_cast<std::size_t>(*record.outlet)].time_limit) {
                    wrong("an outlet was given for longer than the settings say");
                }
                if (auto& visit = visits_[static_cast<std::size_t>(*record.outlet)]; record.visit != visit) {
                    if (visit != 0 && record.visit != 0) wrong("an outlet was given to a second one");
                    visit = record.visit;
                }
                given(static_cast<std::size_t>(*record.outlet), record);
                break;
            case RecordType::outlet_warned:
                warned_[static_cast<std::size_t>(*record.outlet)] = true;
                break;
            case RecordType::outlet_off:
                // Those of the room have a grace of their own (amenities.cpp).
                if (record.off_reason == OffReason::station_empty && record.at.mono < grace_until_ &&
                    !scene_.config().outlets[static_cast<std::size_t>(*record.outlet)].amenity) {
                    wrong("an outlet was switched off within the grace of an empty station");
                }
                if (scene_.up() && record.off_reason == OffReason::smoke &&
                    !scene_.state().has_alarm(AlarmKind::smoke)) {
                    wrong("an outlet went off for smoke, and there is none");
                }
                if (scene_.up() && record.off_reason == OffReason::fire && !scene_.state().fire) {
                    wrong("an outlet went off for fire, and there is none");
                }
                if (record.off_reason == OffReason::time_limit)
                    timed_out(static_cast<std::size_t>(*record.outlet), record);
                until_[static_cast<std::size_t>(*record.outlet)] = record.at.mono;
                to_come_on_[static_cast<std::size_t>(*record.outlet)] = false;
                visits_[static_cast<std::size_t>(*record.outlet)] = 0;
                break;
            case RecordType::station_empty:
                empty_until_ = grace_until_ = record.at.mono + record.lasts;
                break;
            // By order, also of what was secure: until then somebody may have come by a hold or a mode.
            case RecordType::secured:
                somebody_at_ = record.at.mono;
                break;
            case RecordType::entered:
            case RecordType::granted:
            case RecordType::occupancy_set:
            case RecordType::presence_changed:
            case RecordType::exit_requested:
            case RecordType::door_opened:
            case RecordType::started:
                empty_until_ = never;
                break;
            default:
                break;
        }
    }
    void on_outlet(std::size_t outlet, bool on, Mono at) override {
        on_[outlet] = on;
        on_at_[outlet] = at;
        if (on) to_come_on_[outlet] = false;
        if (on && scene_.up() && !scene_.unrecorded() && at > until_[outlet])
            wrong(fmt::format("outlet {} was switched on for no reason", outlet));
    }
    void every_second(Mono at) override {
        if (scene_.up()) watched_at_ = at;
        if (!can_know_that_nobody_is_in(at)) somebody_at_ = at;
        if (!scene_.up()) return;
        // No record tells what is given meanwhile, and the next start may know it.
        if (scene_.unrecorded()) {
            remember_users();
            return remember_ends();
        }
        for (std::size_t i = 0; i < scene_.config().outlets.size(); ++i) {
            if (scene_.faults.outlet_undisturbed_since(i) > at) to_come_on_[i] = false;
            if (to_come_on_[i] && at - given_[i] > patience(i)) wrong("an outlet was given, and did not go on");
        }
        if (!scene_.state().fire) burning_since_ = at;
        if (!smokes(at)) clear_at_ = at;
        for (std::size_t i = 0; i < scene_.config().outlets.size(); ++i) {
            if (scene_.faults.outlet_undisturbed_since(i) > at) continue;
            const auto& state = scene_.state();
            const auto* in_use = std::get_if<OutletInUse>(&state.outlets[i]);
            if (in_use != nullptr && !on_[i] && at - std::max(in_use->since.mono, scene_.up_since) > patience(i)) {
                wrong(fmt::format("outlet {} is given, and off", i));
            }
            if (in_use == nullptr && on_[i]) wrong(fmt::format("outlet {} is nobody's, and on", i));
            if (in_use != nullptr && in_use->visit != 0 && state.visit_by_id(in_use->visit) == nullptr) {
                wrong(fmt::format("outlet {} is on for somebody who has left", i));
            }
            if (!on_[i]) continue;
            if (scene_.config().outlets[i].amenity) continue;  // see amenities.cpp
            if (at - clear_at_ > tolerance) wrong("an outlet is on while there is smoke");
            if (state.fire && at - burning_since_ > tolerance) wrong("an outlet is on in a fire");
            if (at > until_[i] + tolerance) wrong(fmt::format("outlet {} is on for longer than it may", i));
            if (empty_until_ != never && at > empty_until_ + tolerance) {
                wrong(fmt::format("outlet {} is on in an empty station", i));
            }
            const auto& config = scene_.config();
            const auto longest = config.proven_empty_after + config.empty_grace + tolerance;
            if (at - std::max(somebody_at_, on_at_[i]) > longest) wrong(fmt::format("outlet {} is on for nobody", i));
        }
    }
    void on_died(Mono at) override {
        grace_until_ = Mono{};  // perhaps forgotten with its record, or reckoned by the wall clock afterwards
        to_come_on_ = {};
        for (std::size_t i = 0; i < scene_.config().outlets.size(); ++i) {
            if (scene_.faults.outlet_undisturbed_since(i) > at) continue;
            if (scene_.station.world->outlet_powered(i)) wrong(fmt::format("outlet {} stays on without stationd", i));
        }
    }
    // What was not stored is forgotten in a power cut, also that an outlet was switched off.
    void on_records_lost(Mono) override {
        const State& state = scene_.state();
        grace_until_ = Mono{};
        empty_until_ = state.emptying ? state.emptying_since.mono + scene_.config().empty_grace : never;
        remember_users();
        remember_ends();
    }
    void on_started(Mono at) override {
        const Mono watched_at = std::exchange(watched_at_, at);
        remember_users();
        for (std::size_t i = 0; i < scene_.config().outlets.size(); ++i) {
            const bool of_this_boot = given_in_[i] == scene_.station.boot;
            const bool reckoned = of_this_boot || !scene_.faults.clock_moved();
            if (!scene_.config().outlets[i].amenity && reckoned && until_[i] > latest_[i] + tolerance) {
                wrong(fmt::format("a restart gave outlet {} more time: {} s", i,
                                  std::chrono::duration_cast<seconds>(until_[i] - latest_[i]).count()));
            }
        }
        remember_ends();
        for (std::size_t i = 0; i < scene_.config().outlets.size(); ++i) {
            if (on_[i] && at > until_[i]) wrong(fmt::format("outlet {} is on after a start", i));
            const bool in_use =
                std::holds_alternative<OutletInUse>(scene_.state().outlets[i]) && !scene_.config().outlets[i].amenity;
            const bool too_long = at - watched_at > scene_.config().resume_within + tolerance;
            if (in_use && too_long && !scene_.faults.clock_moved()) {
                wrong(fmt::format("outlet {} goes on although nobody has watched it for long", i));
            }
        }
    }

 private:
    // Those of the room have no end of their own.
    static Mono end_of(Mono since, milliseconds lasts) { return lasts.count() > 0 ? since + lasts : never; }
    void given(std::size_t outlet, const Record& record) {
        if (!on_[outlet]) {
            since_[outlet] = given_[outlet] = record.at.mono;
            to_come_on_[outlet] = scene_.up() && scene_.faults.outlet_undisturbed_since(outlet) <= record.at.mono;
        }
        until_[outlet] = end_of(record.at.mono, record.lasts);
        latest_[outlet] = std::max(latest_[outlet], until_[outlet]);
        given_in_[outlet] = scene_.station.boot;
        warned_[outlet] = false;
    }
    // What has no end of its own ends when it was said, after a warning, or when its driver has had enough.
    void timed_out(std::size_t outlet, const Record& record) {
        const Mono at = record.at.mono;
        if (!scene_.up() || scene_.unrecorded()) return;
        if (scene_.faults.outlet_undisturbed_since(outlet) > at) return;
        if (at >= since_[outlet] + scene_.site.settings.outlets[outlet].longest_on) return;
        if (at < until_[outlet]) wrong(fmt::format("outlet {} went off before its time", outlet));
        if (!warned_[outlet]) wrong(fmt::format("outlet {} went off without a warning", outlet));
    }
    // One with a meter rests before it goes on again, and waits until it can be watched; after a start one goes on
    // after the other.
    milliseconds patience(std::size_t outlet) const {
        const OutletHardware& hardware = scene_.site.settings.outlets[outlet];
        if (!hardware.follows_power()) return tolerance + resumes;
        return tolerance + resumes + std::max(hardware.limits.shortest_off, hardware.limits.silent_after);
    }
    // As far as stationd can know.
    bool smokes(Mono at) const {
        if (scene_.up_since == at) return false;
        for (std::size_t i = 0; i < scene_.config().inputs.size(); ++i) {
            if (scene_.config().inputs[i].kind != InputKind::smoke || !scene_.station.world->input_active(i)) continue;
            if (scene_.faults.input_undisturbed_since(i) <= at) return true;
        }
        return false;
    }
    // In the world nobody is inside; a station that is not certain of it needs a sensor, and doors that are shut.
    bool can_know_that_nobody_is_in(Mono at) const {
        if (!scene_.up() || scene_.unrecorded() || scene_.people.inside() > 0) return false;
        if (scene_.faults.count_undisturbed_since() > at) return false;
        for (std::size_t i = 0; i < scene_.config().doors.size(); ++i) {
            const auto& door = scene_.station.world->door(i);
            if (door.open() || door.lock_released() || scene_.faults.lock_undisturbed_since(i) > at) return false;
        }
        return scene_.state().confidence() == Confidence::certain || !scene_.site.presences.empty();
    }
    void remember_ends() {
        for (std::size_t i = 0; i < scene_.config().outlets.size(); ++i) latest_[i] = std::max(latest_[i], until_[i]);
    }
    void remember_users() {
        for (std::size_t i = 0; i < scene_.config().outlets.size(); ++i) {
            const auto* in_use = std::get_if<OutletInUse>(&scene_.state().outlets[i]);
            visits_[i] = in_use != nullptr ? in_use->visit : 0;
            warned_[i] = in_use != nullptr && in_use->warned;
            until_[i] = in_use != nullptr ? end_of(in_use->since.mono, in_use->lasts) : Mono{};
        }
    }

    static constexpr seconds tolerance{2};
    const milliseconds resumes = seconds{1} * scene_.config().outlets.size();
    Mono watched_at_;
    std::array<bool, max_outlets> on_{};
    std::array<Mono, max_outlets> until_{};
    std::array<Mono, max_outlets> latest_{};  // of all that was ever given there: that it went off may be forgotten
    std::array<Mono, max_outlets> on_at_{};  // switched, on or off
    Mono somebody_at_;
    std::array<std::uint64_t, max_outlets> given_in_{};  // boot
    std::array<VisitId, max_outlets> visits_{};
    std::array<Mono, max_outlets> since_{};  // on
    std::array<Mono, max_outlets> given_{};
    std::array<bool, max_outlets> warned_{};
    std::array<bool, max_outlets> to_come_on_{};
    Mono burning_since_;
    Mono clear_at_;  // of smoke, the last time
    Mono empty_until_ = never;
    Mono grace_until_;
};

}  // namespace

std::unique_ptr<Oracle> outlets(const Scene& scene) { return std::make_unique<Outlets>(scene); }

}  // namespace yizhan::simulator
