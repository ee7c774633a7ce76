// State as text, for snapshots: JSON with names instead of positions, so that it keeps its meaning when the settings
// change.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "firmware/station/config.h"
#include "firmware/station/state.h"

namespace yizhan {

// Reading it back with the same names gives the same State, exactly, where State speaks of nothing beyond `names`.
std::string to_blob(const State& state, const StationConfig& names);

// What `names` no longer has is dropped, with its alarms. Nothing if it cannot be read (damaged, or of another version
// of State): then the records themselves must be folded.
std::optional<State> state_from_blob(std::string_view blob, const StationConfig& names);

}  // namespace yizhan
