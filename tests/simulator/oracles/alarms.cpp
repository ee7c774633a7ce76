// Alarms rise within their time and clear: a door held open, and the readers.
#include <fmt/format.h>

#include <algorithm>

#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {
namespace {

class Alarms final : public Oracle {
 public:
    using Oracle::Oracle;
    std::string_view name() const override { return "alarms"; }

    void every_second(Mono at) override {
        const bool open = scene_.station.world->door(0).open();
        const Mono calm = std::max(
            {scene_.station.world->door(0).moved_at(), scene_.faults.wires_undisturbed_since(), scene_.up_since});
        if (!scene_.up() || calm == never) return;
        const State& state = scene_.station.station().state();
        const auto raised = [&](AlarmKind kind) {
            return std::ranges::any_of(state.alarms, [&](const Alarm& alarm) { return alarm.kind == kind; });
        };
        const bool held = raised(AlarmKind::door_held_open) || raised(AlarmKind::door_forced);
        const bool may_stand_open = state.fire || state.mode == Mode::free_access || state.doors[0].held;
        if (may_stand_open) quiet_from_ = at + seconds{60};
        const auto limit = scene_.station.settings.station.doors[0].held_open_after;
        if (open && !held && !may_stand_open && at - std::max(calm, quiet_from_) > limit + tolerance) {
            wrong("a door that stands open raised no alarm");
        }
        if (!open && held && at - calm > tolerance) wrong("the door has closed, its alarm stays");
    }
    void at_end(Mono) override {
        if (!scene_.up()) return;
        const State& state = scene_.station.station().state();
        for (std::size_t i = 0; i < state.alarms.size(); ++i) {
            wrong(fmt::format("alarm {} stays", name_of(state.alarms[i].kind)));
        }
        if (scene_.station.world->door(0).lock_released()) wrong("the door is not secured in the end");
    }

 private:
    static constexpr seconds tolerance{5};
    Mono quiet_from_;
};

}  // namespace

std::unique_ptr<Oracle> alarms(const Scene& scene) { return std::make_unique<Alarms>(scene); }

}  // namespace yizhan::simulator
