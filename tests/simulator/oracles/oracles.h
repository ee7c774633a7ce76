// All there are; see each file.
#pragma once

#include "tests/simulator/oracle.h"

namespace yizhan::simulator {

std::unique_ptr<Oracle> commands(const Scene& scene);
std::unique_ptr<Oracle> releases(const Scene& scene);
std::unique_ptr<Oracle> grants(const Scene& scene);
std::unique_ptr<Oracle> way_out(const Scene& scene);
std::unique_ptr<Oracle> outlets(const Scene& scene);
std::unique_ptr<Oracle> amenities(const Scene& scene);
std::unique_ptr<Oracle> charging(const Scene& scene);
std::unique_ptr<Oracle> power(const Scene& scene);
std::unique_ptr<Oracle> swipes(const Scene& scene);
std::unique_ptr<Oracle> lamps(const Scene& scene);
std::unique_ptr<Oracle> log(const Scene& scene);
std::unique_ptr<Oracle> delivery(const Scene& scene);
std::unique_ptr<Oracle> collected(const Scene& scene);
std::unique_ptr<Oracle> evidence(const Scene& scene);
std::unique_ptr<Oracle> occupancy(const Scene& scene);
std::unique_ptr<Oracle> alarms(const Scene& scene);
std::unique_ptr<Oracle> standing_alarms(const Scene& scene);
std::unique_ptr<Oracle> decisions(const Scene& scene);
std::unique_ptr<Oracle> queues(const Scene& scene);
std::unique_ptr<Oracle> refusals(const Scene& scene);
std::unique_ptr<Oracle> restart(const Scene& scene);
std::unique_ptr<Oracle> privacy(const Scene& scene);
std::unique_ptr<Oracle> members(const Scene& scene);
std::unique_ptr<Oracle> doors(const Scene& scene);
std::unique_ptr<Oracle> due(const Scene& scene);
std::unique_ptr<Oracle> answers(const Scene& scene);
std::unique_ptr<Oracle> settings(const Scene& scene);

}  // namespace yizhan::simulator
