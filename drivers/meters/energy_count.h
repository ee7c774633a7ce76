#pragma once

#include <cstdint>
#include <optional>

#include "hal/time.h"

namespace yizhan {

// What the counter of a meter has counted since we look: it may be anywhere when we begin, falls back to nothing when
// it is full, and also when the meter was without power. Those two look the same but for how much must have flowed.
class EnergyCount {
 public:
    // No outlet carries more: what would need it is a counter that began anew.
    static constexpr std::uint64_t most_milliwatts = 10'000'000;

    // `full`: the counter's values are 0 … full - 1. `step`: microjoules of one count, which may differ from reading to
    // reading.
    explicit EnergyCount(std::uint64_t full) : full_(full) {}

    void count(std::uint64_t counter, std::uint64_t step, Mono now);
    // Nobody knows what the counter did meanwhile: begin where it is next.
    void interrupt() { last_.reset(); }
    std::uint64_t milliwatt_hours() const { return microjoules_ / microjoules_per_milliwatt_hour; }

 private:
    static constexpr std::uint64_t microjoules_per_milliwatt_hour = 3'600'000;

    std::uint64_t full_;
    std::optional<std::uint64_t> last_;
    Mono at_;
    std::uint64_t microjoules_ = 0;
};

}  // namespace yizhan
