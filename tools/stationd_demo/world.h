// The street, the doors, the people and the electricity around one simulated station, made from its settings. Stays
// when the program dies.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "drivers/ports/byte_port.h"
#include "drivers/ports/contactless.h"
#include "drivers/ports/key_port.h"
#include "drivers/ports/modbus.h"
#include "drivers/simulated/byte_port.h"
#include "drivers/simulated/contactless.h"
#include "drivers/simulated/cse7766.h"
#include "drivers/simulated/door_model.h"
#include "drivers/simulated/gpio.h"
#include "drivers/simulated/keyboard.h"
#include "drivers/simulated/load_model.h"
#include "drivers/simulated/modbus.h"
#include "drivers/simulated/pulse_output.h"
#include "drivers/simulated/sam_reader.h"
#include "drivers/simulated/wiegand_card.h"
#include "firmware/settings/settings.h"
#include "hal/event_loop.h"

namespace yizhan::simulated {

// Its members() join the loop or scheduler that drives it. Positions are those of StationConfig's vectors.
class World final : public BytePorts, public ContactlessPorts, public KeyPorts, public ModbusBuses {
 public:
    World(const Settings& settings, std::uint64_t seed);
    ~World() override;
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    std::vector<LoopMember*> members();

    // For the program under test.
    Gpio& gpio() { return gpio_; }
    Result<std::unique_ptr<yizhan::BytePort>> open(const std::string& name, SerialLine line) override;
    Result<std::unique_ptr<ContactlessPort>> open_contactless(const std::string& name) override;
    Result<std::unique_ptr<KeyPort>> open_keyboard(const std::string& device) override;
    Result<std::unique_ptr<ModbusBus>> open_modbus(const std::string& name) override;

    // For whoever plays the people.
    Door& door(std::size_t i) { return *doors_[i]; }
    Load& outlet(std::size_t i) { return *outlets_[i]; }
    // Its meter, where it has one, says nothing any more; and again.
    void silence_meter(std::size_t outlet, bool silent);
    bool meter_is_silent(std::size_t outlet) const { return meters_[outlet].silent; }
    // So many of its next answers arrive damaged.
    void garble_meter(std::size_t outlet, int answers);
    bool outlet_powered(std::size_t i) const;
    SamReader& id_card_reader(std::size_t i) const;  // that reader is one
    WiegandCard& wiegand_reader(std::size_t i) const;
    Contactless& contactless_reader(std::size_t i) const;
    Keyboard& keyboard_reader(std::size_t i) const;
    void set_input(std::size_t i, bool active, Mono now);
    bool input_active(std::size_t i) const;
    bool input_is_silent(std::size_t i) const;  // a thermometer makes it, and says nothing
    // None: a thermometer makes it.
    const LineName* input_line(std::size_t i) const;
    // Of an outlet with a thermometer; 20 °C at first.
    void warm_socket(std::size_t outlet, int celsius);
    int socket_celsius(std::size_t outlet) const;
    // The module says nothing any more, of this socket and of whatever else it measures; and again.
    void silence_thermometer(std::size_t outlet, bool silent);
    bool thermometer_is_silent(std::size_t outlet) const;
    // Locks as their `failure` says, outlets off; of all, or of those on one chip.
    void lose_power(const std::string& chip = {});

    // The "sim" verb: {"target": "card"|"door"|"outlet"|"input"|"reader", "name", "action", …}.
    Result<nlohmann::json> command(const nlohmann::json& request, Mono now);

 private:
    class Socket;
    class Plug;
    // One of the kinds; an ID-card reader with its cable.
    struct Reader {
        std::string port;
        std::unique_ptr<BytePort> cable;
        std::unique_ptr<Socket> socket;
        std::unique_ptr<SamReader> id_card;
        std::unique_ptr<WiegandCard> wiegand;
        std::unique_ptr<Contactless> contactless;
        std::unique_ptr<Keyboard> keyboard;
    };

    void add_meter(const MeterSettings& settings);  // of the newest outlet
    void add_thermometer(const ThermometerSettings& settings);
    void set_temperature(const ThermometerSettings& at, int celsius);
    Result<void> card_command(const nlohmann::json& request, Mono now);
    static Result<void> present_number(const Reader& reader, const nlohmann::json& request, Mono now);
    Result<void> door_command(const nlohmann::json& request, Mono now);
    Result<void> outlet_command(const nlohmann::json& request);
    Result<void> input_command(const nlohmann::json& request, Mono now);
    Result<void> reader_command(const nlohmann::json& request);

    // Of an outlet; on a Modbus line it is one of several.
    struct Meter {
        std::string port;
        std::unique_ptr<BytePort> cable;
        std::unique_ptr<Socket> socket;
        std::unique_ptr<Cse7766> cse7766;
        std::unique_ptr<PulseOutput> pulses;
        std::optional<std::uint8_t> address;
        bool silent = false;
    };

    Settings settings_;
    Gpio gpio_;
    std::vector<std::unique_ptr<Door>> doors_;
    std::vector<Reader> readers_;
    std::vector<std::unique_ptr<Load>> outlets_;
    std::vector<Meter> meters_;  // of the outlets
    std::map<std::string, ModbusWire> wires_;
    // What the modules at these addresses of a line measure, by register.
    std::map<std::pair<std::string, std::uint8_t>, std::map<std::uint16_t, std::int16_t>> tenths_;
};

}  // namespace yizhan::simulated
