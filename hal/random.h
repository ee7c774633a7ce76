#pragma once

#include <cstddef>
#include <span>

namespace yizhan {

// Unpredictable bytes. Two implementations: drivers/ports/random (getrandom) and drivers/simulated/random (seeded).
// Loop thread only; may be a system call: draw ahead where that matters.
class Random {
 public:
    virtual ~Random() = default;
    virtual void fill(std::span<std::byte> bytes) = 0;
};

}  // namespace yizhan
