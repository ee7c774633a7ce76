// The drivers of one station, built from its settings over the machine's ports.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <vector>

#include "drivers/ports/byte_port.h"
#include "drivers/ports/contactless.h"
#include "drivers/ports/gpio.h"
#include "drivers/ports/key_port.h"
#include "drivers/ports/modbus.h"
#include "firmware/settings/settings.h"
#include "hal/card_reader.h"
#include "hal/contact.h"
#include "hal/error.h"
#include "hal/event_loop.h"
#include "hal/indicator.h"
#include "hal/lock.h"
#include "hal/meter.h"
#include "hal/outlet.h"
#include "hal/thermometer.h"

namespace yizhan {

// Parallel to StationConfig's vectors; null where nothing is fitted. Outputs are safe from here on.
struct Hardware {
    std::vector<std::unique_ptr<Lock>> locks;
    std::vector<std::unique_ptr<Contact>> door_contacts;
    std::vector<std::unique_ptr<Contact>> exit_buttons;
    std::vector<std::unique_ptr<BytePort>> byte_ports;  // those that readers and meters speak through
    std::vector<std::unique_ptr<CardReader>> readers;
    std::vector<std::unique_ptr<Indicator>> reader_indicators;
    std::vector<std::unique_ptr<Meter>> meters;  // of the outlets
    std::vector<std::unique_ptr<Thermometer>> thermometers;  // of the outlets
    std::vector<std::unique_ptr<Outlet>> outlets;
    std::vector<std::unique_ptr<Indicator>> outlet_indicators;
    std::unique_ptr<Outlet> contactor;  // of all outlets
    std::vector<std::unique_ptr<ModbusBus>> modbus_buses;  // that meters and thermometers are on
    std::vector<std::unique_ptr<Contact>> inputs;
};

// What the drivers are built over; outlives them.
struct DriverPorts {
    GpioPort& gpio;
    BytePorts& bytes;
    ContactlessPorts& contactless;
    KeyPorts& keys;
    ModbusBuses& modbus;
};

// Whole or not at all: every line and port that cannot be had is named.
std::expected<Hardware, std::vector<Error>> build_hardware(const Settings& settings, DriverPorts ports);

// In the order in which they are to be advanced: inputs before outputs.
std::vector<LoopMember*> members_of(const Hardware& hardware);

}  // namespace yizhan
