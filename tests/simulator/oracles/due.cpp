// What is due is done at once, and not with whatever happens next.
#include <fmt/format.h>

#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {
namespace {

class Due final : public Oracle {
 public:
    using Oracle::Oracle;
    std::string_view name() const override { return "due"; }

    void every_second(Mono at) override {
        if (!scene_.up() || !scene_.station.stationd->ready()) return;
        if (scene_.station.station().next_deadline() <= at) return;
        // Nothing has happened and no time has passed: another one like it has nothing to decide.
        Station twin = scene_.station.station();
        actions_.clear();
        twin.handle(TimePassed{}, scene_.station.scheduler.now(), actions_);
        for (const Action& action : actions_) {
            const auto* append = std::get_if<AppendRecord>(&action);
            // Whether the clock is trusted nobody tells: it is looked at with whatever happens next.
            if (append == nullptr || append->record.alarm == AlarmKind::clock_untrusted) continue;
            // Hours are looked at every minute: a clock that steps is heard of within one.
            const auto outlet = append->record.outlet;
            const bool by_hours = outlet && scene_.config().outlets[static_cast<std::size_t>(*outlet)].amenity;
            const bool waits = !by_hours || !scene_.faults.clock_moved();
            if (waits) wrong(fmt::format("{} is due, and waits", name_of(append->record.type)));
        }
    }

 private:
    Actions actions_;
};

}  // namespace

std::unique_ptr<Oracle> due(const Scene& scene) { return std::make_unique<Due>(scene); }

}  // namespace yizhan::simulator
