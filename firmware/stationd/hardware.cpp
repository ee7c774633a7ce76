#include "firmware/stationd/hardware.h"

#include <map>

#include "drivers/charging/charging_outlet.h"
#include "drivers/charging/heat_guard.h"
#include "drivers/contactless_reader/contactless_reader.h"
#include "drivers/id_card_reader/id_card_reader.h"
#include "drivers/inputs/debounced_contact.h"
#include "drivers/inputs/thermostat.h"
#include "drivers/meters/cse7766_meter.h"
#include "drivers/meters/modbus_thermometer.h"
#include "drivers/meters/pulse_meter.h"
#include "drivers/meters/pzem_meter.h"
#include "drivers/outputs/door_lock.h"
#include "drivers/outputs/lamp_buzzer.h"
#include "drivers/outputs/outlet_switch.h"
#include "drivers/text_reader/text_reader.h"
#include "drivers/wiegand_reader/wiegand_reader.h"

namespace yizhan {
namespace {

constexpr std::uint16_t contact_edge_buffer = 64;
constexpr std::uint16_t pulse_edge_buffer = 64;  // 2 s of the fastest pulses
constexpr SerialLine id_card_line{.speed = 115200};
constexpr SerialLine cse7766_line{.speed = 4800, .even_parity = true};
// 37 bits at 1 ms a bit leave the loop a quarter of a second of grace.
constexpr std::uint16_t wiegand_edge_buffer = 512;
// Renewed twice in that time (firmware/station/station_outputs.cpp).
constexpr milliseconds outlet_lease = std::chrono::seconds{60};

// Asks the ports for one thing after the other and keeps every refusal.
class HardwareBuilder {
 public:
    explicit HardwareBuilder(DriverPorts ports) : ports_(ports) {}

    std::unique_ptr<Lock> lock(const LockSettings& settings) {
        const auto kind = settings.type == LockType::strike ? LockKind::strike : LockKind::maglock;
        const bool active_high = settings.output.active_high;
        auto line = output(settings.output.line, DoorLock::secure_level(active_high, kind));
        if (!line) return nullptr;
        return std::make_unique<DoorLock>(std::move(line), active_high, kind, settings.longest_lease);
    }

    std::unique_ptr<Contact> contact(const InputSettings& settings) {
        auto lines = inputs(std::array{settings.line}, EdgeKind::both, settings.bias, contact_edge_buffer);
        if (!lines) return nullptr;
        return std::make_unique<DebouncedContact>(std::move(lines), settings.active_high, settings.debounce);
    }
    std::unique_ptr<Contact> contact(const std::optional<InputSettings>& settings) {
        return settings ? contact(*settings) : nullptr;
    }

    std::unique_ptr<Contact> input(const InputHardware& settings, Hardware& hardware) {
        if (const auto* wired = std::get_if<InputSettings>(&settings)) return contact(*wired);
        const auto& thermostat = std::get<ThermostatSettings>(settings);
        auto its = thermometer(thermostat.thermometer, hardware);
        return its ? std::make_unique<Thermostat>(std::move(its), thermostat.at) : nullptr;
    }

    // `meter`, `thermometer`: null: it has none.
    std::unique_ptr<Outlet> outlet(const OutletHardware& settings, Meter* meter, Thermometer* thermometer) {
        auto switched = relay(settings.relay, settings.longest_on);
        if (!switched) return nullptr;
        std::unique_ptr<Outlet> outlet;
        if (meter != nullptr && meter->follows_power()) {
            outlet = std::make_unique<ChargingOutlet>(std::move(switched), *meter, settings.limits);
        } else {
            outlet = std::move(switched);
        }
        if (thermometer == nullptr) return outlet;
        return std::make_unique<HeatGuard>(std::move(outlet), *thermometer, settings.heat);
    }
    std::unique_ptr<Outlet> contactor(const std::optional<OutputSettings>& settings) {
        return settings ? relay(*settings, for_good) : nullptr;
    }

