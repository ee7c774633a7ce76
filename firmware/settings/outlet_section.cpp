#include <fmt/format.h>

#include "firmware/settings/sections.h"

namespace yizhan {
namespace {

void read_outlet(Section& section, OutletConfig& outlet, OutletHardware& hardware) {
    if (section.text("name", outlet.name, name_form, Need::required)) section.claim_name("outlet", outlet.name);
    const bool limit_good = section.duration("time_limit", outlet.time_limit, seconds{10}, hours{24});
    const bool warn_good = section.duration("warn_before", outlet.warn_before, seconds{0}, hours{1});
    const bool longest_good = section.duration("longest_on", hardware.longest_on, seconds{10}, hours{24});
    if (limit_good && warn_good && outlet.warn_before >= outlet.time_limit) {
        section.error("warn_before",
                      fmt::format("warn_before {} is not shorter than time_limit {}",
                                  duration_to_text(outlet.warn_before), duration_to_text(outlet.time_limit)),
                      "the warning comes warn_before before the end: make it shorter");
    }
    if (limit_good && longest_good && outlet.time_limit > hardware.longest_on) {
        section.error("time_limit",
                      fmt::format("time_limit {} is longer than longest_on {}", duration_to_text(outlet.time_limit),
                                  duration_to_text(hardware.longest_on)),
                      "lower time_limit or raise longest_on: the outlet switches itself off after that");
    }
    read_output_keys(section, hardware.relay);
    hardware.lamp = read_output(section, "lamp");
    section.finish();
}

}  // namespace

void read_outlets(Section& file, Settings& settings) {
    for (Section& section : file.sections("outlet", max_outlets)) {
        read_outlet(section, settings.station.outlets.emplace_back(), settings.outlets.emplace_back());
    }
}

}  // namespace yizhan
