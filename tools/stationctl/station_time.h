// Times as people at the station read them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace yizhan {

// "2026-03-02 08:00:05", local to the station. `ms` since 1970 UTC.
std::string local_time(std::int64_t ms, std::int64_t utc_offset_minutes);
// "8:00:05" of the same day is all that a table of this week needs; other days with their date.
std::string short_time(std::int64_t ms, std::int64_t now_ms, std::int64_t utc_offset_minutes);
// "2 h 5 min", "40 s", "3 days".
std::string duration(std::int64_t ms);

// "2026-03-02", "2026-03-02 08:00", "2026-03-02T08:00:05" local to the station, or "90s", "15m", "2h", "3d": so long
// ago. ms since 1970 UTC.
std::optional<std::int64_t> parse_time(std::string_view text, std::int64_t now_ms, std::int64_t utc_offset_minutes);

}  // namespace yizhan
