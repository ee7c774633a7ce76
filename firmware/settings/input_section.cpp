#include "firmware/settings/sections.h"

namespace yizhan {
namespace {

void read_input_section(Section& section, InputConfig& input, InputSettings& hardware,
                        const std::vector<DoorConfig>& doors) {
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
                               {"battery-low", battery_low}},
                              Need::required);
    read_input_keys(section, hardware);
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

void read_inputs(Section& file, Settings& settings) {
    for (Section& section : file.sections("input", max_inputs)) {
        read_input_section(section, settings.station.inputs.emplace_back(), settings.inputs.emplace_back(),
                           settings.station.doors);
    }
}

}  // namespace yizhan
