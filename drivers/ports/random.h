#pragma once

#include "hal/random.h"

namespace yizhan {

// The kernel's generator. Early in a boot, before it has been seeded, it may wait.
class SystemRandom : public Random {
 public:
    void fill(std::span<std::byte> bytes) override;
};

}  // namespace yizhan
