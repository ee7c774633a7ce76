// What is wrong with each part of a station, in words, and what to do about it. Pure; for the status document.
#pragma once

#include <string>

#include "firmware/control/backend.h"

namespace yizhan {

// Empty `what`: all is well. The worst finding only: its cure comes first.
struct Verdict {
    std::string what;
    std::string cure;
    bool well() const { return what.empty(); }
};

Verdict door_verdict(const StationView& view, std::size_t door);
Verdict reader_verdict(const StationView& view, std::size_t reader);
Verdict outlet_verdict(const StationView& view, std::size_t outlet, Now now);
Verdict input_verdict(const StationView& view, std::size_t input);
Verdict fire_verdict(const StationView& view);
Verdict members_verdict(const StationView& view);
Verdict signers_verdict(const StationView& view, Now now);
Verdict log_verdict(const StationView& view);
Verdict uplink_verdict(const StationView& view);
Verdict settings_verdict(const StationView& view);
Verdict sound_verdict(const StationView& view);
Verdict guard_verdict(const StationView& view);
Verdict contactor_verdict(const StationView& view);
Verdict clock_verdict(const StationView& view, Now now);

}  // namespace yizhan
