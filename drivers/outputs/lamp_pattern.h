// What each cue looks and sounds like. One meaning each, everywhere the same: green goes with short tones, red with a
// long one, so that nobody has to read or to tell colours apart.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "hal/outcome.h"
#include "hal/time.h"

namespace yizhan {

struct PatternStep {
    bool green = false;
    bool red = false;
    bool buzzer = false;
    milliseconds lasts{0};  // more than 0
};

inline constexpr std::uint16_t until_replaced = 0;

struct Pattern {
    static constexpr std::size_t most_steps = 6;
    std::array<PatternStep, most_steps> steps{};
    std::uint8_t size = 0;  // steps used; 0: dark
    std::uint16_t rounds = 1;  // how often they are played, or until_replaced
};

inline constexpr std::size_t cue_count = static_cast<std::size_t>(Cue::alarm) + 1;
using PatternTable = std::array<Pattern, cue_count>;  // indexed by Cue

extern const PatternTable reader_patterns;
// Beside an outlet: `yes` blinks long enough to be found from the reader.
extern const PatternTable outlet_patterns;

}  // namespace yizhan
