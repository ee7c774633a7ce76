// Decides by what its meter tells whether an outlet has to go off. Pure: it switches nothing and reads no clock.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "hal/charging_limits.h"
#include "hal/meter.h"
#include "hal/outlet.h"
#include "hal/time.h"

namespace yizhan {

// Told when the relay goes on and off, and every reading. A verdict other than Trip::none says: off, now. It is given
// once; switched_off() follows.
class OutletProtection {
 public:
    // `now`: the relay is off; it may have been welded before.
    OutletProtection(const ChargingLimits& limits, Mono now)
        : limits_(limits), state_(Off{now, std::nullopt}), heard_(now) {}

    void switched_on(Mono now) { state_ = On{.since = now}; }
    void switched_off(Mono now) { state_ = Off{now, std::nullopt}; }
    Trip on_reading(const MeterReading& reading);
    Trip advance(Mono now);
    Mono next_deadline() const;

    // When the meter is silent for too long, if it says nothing until then.
    Mono silent_at() const { return heard_ + limits_.silent_after; }
    bool welded() const { return welded_; }

 private:
    struct Off {
        Mono since;
        std::optional<Mono> flows_since;  // although it is off
    };
    // Each optional: since when that has lasted.
    struct On {
        Mono since;
        std::uint32_t peak = 0;  // mW
        bool from_much = false;  // more than unplugged_from flowed, and since then nothing else but idle
        std::optional<Mono> over_since;
        std::optional<Mono> idle_since;
        std::optional<Mono> low_since;
    };

    Trip read_on(On& on, const MeterReading& reading);
    Trip read_off(Off& off, const MeterReading& reading);
    Trip due(const On& on, Mono now) const;

    ChargingLimits limits_;
    std::variant<Off, On> state_;
    Mono heard_;  // the last reading; at first, when we began to listen
    bool welded_ = false;
};

}  // namespace yizhan
