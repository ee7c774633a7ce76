#include "firmware/settings/sections.h"

namespace yizhan {
namespace {

// None: its own line says whether it is too hot, or too cold.
std::optional<ThermostatSettings> read_thermostat(Section& section, InputKind kind, ModbusDevices& devices) {
    const auto thermometer = read_thermometer(section, devices);
    const bool is_of_temperature = kind == InputKind::too_hot || kind == InputKind::too_cold;
    if (!thermometer) return std::nullopt;
    if (!is_of_temperature) {
        section.error("thermometer", "has a thermometer, and is neither too-hot nor too-cold",
                      "leave it out, or choose that kind");
    }
    // A room in which people rest, and its pipes.
    ThermostatSettings thermostat{*thermometer, {.limit = 45'000, .clears = 40'000}};
    if (kind == InputKind::too_cold) thermostat.at = {.limit = 3'000, .clears = 5'000};
    const bool limit_good = section.celsius("limit_c", thermostat.at.limit, -40, 120);
    const bool clears_good = section.celsius("clears_c", thermostat.at.clears, -40, 120);
    const bool ordered = kind == InputKind::too_cold ? thermostat.at.limit < thermostat.at.clears
                                                     : thermostat.at.limit > thermostat.at.clears;
    if (limit_good && clears_good && is_of_temperature && !ordered) {
        section.error(
            "clears_c",
            kind == InputKind::too_cold ? "clears_c is not more than limit_c" : "clears_c is not less than limit_c",
            "the alarm ends where it is better by some degrees");
    }
    return thermostat;
}

void read_input_section(Section& section, InputConfig& input, InputHardware& hardware,
                        const std::vector<DoorConfig>& doors, ModbusDevices& devices) {
    if (section.text("name", input.name, name_form, Need::required)) section.claim_name("input", input.name);
    using enum InputKind;
    // Spelled out: of whatever else names things, station-uplink must not get anything with these settings.
    section.choice<InputKind>("kind", input.kind,
                              {{"fire", fire},
                               {"tamper", tamper},
                               {"presence", presence},
                               {"help", help},
                               {"smoke", smoke},
                               {"water-leak", water_leak},
                               {"mains-lost", mains_lost},
                               {"battery-low", battery_low},
                               {"too-hot", too_hot},
                               {"too-cold", too_cold}},
                              Need::required);
    if (auto thermostat = read_thermostat(section, input.kind, devices)) {
        hardware = *thermostat;
    } else {
        read_input_keys(section, hardware.emplace<InputSettings>());
    }
    std::string door;
    if (section.text("releases", door, name_form) && section.has("releases")) {
        if (const auto i = position_named(section, "releases", "door", door, doors)) input.releases = DoorIndex(*i);
        if (input.kind != help) {
            section.error("releases", "names a door to release, and is no help button",
                          "leave it out: fire releases every door, nothing else any");
        }
    }
    section.finish();
}

}  // namespace

void read_inputs(Section& file, Settings& settings, ModbusDevices& devices) {
    for (Section& section : file.sections("input", max_inputs)) {
        read_input_section(section, settings.station.inputs.emplace_back(), settings.inputs.emplace_back(),
                           settings.station.doors, devices);
    }
}

}  // namespace yizhan
