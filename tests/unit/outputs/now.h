#pragma once

#include "hal/time.h"

namespace yizhan::testing {

// A time without a wall clock.
inline Now at(Mono mono) { return {.mono = mono, .wall = {}}; }

inline constexpr Mono noon{hours{12}};

}  // namespace yizhan::testing
