#include "tools/stationd_demo/world.h"

#include <algorithm>

#include "hal/check.h"

namespace yizhan::simulated {

// What a program holds while it has a reader's port open.
class World::Plug final : public yizhan::BytePort {
 public:
    Plug(Socket& socket, BytePort& cable) : socket_(socket), cable_(cable) {}
    ~Plug() override;
    void start(BytePortListener& listener) override;
    Result<void> send(std::span<const std::byte> request) override { return cable_.send(request); }
    void reset() override { cable_.reset(); }
    std::string identity() const override { return cable_.identity(); }

 private:
    Socket& socket_;
    BytePort& cable_;
};

// Where a reader's cable ends. It stays when the program that had opened it dies, and tells the next one that a reader
// is there.
class World::Socket final : public BytePortListener, public LoopMember {
 public:
    explicit Socket(const BytePort& cable) : cable_(cable) {}
    void plug(BytePortListener& listener) {
        YZ_CHECK(listener_ == nullptr);
        listener_ = &listener;
        announce_ = cable_.attached();
    }
    void unplug() { listener_ = nullptr; }

    void on_attached(Now now) override {
        announce_ = false;
        if (listener_ != nullptr) listener_->on_attached(now);
    }
    void on_detached(std::string_view why, Now now) override {
        announce_ = false;
        if (listener_ != nullptr) listener_->on_detached(why, now);
    }
    void on_bytes(std::span<const std::byte> bytes, Now now) override {
        if (listener_ != nullptr) listener_->on_bytes(bytes, now);
    }
    Mono next_deadline() const override { return announce_ && listener_ != nullptr ? Mono::min() : never; }
    void advance(Now now) override { on_attached(now); }

