// Where the centre's word counts, nothing is delivered that its database does not have; and in the end it has all.
#include <fmt/format.h>

#include <algorithm>

#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {
namespace {

class Collected final : public Oracle {
 public:
    using Oracle::Oracle;
    std::string_view name() const override { return "collected"; }

    void every_second(Mono) override {
        if (!expected()) return;
        const auto& log = scene_.station.stationd->log();
        // What a damaged log had before it was replaced in use counts as delivered.
        const auto had = std::max(scene_.log().behind, scene_.centre.feed(scene_.log().epoch).most_stored);
        if (log.acknowledged() > had) {
            wrong(fmt::format("{} records count as delivered, and the centre had {}", log.acknowledged(), had));
        }
    }
    void at_end(Mono) override {
        if (!expected()) return;
        const auto stored = scene_.centre.feed(scene_.log().epoch).stored;
        if (stored != scene_.state().seq) {
            wrong(fmt::format("the centre has {} of {} records", stored, scene_.state().seq));
        }
        const auto acknowledged = scene_.station.stationd->log().acknowledged();
        if (acknowledged != scene_.state().seq) wrong(fmt::format("record {} is not delivered", acknowledged + 1));
    }

 private:
    bool expected() const {
        const UplinkSettings& uplink = scene_.site.settings.uplink;
        return scene_.up() && !uplink.host.empty() && uplink.delivery == Delivery::collector;
    }
};

}  // namespace

std::unique_ptr<Oracle> collected(const Scene& scene) { return std::make_unique<Collected>(scene); }

}  // namespace yizhan::simulator
