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
            const bool waits = append != nullptr && append->record.alarm != AlarmKind::clock_untrusted;
            if (waits) wrong(fmt::format("{} is due, and waits", name_of(append->record.type)));
        }
    }

 private:
    Actions actions_;
};

}  // namespace

std::unique_ptr<Oracle> due(const Scene& scene) { return std::make_unique<Due>(scene); }

}  // namespace yizhan::simulator
