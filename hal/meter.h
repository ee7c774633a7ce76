#pragma once

#include <cstdint>
#include <optional>

#include "hal/time.h"

namespace yizhan {

struct MeterReading {
    std::uint32_t milliwatts = 0;
    std::uint32_t milliamps = 0;
    std::uint64_t milliwatt_hours = 0;  // since the meter was made; only differences mean something
    Mono at;
};

// What flows through one outlet. Loop thread only.
class Meter {
 public:
    virtual ~Meter() = default;
    // The newest reading; none before the first. Compare `at` with now: a silent meter does not say so.
    virtual std::optional<MeterReading> latest() const = 0;
};

}  // namespace yizhan
