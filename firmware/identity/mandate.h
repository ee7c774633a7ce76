#pragma once

#include <cstdint>

#include "hal/time.h"

namespace yizhan {

// Of a signed command: which of the centre's keys has signed it, and when it counts. Station decides by it.
struct Mandate {
    std::uint32_t signer = 0;  // number in the signer set
    std::uint64_t sequence = 0;  // rises strictly from one command of a key to its next
    Wall not_before;
    Wall expires;
    bool operator==(const Mandate&) const = default;
};

}  // namespace yizhan
