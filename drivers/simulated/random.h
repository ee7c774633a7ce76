#pragma once

#include <array>
#include <cstdint>

#include "hal/random.h"

namespace yizhan::simulated {

// xoshiro256** (Blackman, Vigna 2018), seeded with splitmix64: the same numbers from the same seed on every machine.
// Also the dice of whoever plays the world.
class Random : public yizhan::Random {
 public:
    explicit Random(std::uint64_t seed);
    void fill(std::span<std::byte> bytes) override;

    std::uint64_t next();
    // 0 … bound - 1; bound at least 1. Even enough: the bias is below bound / 2^64.
    std::uint64_t below(std::uint64_t bound);
    // True once in `n` times.
    bool one_in(std::uint64_t n) { return below(n) == 0; }

 private:
    std::array<std::uint64_t, 4> state_;
};

}  // namespace yizhan::simulated