    std::unique_ptr<Indicator> reader_indicator(const ReaderHardware& settings) {
        return std::make_unique<LampBuzzer>(lamp(settings.green), lamp(settings.red), lamp(settings.buzzer),
                                            reader_patterns);
    }
    std::unique_ptr<Indicator> outlet_indicator(const OutletHardware& settings) {
        return std::make_unique<LampBuzzer>(lamp(settings.lamp), Lamp{}, Lamp{}, outlet_patterns);
    }

    std::unique_ptr<CardReader> reader(const IdCardReaderSettings& settings, Hardware& hardware) {
        auto port = taken(ports_.bytes.open(settings.port, id_card_line));
        if (!port) return nullptr;
        hardware.byte_ports.push_back(std::move(port));
        return std::make_unique<IdCardReader>(*hardware.byte_ports.back(), settings.poll);
    }
    std::unique_ptr<CardReader> reader(const WiegandReaderSettings& settings, Hardware&) {
        auto lines = inputs(std::array{settings.d0, settings.d1}, EdgeKind::falling, Bias::as_is, wiegand_edge_buffer);
        if (!lines) return nullptr;
        return std::make_unique<WiegandReader>(std::move(lines), settings.bits, settings.gap);
    }
    std::unique_ptr<CardReader> reader(const ContactlessReaderSettings& settings, Hardware&) {
        auto port = taken(ports_.contactless.open_contactless(settings.port));
        if (!port) return nullptr;
        return std::make_unique<ContactlessReader>(
            std::move(port), UidTransform{.reverse = settings.reverse, .low_bytes = settings.low_bytes});
    }
    std::unique_ptr<CardReader> reader(const KeyboardReaderSettings& settings, Hardware&) {
        auto port = taken(ports_.keys.open_keyboard(settings.device));
        if (!port) return nullptr;
        return std::make_unique<TextReader>(std::move(port), TextRules{.characters = settings.characters,
                                                                       .shortest = settings.min_length,
                                                                       .longest = settings.max_length,
                                                                       .numbers = settings.numbers});
    }

    std::unique_ptr<Meter> meter(const MeterSettings& settings, Hardware& hardware) {
        return std::visit([&](const auto& one) { return meter_of(one, hardware); }, settings);
    }

    std::unique_ptr<Thermometer> thermometer(const ThermometerSettings& settings, Hardware& hardware) {
        auto* bus = modbus(settings.port, hardware);
        if (bus == nullptr) return nullptr;
        const ModbusTable table = settings.holding ? ModbusTable::holding : ModbusTable::input;
        return std::make_unique<ModbusThermometer>(*bus, table, settings.address, settings.at, settings.poll);
    }
    std::unique_ptr<Thermometer> thermometer(const std::optional<ThermometerSettings>& settings, Hardware& hardware) {
        return settings ? thermometer(*settings, hardware) : nullptr;
    }

    std::vector<Error> take_errors() { return std::move(errors_); }

