#include "tools/collector/report.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>

namespace yizhan::collector {
namespace {

std::string_view key_of(ReportBy by) {
    switch (by) {
        case ReportBy::hour:
            return "(time + $3) % 86400000 / 3600000";
        case ReportBy::day:
            return "(time + $3) / 86400000";
        case ReportBy::station:
            return "station";
        case ReportBy::group:
            break;
    }
    return "grp";
}

std::string name_of(ReportBy by, const SqlRows& rows, std::size_t row) {
    switch (by) {
        case ReportBy::hour:
            return fmt::format("{:02}:00", rows.integer(row, 0));
        case ReportBy::day:
            return fmt::format("{:%Y-%m-%d}", std::chrono::sys_days(std::chrono::days(rows.integer(row, 0))));
        case ReportBy::station:
        case ReportBy::group:
            break;
    }
    return rows.text(row, 0);
}

}  // namespace

Result<std::vector<ReportRow>> visits(SqlDatabase& database, ReportBy by, std::int64_t from, std::int64_t to,
                                      std::int64_t utc_offset_ms) {
    const bool by_time = by == ReportBy::hour || by == ReportBy::day;
    const auto sql = fmt::format(
        "SELECT {0}, count(*) FROM record WHERE type = 'entered' AND time >= $1 AND time < $2 GROUP BY {0} ORDER BY "
        "{0}",
        key_of(by));
    // Grouped by the same expression, with the same parameter.
    std::vector<SqlValue> parameters{from, to};
    if (by_time) parameters.emplace_back(utc_offset_ms);
    const auto rows = database.run(sql, parameters);
    if (!rows) return std::unexpected(rows.error());
    std::vector<ReportRow> report;
    for (std::size_t row = 0; row < rows->size(); ++row) {
        report.push_back({name_of(by, *rows, row), static_cast<std::uint64_t>(rows->integer(row, 1))});
    }
    return report;
}

Result<std::vector<FlawRow>> flaws(SqlDatabase& database) {
    const auto rows =
        database.run("SELECT station, epoch, seq, what FROM flaw ORDER BY station, epoch, seq, what LIMIT 1000");
    if (!rows) return std::unexpected(rows.error());
    std::vector<FlawRow> found;
    for (std::size_t row = 0; row < rows->size(); ++row) {
        found.push_back({rows->text(row, 0), static_cast<std::uint32_t>(rows->integer(row, 1)),
                         static_cast<std::uint64_t>(rows->integer(row, 2)), rows->text(row, 3)});
    }
    return found;
}

}  // namespace yizhan::collector
