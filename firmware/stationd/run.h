// What stationd and stationd-demo have in common: settings, loop, socket, program, and a clean end.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "drivers/ports/byte_port.h"
#include "drivers/ports/contactless.h"
#include "drivers/ports/event_loop.h"
#include "drivers/ports/gpio.h"
#include "drivers/ports/key_port.h"
#include "drivers/ports/modbus.h"
#include "drivers/ports/sound.h"
#include "firmware/settings/settings.h"

namespace yizhan {

// The machine's hardware, real or simulated. Lives as long as the program.
class HardwarePorts {
 public:
    virtual ~HardwarePorts() = default;
    virtual GpioPort& gpio() = 0;
    virtual BytePorts& byte_ports() = 0;
    virtual ContactlessPorts& contactless_ports() = 0;
    virtual KeyPorts& key_ports() = 0;
    virtual ModbusBuses& modbus_buses() = 0;
    virtual std::unique_ptr<SoundPort> sound() { return nullptr; }
    // What is wrong with the guard that holds the outputs when this program does not.
    virtual std::optional<Error> guard_trouble() const { return std::nullopt; }
    // Plays the world around simulated hardware; empty: this is no simulation.
    virtual std::function<Result<nlohmann::json>(const nlohmann::json&)> simulation() { return {}; }
};

using MakeHardwarePorts = std::function<Result<std::unique_ptr<HardwarePorts>>(SdEventLoop&, const Settings&)>;

// Runs until SIGTERM or SIGINT. Exit codes: 0 stopped, 1 could not start (every reason on stderr).
int run_station(const std::string& settings_path, const MakeHardwarePorts& make_ports);

}  // namespace yizhan
