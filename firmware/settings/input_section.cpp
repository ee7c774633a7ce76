#include "firmware/settings/sections.h"

namespace yizhan {
namespace {

void read_input_section(Section& section, InputConfig& input, InputSettings& hardware) {
    if (section.text("name", input.name, name_form, Need::required)) section.claim_name("input", input.name);
    section.choice<InputKind>(
        "kind", input.kind,
        {{"fire", InputKind::fire}, {"tamper", InputKind::tamper}, {"presence", InputKind::presence}}, Need::required);
    read_input_keys(section, hardware);
    section.finish();
}

}  // namespace

void read_inputs(Section& file, Settings& settings) {
    for (Section& section : file.sections("input", max_inputs)) {
        read_input_section(section, settings.station.inputs.emplace_back(), settings.inputs.emplace_back());
    }
}

}  // namespace yizhan
