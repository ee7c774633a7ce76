// What time of the week it is, reckoned otherwise than the station does.
#pragma once

#include <algorithm>
#include <chrono>
#include <vector>

#include "firmware/station/config.h"
#include "hal/time.h"

namespace yizhan::simulator {

struct LocalTime {
    unsigned weekday = 0;  // 0: Monday
    unsigned minute = 0;  // of the day
};

inline LocalTime local_time(Wall wall, minutes utc_offset) {
    const auto local = wall + utc_offset;
    const auto day = std::chrono::floor<std::chrono::days>(local);
    const std::chrono::weekday weekday(std::chrono::sys_days(day.time_since_epoch()));
    return {.weekday = weekday.iso_encoding() - 1,
            .minute = static_cast<unsigned>(std::chrono::floor<minutes>(local - day).count())};
}

// 06:00 to 22:00 of every day, as the group "day" has it.
inline bool by_day(Wall wall, minutes utc_offset) {
    const unsigned minute = local_time(wall, utc_offset).minute;
    return minute >= 6 * 60 && minute < 22 * 60;
}

inline bool opens_at(const std::vector<WeekSpan>& hours, Wall wall, minutes utc_offset) {
    const LocalTime at = local_time(wall, utc_offset);
    const unsigned minute = at.weekday * 24 * 60 + at.minute;
    return hours.empty() ||
           std::ranges::any_of(hours, [&](const WeekSpan& span) { return span.from <= minute && minute < span.to; });
}

}  // namespace yizhan::simulator
