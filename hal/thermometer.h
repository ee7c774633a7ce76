#pragma once

#include <cstdint>
#include <optional>

#include "hal/event_loop.h"
#include "hal/meter.h"
#include "hal/time.h"

namespace yizhan {

struct Temperature {
    std::int32_t millicelsius = 0;
    Mono at;
    bool operator==(const Temperature&) const = default;
};

// Too much from `limit` on, until it is beyond `clears` again. Which of the two is higher says whether it is heat or
// cold that is too much. Millicelsius.
struct TemperatureLimit {
    std::int32_t limit = 0;
    std::int32_t clears = 0;

    // Whether it is too much now, if it `was` before: in between it stays as it was.
    bool exceeded(std::int32_t millicelsius, bool was) const {
        const std::int32_t at = was ? clears : limit;
        return limit > clears ? millicelsius >= at : millicelsius <= at;
    }
    bool operator==(const TemperatureLimit&) const = default;
};

class Thermometer;

class ThermometerListener {
 public:
    virtual ~ThermometerListener() = default;
    virtual void on_temperature(Thermometer& thermometer, const Temperature& temperature, Now now) = 0;
};

// How warm it is in one place. Recovers by itself. Telling a temperature does not allocate. Loop thread only.
class Thermometer : public LoopMember {
 public:
    virtual void start(ThermometerListener& listener, Now now) = 0;
    // The newest; none before the first. Compare `at` with now: a silent thermometer does not say so.
    virtual std::optional<Temperature> latest() const = 0;
    virtual MeterStatus status() const = 0;
};

}  // namespace yizhan
