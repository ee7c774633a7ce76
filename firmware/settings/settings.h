// The settings of a station: one TOML file, typed. `station` is what decides, the rest is how it is wired.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "drivers/ports/gpio.h"
#include "firmware/identity/signer_set.h"
#include "firmware/settings/delivery.h"
#include "firmware/station/config.h"
#include "firmware/storage/retention.h"
#include "hal/charging_limits.h"
#include "hal/error.h"
#include "hal/outcome.h"
#include "hal/thermometer.h"
#include "hal/time.h"

namespace yizhan {

struct OutputSettings {
    LineName line;
    bool active_high = true;  // level at which the load on the line is energised
    bool operator==(const OutputSettings&) const = default;
};

enum class LockType : std::uint8_t {
    strike,  // energised = released
    maglock,  // energised = secure
};

// What the door does while no stationd runs: the level that station-failsafe drives. Relay contact and resistor have to
// say the same (README.md, "Safe without the box").
enum class LockFailure : std::uint8_t {
    secure,  // fail-secure: stays locked; its egress lets people out
    safe,  // fail-safe: is released
};

struct LockSettings {
    OutputSettings output;
    LockType type = LockType::strike;
    LockFailure failure = LockFailure::secure;
    milliseconds longest_lease{30000};
    bool operator==(const LockSettings&) const = default;
};

struct InputSettings {
    LineName line;
    bool active_high = false;  // level that means open / pressed / burning
    Bias bias = Bias::as_is;
    milliseconds debounce{30};
    bool operator==(const InputSettings&) const = default;
};

// Parallel to StationConfig::doors, readers, outlets, inputs.
struct DoorHardware {
    LockSettings lock;
    std::optional<InputSettings> contact;
    std::optional<InputSettings> exit_button;
    bool operator==(const DoorHardware&) const = default;
};

struct IdCardReaderSettings {
    std::string port;  // "usb:<port path>" or "serial:<device>"
    milliseconds poll{200};
    bool operator==(const IdCardReaderSettings&) const = default;
};
struct WiegandReaderSettings {
    LineName d0;
    LineName d1;
    std::vector<std::uint8_t> bits{26};  // accepted lengths: 26, 34, 37
    milliseconds gap{50};  // silence that ends a frame
    bool operator==(const WiegandReaderSettings&) const = default;
};
struct ContactlessReaderSettings {
    std::string port;  // "pcsc:<the reader's name, or a part of it>"
    bool reverse = false;  // the UID, before it is cut
    std::uint8_t low_bytes = 0;  // kept of it; 0: all
    bool operator==(const ContactlessReaderSettings&) const = default;
};
struct KeyboardReaderSettings {
    std::string device;  // below /dev/input
    std::string characters = "0123456789";
    std::uint8_t min_length = 4;
    std::uint8_t max_length = 64;
    bool numbers = false;  // inside: one or two digits are the number of an outlet
    bool operator==(const KeyboardReaderSettings&) const = default;
};
struct ReaderHardware {
    std::variant<IdCardReaderSettings, WiegandReaderSettings, ContactlessReaderSettings, KeyboardReaderSettings> reader;
    std::optional<OutputSettings> green;
    std::optional<OutputSettings> red;
    std::optional<OutputSettings> buzzer;
    bool operator==(const ReaderHardware&) const = default;
};

struct Cse7766Settings {
    std::string port;  // "serial:<device>"
    bool operator==(const Cse7766Settings&) const = default;
};
struct PzemSettings {
    std::string port;  // "serial:<device>", which others may share
    std::uint8_t address = 0;
    milliseconds poll{500};
    bool operator==(const PzemSettings&) const = default;
};
struct PulseMeterSettings {
    LineName line;
    bool active_high = false;  // level of a pulse
    Bias bias = Bias::as_is;
    std::uint32_t pulses_per_kwh = 1000;
    bool operator==(const PulseMeterSettings&) const = default;
};
using MeterSettings = std::variant<std::monostate, Cse7766Settings, PzemSettings, PulseMeterSettings>;

struct ThermometerSettings {
    std::string port;  // "serial:<device>", which others may share
    std::uint8_t address = 0;
    std::uint16_t at = 0;  // register
    bool holding = false;  // a holding register, not an input register
    milliseconds poll{1000};
    bool operator==(const ThermometerSettings&) const = default;
};

struct OutletHardware {
    OutputSettings relay;
    MeterSettings meter;
    ChargingLimits limits;  // where the meter follows power
    std::optional<ThermometerSettings> thermometer;  // in the socket
    HeatLimits heat;
    std::optional<OutputSettings> lamp;
    milliseconds longest_on{std::chrono::hours{8}};
    // Its meter sees what flows soon enough to protect by it.
    bool follows_power() const {
        return std::holds_alternative<Cse7766Settings>(meter) || std::holds_alternative<PzemSettings>(meter);
    }
    bool operator==(const OutletHardware&) const = default;
};

struct ThermostatSettings {
    ThermometerSettings thermometer;
    TemperatureLimit at;
    bool operator==(const ThermostatSettings&) const = default;
};
using InputHardware = std::variant<InputSettings, ThermostatSettings>;

struct UplinkTls {
    std::string ca_file;
    std::string certificate_file;
    std::string key_file;
};

struct BrokerSettings {
    std::string host;  // empty: none
    std::uint16_t port = 8883;
    std::string username;
    std::string password_file;
    std::string second_host;  // tried in turn with the first; empty: none
    std::uint16_t second_port = 8883;
    seconds keep_alive{30};
    std::optional<UplinkTls> tls;
    bool plaintext = false;  // must be said where there is no tls
};

struct UplinkSettings : BrokerSettings {
    Delivery delivery = Delivery::broker;
    std::uint32_t catch_up_rate = 20'000;  // records a second, at most
};

struct ControlSettings {
    std::string socket = "/run/yizhan/control.sock";
    std::string maintenance_group = "yizhan-maintenance";  // may change things; so may root
    std::string read_only_group = "yizhan";
    std::string uplink_user = "yizhan-uplink";
    bool operator==(const ControlSettings&) const = default;
};

struct LogSettings {
    std::string path = "/var/lib/yizhan/access.db";
    milliseconds store_within{50};  // a record that takes longer to the disk is counted
    Retention retention;
    bool run_without_disk = true;  // with the log in memory, where a start finds a disk that does not work
    bool operator==(const LogSettings&) const = default;
};

struct IdentitySettings {
    std::string key_file;  // empty: $CREDENTIALS_DIRECTORY/station-key
    std::string member_list;  // empty: none (policy any-valid-id)
    bool operator==(const IdentitySettings&) const = default;
};

// Whose signed commands are taken from the centre.
struct CommandSettings {
    RootKeys roots;  // none: nobody's
    std::string signers_file = "/var/lib/yizhan/signers.json";  // where the newest key set is kept
    bool operator==(const CommandSettings&) const = default;
};

struct SoundSettings {
    std::string device = "default";  // an ALSA name, as in aplay -D
    std::string directory = "/usr/share/yizhan/prompts";  // <zh|en>/<outcome code>.wav
    std::vector<Language> languages{Language::zh, Language::en};  // in the order in which they are said
    bool operator==(const SoundSettings&) const = default;
};

enum class ClockTrust : std::uint8_t {
    synchronised,  // trusted while the kernel says the clock is synchronised
    always,  // a battery-backed clock that is looked after
};

struct PlaceText {
    std::string zh;
    std::string en;
};

struct Settings {
    StationConfig station;
    PlaceText name;
    PlaceText address;
    ClockTrust clock = ClockTrust::synchronised;
    std::vector<DoorHardware> doors;
    std::vector<ReaderHardware> readers;
    std::vector<OutletHardware> outlets;
    std::optional<OutputSettings> contactor;  // energised: it feeds all outlets
    std::vector<InputHardware> inputs;
    IdentitySettings identity;
    LogSettings log;
    ControlSettings control;
    CommandSettings commands;
    UplinkSettings uplink;
    std::optional<SoundSettings> sound;  // none: no loudspeaker
};

// Longer files are refused.
inline constexpr std::size_t settings_size_limit = std::size_t{256} * 1024;  // bytes

// All errors at once, each "file:line:column: what" with a cure, in the order of the file (of TOML syntax errors the
// first). `file` is only named in them; read_settings() reads one. Every key, its bounds and its default:
// config/stations/reference.toml.
std::expected<Settings, std::vector<Error>> parse_settings(std::string_view text, std::string_view file);

// The file as JSON, for people to look at: settings hold no secret, only paths to them. "{}" for what is not TOML.
std::string settings_as_json(std::string_view text);

// Whether a running station can go over from one to the other without a restart: everything that is wired (doors,
// readers, outlets, inputs, lines, paths) must be the same, and so must the groups' names, for the member list in force
// was read with them. [uplink] is not looked at: it belongs to station-uplink. The error names everything that differs.
Result<void> can_adopt(const Settings& running, const Settings& next);

}  // namespace yizhan