 private:
    std::unique_ptr<OutputLine> output(const LineName& name, bool level) {
        return taken(ports_.gpio.request_output(name, level));
    }
    std::unique_ptr<InputLines> inputs(std::span<const LineName> names, EdgeKind edges, Bias bias,
                                       std::uint16_t buffer) {
        return taken(ports_.gpio.request_inputs(names, edges, bias, buffer));
    }
    std::unique_ptr<OutletSwitch> relay(const OutputSettings& settings, milliseconds longest_on) {
        auto line = output(settings.line, OutletSwitch::off_level(settings.active_high));
        if (!line) return nullptr;
        return std::make_unique<OutletSwitch>(std::move(line), settings.active_high, outlet_lease, longest_on);
    }
    Lamp lamp(const std::optional<OutputSettings>& settings) {
        if (!settings) return {};
        return {output(settings->line, LampBuzzer::dark_level(settings->active_high)), settings->active_high};
    }
    static std::unique_ptr<Meter> meter_of(std::monostate, Hardware&) { return nullptr; }
    std::unique_ptr<Meter> meter_of(const Cse7766Settings& settings, Hardware& hardware) {
        auto port = taken(ports_.bytes.open(settings.port, cse7766_line));
        if (!port) return nullptr;
        hardware.byte_ports.push_back(std::move(port));
        return std::make_unique<Cse7766Meter>(*hardware.byte_ports.back());
    }
    std::unique_ptr<Meter> meter_of(const PzemSettings& settings, Hardware& hardware) {
        auto* bus = modbus(settings.port, hardware);
        return bus != nullptr ? std::make_unique<PzemMeter>(*bus, settings.address, settings.poll) : nullptr;
    }
    // Null: it cannot be had.
    ModbusBus* modbus(const std::string& port, Hardware& hardware) {
        auto [bus, is_new] = buses_.try_emplace(port, nullptr);
        if (!is_new) return bus->second;
        auto opened = taken(ports_.modbus.open_modbus(port));
        bus->second = opened.get();
        if (opened) hardware.modbus_buses.push_back(std::move(opened));
        return bus->second;
    }
    std::unique_ptr<Meter> meter_of(const PulseMeterSettings& settings, Hardware&) {
        auto lines = inputs(std::array{settings.line}, EdgeKind::both, settings.bias, pulse_edge_buffer);
        if (!lines) return nullptr;
        return std::make_unique<PulseMeter>(std::move(lines), settings.active_high, settings.pulses_per_kwh);
    }
    template <class T>
    T taken(Result<T> result) {
        if (result) return std::move(*result);
        errors_.push_back(result.error());
        return nullptr;
    }

    DriverPorts ports_;
    std::map<std::string, ModbusBus*> buses_;  // null: it could not be opened
    std::vector<Error> errors_;
};

}  // namespace

std::expected<Hardware, std::vector<Error>> build_hardware(const Settings& settings, DriverPorts ports) {
    Hardware hardware;
    HardwareBuilder build(ports);
    // Locks first: the sooner every door is at its safe level the better.
    for (const auto& door : settings.doors) hardware.locks.push_back(build.lock(door.lock));
    hardware.contactor = build.contactor(settings.contactor);
    for (const auto& outlet : settings.outlets) {
        hardware.meters.push_back(build.meter(outlet.meter, hardware));
        hardware.thermometers.push_back(build.thermometer(outlet.thermometer, hardware));
        hardware.outlets.push_back(
            build.outlet(outlet, hardware.meters.back().get(), hardware.thermometers.back().get()));
        hardware.outlet_indicators.push_back(build.outlet_indicator(outlet));
    }
    for (const auto& door : settings.doors) {
        hardware.door_contacts.push_back(build.contact(door.contact));
        hardware.exit_buttons.push_back(build.contact(door.exit_button));
    }
    for (const auto& input : settings.inputs) hardware.inputs.push_back(build.input(input, hardware));
    for (const auto& reader : settings.readers) {
        hardware.reader_indicators.push_back(build.reader_indicator(reader));
        hardware.readers.push_back(
            std::visit([&](const auto& wiring) { return build.reader(wiring, hardware); }, reader.reader));
    }
    auto errors = build.take_errors();
    if (!errors.empty()) return std::unexpected(std::move(errors));
    return hardware;
}

std::vector<LoopMember*> members_of(const Hardware& hardware) {
    std::vector<LoopMember*> members;
    const auto add = [&](const auto& drivers) {
        for (const auto& driver : drivers) {
            if (driver) members.push_back(driver.get());
        }
    };
    add(hardware.inputs);
    add(hardware.door_contacts);
    add(hardware.exit_buttons);
    add(hardware.readers);
    add(hardware.meters);
    add(hardware.thermometers);
    add(hardware.locks);
    if (hardware.contactor) members.push_back(hardware.contactor.get());
    add(hardware.outlets);
    add(hardware.reader_indicators);
    add(hardware.outlet_indicators);
    return members;
}

}  // namespace yizhan
