// The hardware of the machine that stationd runs on.
#pragma once

#include <memory>

#include "drivers/ports/event_loop.h"
#include "firmware/settings/settings.h"
#include "firmware/stationd/run.h"

namespace yizhan {

// Takes the outputs over from station-failsafe if that runs; without it stationd requests them itself, and says so in
// its status. Waits for station-failsafe a few seconds at most: before the loop runs.
std::unique_ptr<HardwarePorts> kernel_ports(SdEventLoop& loop, const Settings& settings);

}  // namespace yizhan
