#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {

std::vector<std::unique_ptr<Oracle>> all_oracles(const Scene& scene) {
    std::vector<std::unique_ptr<Oracle>> all;
    for (const auto make : {releases, grants, way_out, outlets, swipes, log, delivery, occupancy, alarms, decisions,
                            queues, restart, privacy})
        all.push_back(make(scene));
    return all;
}

}  // namespace yizhan::simulator
