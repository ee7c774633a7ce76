#include "firmware/settings/sections.h"

namespace yizhan {
namespace {

void read_active_level(Section& section, bool& active_high) {
    section.choice<bool>("active", active_high, {{"high", true}, {"low", false}});
}

}  // namespace

void read_output_keys(Section& section, OutputSettings& output) {
    section.line("line", output.line);
    read_active_level(section, output.active_high);
}

std::optional<OutputSettings> read_output(Section& section, std::string_view key, Need need) {
    auto inner = section.section(key, need, R"({ line = "chip-label:line-name", active = "high" })");
    if (!inner) return std::nullopt;
    OutputSettings output;
    read_output_keys(*inner, output);
    inner->finish();
    return output;
}

void read_line_keys(Section& section, InputSettings& input) {
    section.line("line", input.line);
    read_active_level(section, input.active_high);
    section.choice<Bias>("bias", input.bias,
                         {{"as-is", Bias::as_is}, {"pull-up", Bias::pull_up}, {"pull-down", Bias::pull_down}});
}

void read_input_keys(Section& section, InputSettings& input) {
    read_line_keys(section, input);
    // IEC 60839-11-1: whatever lasts longer than 400 ms must be noticed.
    section.duration("debounce", input.debounce, milliseconds{0}, milliseconds{400});
}

std::optional<InputSettings> read_input(Section& section, std::string_view key) {
    auto inner = section.section(key, Need::optional, R"({ line = "chip-label:line-name", active = "low" })");
    if (!inner) return std::nullopt;
    InputSettings input;
    read_input_keys(*inner, input);
    inner->finish();
    return input;
}

}  // namespace yizhan