 private:
    const BytePort& cable_;
    BytePortListener* listener_ = nullptr;
    bool announce_ = false;
};

World::Plug::~Plug() { socket_.unplug(); }
void World::Plug::start(BytePortListener& listener) { socket_.plug(listener); }

World::World(const Settings& settings, std::uint64_t seed) : settings_(settings) {
    for (const DoorHardware& door : settings_.doors) {
        DoorWiring wiring{.lock = door.lock.output.line,
                          .released_level = (door.lock.type == LockType::strike) == door.lock.output.active_high};
        if (door.contact) {
            wiring.contact = door.contact->line;
            wiring.open_level = door.contact->active_high;
        }
        if (door.exit_button) {
            wiring.exit_button = door.exit_button->line;
            wiring.pressed_level = door.exit_button->active_high;
        }
        doors_.push_back(std::make_unique<Door>(gpio_, wiring));
    }
    for (const ReaderHardware& hardware : settings_.readers) {
        Reader reader;
        if (const auto* id_card = std::get_if<IdCardReaderSettings>(&hardware.reader)) {
            reader.port = id_card->port;
            reader.cable = std::make_unique<BytePort>();
            reader.socket = std::make_unique<Socket>(*reader.cable);
            reader.cable->start(*reader.socket);
            reader.id_card = std::make_unique<SamReader>(*reader.cable, seed + readers_.size());
        } else if (const auto* wiegand = std::get_if<WiegandReaderSettings>(&hardware.reader)) {
            reader.wiegand = std::make_unique<WiegandCard>(gpio_, wiegand->d0, wiegand->d1);
        } else if (const auto* contactless = std::get_if<ContactlessReaderSettings>(&hardware.reader)) {
            reader.port = contactless->port;
            reader.contactless = std::make_unique<Contactless>();
        } else {
            reader.port = std::get<KeyboardReaderSettings>(hardware.reader).device;
            reader.keyboard = std::make_unique<Keyboard>();
        }
        readers_.push_back(std::move(reader));
    }
    for (const OutletHardware& outlet : settings_.outlets) {
        outlets_.push_back(std::make_unique<Load>(gpio_, outlet.relay.line, outlet.relay.active_high));
        if (const auto& contactor = settings_.contactor) {
            outlets_.back()->feed_through(contactor->line, contactor->active_high);
        }
        add_meter(outlet.meter);
        if (outlet.thermometer) add_thermometer(*outlet.thermometer);
    }
    for (const InputHardware& input : settings_.inputs) {
        if (const auto* thermostat = std::get_if<ThermostatSettings>(&input)) add_thermometer(thermostat->thermometer);
    }
    for (std::size_t i = 0; i < settings_.inputs.size(); ++i) set_input(i, false, Mono{});
}

World::~World() = default;

void World::add_meter(const MeterSettings& settings) {
    const Load& load = *outlets_.back();
    Meter& meter = meters_.emplace_back();
    if (const auto* cse7766 = std::get_if<Cse7766Settings>(&settings)) {
        meter.port = cse7766->port;
        meter.cable = std::make_unique<BytePort>();
        meter.socket = std::make_unique<Socket>(*meter.cable);
        meter.cable->start(*meter.socket);
        meter.cse7766 = std::make_unique<Cse7766>(*meter.cable, load);
    } else if (const auto* asked = std::get_if<PzemSettings>(&settings)) {
        meter.port = asked->port;
        meter.address = asked->address;
        wires_[asked->port].connect(asked->address, pzem(load));
    } else if (const auto* pulses = std::get_if<PulseMeterSettings>(&settings)) {
        meter.pulses =
            std::make_unique<PulseOutput>(gpio_, pulses->line, pulses->active_high, load, pulses->pulses_per_kwh);
    }
}

void World::add_thermometer(const ThermometerSettings& settings) {
    set_temperature(settings, 20);
    wires_[settings.port].connect(settings.address, thermometers(tenths_[{settings.port, settings.address}]));
}

void World::set_temperature(const ThermometerSettings& at, int celsius) {
    tenths_[{at.port, at.address}][at.at] = static_cast<std::int16_t>(celsius * 10);
}

void World::warm_socket(std::size_t outlet, int celsius) {
    set_temperature(settings_.outlets[outlet].thermometer.value(), celsius);
}

int World::socket_celsius(std::size_t outlet) const {
    const ThermometerSettings& at = settings_.outlets[outlet].thermometer.value();
    return tenths_.at({at.port, at.address}).at(at.at) / 10;
}

void World::silence_thermometer(std::size_t outlet, bool silent) {
    const ThermometerSettings& at = settings_.outlets[outlet].thermometer.value();
    wires_[at.port].silence(at.address, silent);
}

bool World::thermometer_is_silent(std::size_t outlet) const {
    const ThermometerSettings& at = settings_.outlets[outlet].thermometer.value();
    return wires_.at(at.port).is_silent(at.address);
}

bool World::input_is_silent(std::size_t i) const {
    const auto* thermostat = std::get_if<ThermostatSettings>(&settings_.inputs[i]);
    return thermostat != nullptr && wires_.at(thermostat->thermometer.port).is_silent(thermostat->thermometer.address);
}

void World::silence_meter(std::size_t outlet, bool silent) {
    Meter& meter = meters_[outlet];
    meter.silent = silent;
    if (meter.cse7766) meter.cse7766->knobs().silent = silent;
    if (meter.pulses) meter.pulses->silence(silent);
    if (meter.address) wires_[meter.port].silence(*meter.address, silent);
}

void World::garble_meter(std::size_t outlet, int answers) {
    Meter& meter = meters_[outlet];
    if (meter.cse7766) meter.cse7766->knobs().garbage = answers;
    if (meter.address) wires_[meter.port].garble(*meter.address, answers);
}

std::vector<LoopMember*> World::members() {
    std::vector<LoopMember*> members{&gpio_};
    for (const auto& door : doors_) members.push_back(door.get());
    for (const auto& reader : readers_) {
        if (reader.socket) members.push_back(reader.socket.get());
        if (reader.id_card) members.push_back(reader.id_card.get());
        if (reader.wiegand) members.push_back(reader.wiegand.get());
        if (reader.contactless) members.push_back(reader.contactless.get());
        if (reader.keyboard) members.push_back(reader.keyboard.get());
    }
    for (const auto& outlet : outlets_) members.push_back(outlet.get());
    for (const auto& meter : meters_) {
        if (meter.socket) members.push_back(meter.socket.get());
        if (meter.cse7766) members.push_back(meter.cse7766.get());
        if (meter.pulses) members.push_back(meter.pulses.get());
    }
    for (auto& [name, wire] : wires_) members.push_back(&wire);
    return members;
}

Result<std::unique_ptr<yizhan::BytePort>> World::open(const std::string& name, SerialLine) {
    const auto found =
        std::find_if(readers_.begin(), readers_.end(), [&](const Reader& r) { return r.cable && r.port == name; });
    if (found != readers_.end()) return std::make_unique<Plug>(*found->socket, *found->cable);
    for (const Meter& meter : meters_) {
        if (meter.cable && meter.port == name) return std::make_unique<Plug>(*meter.socket, *meter.cable);
    }
    return failure(name + ": no such port in the simulated world", "check the settings");
}

Result<std::unique_ptr<ModbusBus>> World::open_modbus(const std::string& name) {
    const auto found = wires_.find(name);
    if (found == wires_.end()) return failure(name + ": no such line in the simulated world", "check the settings");
    return found->second.open();
}

Result<std::unique_ptr<ContactlessPort>> World::open_contactless(const std::string& name) {
    for (const Reader& reader : readers_) {
        if (reader.contactless && reader.port == name) return reader.contactless->open();
    }
    return failure(name + ": no such reader in the simulated world", "check the settings");
}

Result<std::unique_ptr<KeyPort>> World::open_keyboard(const std::string& device) {
    for (const Reader& reader : readers_) {
        if (reader.keyboard && reader.port == device) return reader.keyboard->open();
    }
    return failure(device + ": no such keyboard in the simulated world", "check the settings");
}

bool World::outlet_powered(std::size_t i) const {
    const OutputSettings& relay = settings_.outlets[i].relay;
    return gpio_.level(relay.line) == relay.active_high;
}

SamReader& World::id_card_reader(std::size_t i) const {
    YZ_CHECK(readers_[i].id_card != nullptr);
    return *readers_[i].id_card;
}

WiegandCard& World::wiegand_reader(std::size_t i) const {
    YZ_CHECK(readers_[i].wiegand != nullptr);
    return *readers_[i].wiegand;
}

Contactless& World::contactless_reader(std::size_t i) const {
    YZ_CHECK(readers_[i].contactless != nullptr);
    return *readers_[i].contactless;
}

Keyboard& World::keyboard_reader(std::size_t i) const {
    YZ_CHECK(readers_[i].keyboard != nullptr);
    return *readers_[i].keyboard;
}

void World::lose_power(const std::string& chip) {
    const auto has_lost = [&](const OutputSettings& output) { return chip.empty() || output.line.chip == chip; };
    // Wired as README.md says: resistors and relay contacts make what `failure` promises; outlets are off.
    for (const DoorHardware& door : settings_.doors) {
        if (!has_lost(door.lock.output)) continue;
        const bool secure_when_energised = door.lock.type == LockType::maglock;
        const bool energised = secure_when_energised == (door.lock.failure == LockFailure::secure);
        gpio_.let_fall(door.lock.output.line, energised == door.lock.output.active_high);
    }
    if (const auto& contactor = settings_.contactor; contactor && has_lost(*contactor)) {
        gpio_.let_fall(contactor->line, !contactor->active_high);
    }
    for (const OutletHardware& outlet : settings_.outlets) {
        if (has_lost(outlet.relay)) gpio_.let_fall(outlet.relay.line, !outlet.relay.active_high);
    }
}

void World::set_input(std::size_t i, bool active, Mono now) {
    if (const auto* wired = std::get_if<InputSettings>(&settings_.inputs[i])) {
        gpio_.drive(wired->line, active == wired->active_high, now);
        return;
    }
    const auto& thermostat = std::get<ThermostatSettings>(settings_.inputs[i]);
    const int sign = thermostat.at.limit > thermostat.at.clears ? 1 : -1;
    set_temperature(thermostat.thermometer,
                    active ? thermostat.at.limit / 1000 + sign : thermostat.at.clears / 1000 - sign);
}

const LineName* World::input_line(std::size_t i) const {
    const auto* wired = std::get_if<InputSettings>(&settings_.inputs[i]);
    return wired != nullptr ? &wired->line : nullptr;
}

bool World::input_active(std::size_t i) const {
    if (const auto* wired = std::get_if<InputSettings>(&settings_.inputs[i])) {
        return gpio_.level(wired->line) == wired->active_high;
    }
    const auto& [thermometer, at] = std::get<ThermostatSettings>(settings_.inputs[i]);
    const int millicelsius = tenths_.at({thermometer.port, thermometer.address}).at(thermometer.at) * 100;
    return at.limit > at.clears ? millicelsius >= at.limit : millicelsius <= at.limit;
}

}  // namespace yizhan::simulated
