// No outlet on without a record of it, over its time, or in a station that has been empty for longer than its grace.
#include <fmt/format.h>

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
                if (record.lasts >
                    scene_.config().outlets[static_cast<std::size_t>(*record.outlet)].time_limit) {
                    wrong("an outlet was given for longer than the settings say");
                }
                if (auto& visit = visits_[static_cast<std::size_t>(*record.outlet)]; record.visit != visit) {
                    if (visit != 0 && record.visit != 0) wrong("an outlet was given to a second one");
                    visit = record.visit;
                }
                until_[static_cast<std::size_t>(*record.outlet)] = record.at.mono + record.lasts;
                break;
            case RecordType::outlet_off:
                if (record.off_reason == OffReason::station_empty && record.at.mono < grace_until_) {
                    wrong("an outlet was switched off within the grace of an empty station");
                }
                until_[static_cast<std::size_t>(*record.outlet)] = record.at.mono;
                visits_[static_cast<std::size_t>(*record.outlet)] = 0;
                break;
            case RecordType::station_empty:
                empty_until_ = grace_until_ = record.at.mono + record.lasts;
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
        if (on && scene_.up() && at > until_[outlet])
            wrong(fmt::format("outlet {} was switched on for no reason", outlet));
    }
    void every_second(Mono at) override {
        if (!scene_.up() || scene_.faults.outputs_undisturbed_since() > at) return;
        if (!scene_.state().fire) burning_since_ = at;
        for (std::size_t i = 0; i < scene_.config().outlets.size(); ++i) {
            const auto& state = scene_.state();
            const auto* in_use = std::get_if<OutletInUse>(&state.outlets[i]);
            if (in_use != nullptr && !on_[i] && at - std::max(in_use->since.mono, scene_.up_since) > tolerance) {
                wrong(fmt::format("outlet {} is given, and off", i));
            }
            if (in_use == nullptr && on_[i]) wrong(fmt::format("outlet {} is nobody's, and on", i));
            if (in_use != nullptr && in_use->visit != 0 && state.visit_by_id(in_use->visit) == nullptr) {
                wrong(fmt::format("outlet {} is on for somebody who has left", i));
            }
            if (!on_[i]) continue;
            if (state.fire && at - burning_since_ > tolerance) wrong("an outlet is on in a fire");
            if (at > until_[i] + tolerance) wrong(fmt::format("outlet {} is on for longer than it may", i));
            if (empty_until_ != never && at > empty_until_ + tolerance) {
                wrong(fmt::format("outlet {} is on in an empty station", i));
            }
        }
    }
    void on_died(Mono at) override {
        if (scene_.faults.clock_moved()) grace_until_ = Mono{};  // reckoned by the wall clock afterwards
        if (scene_.faults.outputs_undisturbed_since() > at) return;
        for (std::size_t i = 0; i < scene_.config().outlets.size(); ++i) {
            if (scene_.station.world->outlet_powered(i)) wrong(fmt::format("outlet {} stays on without stationd", i));
        }
    }
    // What was not stored is forgotten in a power cut, also that an outlet was switched off.
    void on_started(Mono at) override {
        for (std::size_t i = 0; i < scene_.config().outlets.size(); ++i) {
            const auto* in_use = std::get_if<OutletInUse>(&scene_.state().outlets[i]);
            visits_[i] = in_use != nullptr ? in_use->visit : 0;
            if (in_use != nullptr) until_[i] = std::max(until_[i], in_use->since.mono + in_use->lasts);
            if (on_[i] && at > until_[i]) wrong(fmt::format("outlet {} is on after a start", i));
        }
    }

 private:
    static constexpr seconds tolerance{2};
    std::array<bool, max_outlets> on_{};
    std::array<Mono, max_outlets> until_{};
    std::array<VisitId, max_outlets> visits_{};
    Mono burning_since_;
    Mono empty_until_ = never;
    Mono grace_until_;
};

}  // namespace

std::unique_ptr<Oracle> outlets(const Scene& scene) { return std::make_unique<Outlets>(scene); }

}  // namespace yizhan::simulator
