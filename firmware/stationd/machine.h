// Everything the station program asks of the machine it runs on: one seam each. main.cpp fills it with the real ones,
// stationd-demo with simulated hardware, the tests with a simulated world.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "drivers/ports/byte_port.h"
#include "drivers/ports/contactless.h"
#include "drivers/ports/gpio.h"
#include "drivers/ports/key_port.h"
#include "drivers/ports/modbus.h"
#include "drivers/ports/sound.h"
#include "firmware/control/server.h"
#include "firmware/station/action.h"
#include "hal/event_loop.h"
#include "hal/file.h"
#include "hal/random.h"
#include "hal/stream.h"
#include "hal/worker.h"

namespace yizhan {

class LogWriter;

// References outlive the program; what is owned is taken over by it.
struct Machine {
    EventLoop& loop;
    std::unique_ptr<Worker> log_worker;
    std::unique_ptr<Worker> file_worker;
    Random& random;
    Files& files;
    StreamServer& control;
    GpioPort& gpio;
    BytePorts& byte_ports;
    ContactlessPorts& contactless_ports;
    KeyPorts& key_ports;
    ModbusBuses& modbus_buses;
    std::unique_ptr<SoundPort> sound;  // null: no loudspeaker
    const char* sqlite_vfs = nullptr;  // null: the real file system
    std::uint64_t boot = 0;  // names this boot of the machine, not 0
    ControlRights rights;
    std::string credentials_directory;  // of the service manager; empty: none
    std::function<void(Wall)> set_wall_floor;  // told once, with the newest record's time
    std::function<void(const Action&, Now)>
        on_action;  // for oracles: what Station decided, before it is done; or empty
    // For oracles: which log it goes on with, before its first action and when another one takes its place; or empty.
    std::function<void(const LogWriter& log, bool in_memory)> on_log;
    std::function<std::optional<Error>()> guard_trouble;  // empty: nothing guards the outputs, and nothing need
    std::function<Result<nlohmann::json>(const nlohmann::json&)> simulate;  // empty: this is no simulation
};

}  // namespace yizhan
