#pragma once

#include <cstdint>

#include "hal/time.h"

namespace yizhan {

// What may flow through one outlet, for how long, and what its end looks like. Defaults are those of a telephone; where
// they come from: T/GBC 48-2025 (cut off at 5 % of the rating), what makers of e-bike posts set (full below 20 W, check
// for removal, 8 h at most), and a margin above the rating that a cold charger needs.
struct ChargingLimits {
    std::uint32_t most_milliamps = 3'000;
    std::uint32_t most_milliwatts = 500'000;
    milliseconds overload_time{3'000};  // above overload_percent for so long
    milliseconds inrush{300};  // after switching on nothing is judged
    std::uint32_t idle_milliwatts = 2'000;  // below: nothing is plugged in
    milliseconds nothing_after{120'000};  // idle from the beginning
    std::uint32_t unplugged_from = 20'000;  // mW: from more than that to idle
    milliseconds unplugged_after{10'000};
    std::uint32_t full_milliwatts = 1'500;  // or full_percent of the most of this session, if that is more
    milliseconds full_after{600'000};
    milliseconds silent_after{10'000};  // of the meter
    milliseconds shortest_off{5'000};
    bool operator==(const ChargingLimits&) const = default;

    static constexpr unsigned overload_percent = 110;
    static constexpr unsigned at_once_percent = 150;
    static constexpr unsigned full_percent = 5;
    static constexpr std::uint32_t welded_milliamps = 50;  // below that meters are unreliable
    static constexpr milliseconds welded_after{500};  // switched off
    static constexpr milliseconds welded_for{1'000};  // meters average over up to a second
};

inline constexpr ChargingLimits phone_limits{};
inline constexpr ChargingLimits e_bike_limits{
    .most_milliamps = 5'000, .most_milliwatts = 1'000'000, .idle_milliwatts = 5'000, .full_milliwatts = 15'000};

// How warm a socket may get: makers of e-bike posts cut off between 50 and 100 °C. Millicelsius.
struct HeatLimits {
    std::int32_t warn = 60'000;
    std::int32_t off = 70'000;
    std::int32_t cooled = 50'000;  // below: it may be used again
    bool operator==(const HeatLimits&) const = default;

    static constexpr milliseconds silent_after{10'000};  // of the thermometer
};

// Longer than a station stands.
inline constexpr milliseconds for_good = std::chrono::hours{24 * 365 * 100};
// Light, air conditioner, water: too much is too much, but nothing plugged in, unplugged and full mean nothing.
inline constexpr ChargingLimits amenity_limits{.most_milliamps = 16'000,
                                               .most_milliwatts = 3'500'000,
                                               .nothing_after = for_good,
                                               .unplugged_after = for_good,
                                               .full_after = for_good};

}  // namespace yizhan
