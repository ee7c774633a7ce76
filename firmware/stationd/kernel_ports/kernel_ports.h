// The hardware of the machine that stationd runs on.
#pragma once

#include <memory>
#include <string>

#include "drivers/ports/event_loop.h"
#include "firmware/settings/settings.h"
#include "firmware/stationd/run.h"
#include "hal/error.h"

namespace yizhan {

// Takes the outputs over from station-failsafe if that runs; without it stationd requests them itself, and says so in
// its status. Waits for station-failsafe a few seconds at most: before the loop runs. `record`: a file into which goes
// what passes over lines, cables and readers' services, without anything of a person (drivers/recorder); empty: none.
Result<std::unique_ptr<HardwarePorts>> kernel_ports(SdEventLoop& loop, const Settings& settings,
                                                    const std::string& record);

}  // namespace yizhan
