// Time is an argument. Only an EventLoop reads a clock, once per turn; everybody else is handed a Now.
#pragma once

#include <chrono>
#include <cstdint>

namespace yizhan {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

// Tags without now(), so that nothing but the loop can ask what time it is.
struct MonotonicTag {
    using rep = std::int64_t;
    using period = std::nano;
    using duration = nanoseconds;
    using time_point = std::chrono::time_point<MonotonicTag>;
    static constexpr bool is_steady = true;
};
struct WallTag {
    using rep = std::int64_t;
    using period = std::milli;
    using duration = milliseconds;
    using time_point = std::chrono::time_point<WallTag>;
    static constexpr bool is_steady = false;
};

// CLOCK_MONOTONIC of this boot: for deadlines and durations.
using Mono = MonotonicTag::time_point;
// Milliseconds since 1970-01-01 UTC: for stamps and schedules only.
using Wall = WallTag::time_point;

inline constexpr Mono never = Mono::max();

struct Now {
    Mono mono;
    Wall wall;
    // False until the clock is known to be right (synchronised, or a battery-backed clock the settings trust).
    bool wall_trusted = false;
};

// Days since 2000-01-01 in the station's own calendar.
using Day = std::uint16_t;
inline constexpr Day first_day = 0;
inline constexpr Day no_last_day = 65535;  // "long term": never expires

inline constexpr std::int64_t day_zero = 10957;  // 2000-01-01 in days since 1970-01-01

// Inclusive on both ends.
struct DayRange {
    Day from = first_day;
    Day to = no_last_day;
    bool operator==(const DayRange&) const = default;
};

// The station's calendar day of a wall time. `utc_offset` is fixed: China has one zone and no summer time.
constexpr Day day_of(Wall wall, minutes utc_offset) {
    const auto local = wall.time_since_epoch() + utc_offset;
    const std::int64_t days = std::chrono::floor<std::chrono::days>(local).count() - day_zero;
    return days < 0 ? first_day : days >= no_last_day ? static_cast<Day>(no_last_day - 1) : static_cast<Day>(days);
}

}  // namespace yizhan
