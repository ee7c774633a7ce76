// What the centre reads out of its database.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/collector/sql.h"

namespace yizhan::collector {

enum class ReportBy : std::uint8_t { hour, day, station, group };

struct ReportRow {
    std::string of;  // "08:00", "2026-11-28", the station, the group (empty: none)
    std::uint64_t visits = 0;  // times somebody came in; a grant that nobody followed is none
    bool operator==(const ReportRow&) const = default;
};

// Of the records from `from` on and before `to` (Unix, ms), in hours and days of `utc_offset`. In order.
Result<std::vector<ReportRow>> visits(SqlDatabase& database, ReportBy by, std::int64_t from, std::int64_t to,
                                      std::int64_t utc_offset_ms);

struct FlawRow {
    std::string station;
    std::uint32_t epoch = 0;
    std::uint64_t seq = 0;
    std::string what;
};
// At most 1000, the first of each feed first.
Result<std::vector<FlawRow>> flaws(SqlDatabase& database);

}  // namespace yizhan::collector
