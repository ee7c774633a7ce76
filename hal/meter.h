#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "hal/event_loop.h"
#include "hal/time.h"

namespace yizhan {

struct MeterReading {
    std::uint32_t millivolts = 0;  // 0: not measured
    std::uint32_t milliamps = 0;
    std::uint32_t milliwatts = 0;
    std::uint64_t milliwatt_hours = 0;  // since the meter was made; never falls; only differences mean something
    Mono at;
    bool operator==(const MeterReading&) const = default;
};

class Meter;

class MeterListener {
 public:
    virtual ~MeterListener() = default;
    virtual void on_reading(Meter& meter, const MeterReading& reading, Now now) = 0;
};

// What maintenance sees. Counts since the start.
struct MeterStatus {
    std::uint64_t readings = 0;
    std::uint64_t bad_frames = 0;  // checksum, length, pulses that are none
    std::uint64_t timeouts = 0;  // of a meter that is asked
    std::string verdict;  // plain words; empty while all is well
    std::string cure;
};

// What flows through one outlet. Recovers by itself. Reporting a reading does not allocate. Loop thread only.
class Meter : public LoopMember {
 public:
    // `listener`: null: nobody; latest() tells.
    virtual void start(MeterListener* listener, Now now) = 0;
    // The newest reading; none before the first. Compare `at` with now: a silent meter does not say so.
    virtual std::optional<MeterReading> latest() const = 0;
    // False: it counts energy, and tells too late what flows to protect anything by it.
    virtual bool follows_power() const = 0;
    virtual MeterStatus status() const = 0;
};

}  // namespace yizhan
