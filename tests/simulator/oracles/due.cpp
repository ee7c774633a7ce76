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
            // Hours are looked at every minute, and the end of the centre's keys when it is due by the clock of before:
            // a clock that steps is heard of later.
            const auto outlet = append->record.outlet;
            const bool by_hours = outlet && scene_.config().outlets[static_cast<std::size_t>(*outlet)].amenity;
            const bool by_clock = by_hours || append->record.alarm == AlarmKind::signers_expire;
            const bool waits =
                !by_clock || !(scene_.faults.clock_moved() || scene_.options.has(FaultKind::clock_drift));
            if (waits) wrong(fmt::format("{} is due, and waits", name_of(append->record.type)));
        }
    }

 private:
    Actions actions_;
};

}  // namespace

std::unique_ptr<Oracle> due(const Scene& scene) { return std::make_unique<Due>(scene); }

}  // namespace yizhan::simulator
