#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {

std::vector<std::unique_ptr<Oracle>> all_oracles(const Scene& scene) {
    std::vector<std::unique_ptr<Oracle>> all;
    for (const auto make :
         {releases,  grants,    refusals, way_out,  outlets,   amenities, charging,        power,    swipes,
          decisions, log,       restart,  delivery, occupancy, alarms,    members,         settings, doors,
          due,       collected, evidence, queues,   privacy,   answers,   standing_alarms, lamps,    commands})
        all.push_back(make(scene));
    return all;
}

}  // namespace yizhan::simulator
