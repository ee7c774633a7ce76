// Every output of a station and the level at which it does no harm when nobody decides. Pure.
#pragma once

#include <vector>

#include "firmware/settings/settings.h"

namespace yizhan {

struct SafeOutput {
    LineName line;
    bool high = false;
    bool operator==(const SafeOutput&) const = default;
};

// Locks first. A lock as its settings say (fail-secure or fail-safe); outlets, lamps and buzzers off.
std::vector<SafeOutput> safe_outputs(const Settings& settings);

}  // namespace yizhan
