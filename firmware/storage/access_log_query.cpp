// Reading the log back. A page looks at a bounded stretch of it, so that a commit never waits long for a question.
#include <algorithm>
#include <limits>

#include "firmware/storage/access_log.h"
#include "firmware/storage/database.h"
#include "firmware/storage/name_dictionary.h"
#include "firmware/storage/record_row.h"
#include "hal/check.h"

namespace yizhan {
namespace {

std::int64_t earliest(const LogQuery& query) {
    return query.from ? query.from->time_since_epoch().count() : std::numeric_limits<std::int64_t>::min();
}

std::int64_t latest(const LogQuery& query) {
    return query.to ? query.to->time_since_epoch().count() : std::numeric_limits<std::int64_t>::max();
}

// "+wall": by number, not through the index of times, which would have to be sorted.
std::string page_sql(const LogQuery& query) {
    std::string sql =
        "SELECT " + record_columns() + " FROM record WHERE seq BETWEEN ?1 AND ?2 AND +wall BETWEEN ?3 AND ?4";
    if (!query.type.empty()) sql += " AND type = ?5";
    if (!query.door.empty()) sql += " AND door = ?6";
    sql += query.newest_first ? " ORDER BY seq DESC LIMIT ?7" : " ORDER BY seq LIMIT ?7";
    return sql;
}

}  // namespace

// Inclusive.
struct AccessLog::SeqRange {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
};

// Where matching records can be at all. A short stretch of time is found through its index. A long one is not: then
// the pages themselves find their way. Times need not rise with the numbers: a clock may be set right.
Result<std::optional<AccessLog::SeqRange>> AccessLog::range_of(const LogQuery& query) {
    SeqRange range{beginning_.first(), last_seq_};
    if (query.newest_first) {
        if (query.after_seq != 0) range.high = std::min(range.high, query.after_seq - 1);
    } else if (query.after_seq >= last_seq_) {
        return std::nullopt;
    } else {
        range.low = std::max(range.low, query.after_seq + 1);
    }
    if (beginning_.first() == 0 || range.low > range.high) return std::nullopt;
    if (!query.from && !query.to) return range;

    auto times = database_->prepare(
        "SELECT count(*), min(seq), max(seq) FROM "
        "(SELECT seq FROM record INDEXED BY record_wall WHERE wall BETWEEN ? AND ? LIMIT ?)");
    if (!times) return std::unexpected(times.error());
    times->bind(1, earliest(query));
    times->bind(2, latest(query));
    times->bind(3, static_cast<std::int64_t>(scan_limit));
    const auto row = times->step();
    if (!row) return std::unexpected(row.error());
    const auto found = static_cast<std::uint64_t>(times->integer(0));
    if (found == 0) return std::nullopt;
    if (found < scan_limit) {
        range.low = std::max(range.low, static_cast<std::uint64_t>(times->integer(1)));
        range.high = std::min(range.high, static_cast<std::uint64_t>(times->integer(2)));
    }
    if (range.low > range.high) return std::nullopt;
    return range;
}

Result<LogPage> AccessLog::page(const LogQuery& query) {
    YZ_CHECK(restored_);
    const auto limit = std::min(query.limit, page_limit);
    const auto type = words_->find(query.type);
    const auto door = words_->find(query.door);
    const bool never_stored = (!query.type.empty() && !type) || (!query.door.empty() && !door);
    if (limit == 0 || never_stored) return LogPage{};
    const auto range = range_of(query);
    if (!range) return std::unexpected(range.error());
    if (!*range) return LogPage{};

    SeqRange window = **range;
    if (window.high - window.low >= scan_limit) {
        if (query.newest_first) {
            window.low = window.high - scan_limit + 1;
        } else {
            window.high = window.low + scan_limit - 1;
        }
    }
    auto select = database_->prepare(page_sql(query));
    if (!select) return std::unexpected(select.error());
    select->bind(1, static_cast<std::int64_t>(window.low));
    select->bind(2, static_cast<std::int64_t>(window.high));
    select->bind(3, earliest(query));
    select->bind(4, latest(query));
    if (!query.type.empty()) select->bind(5, *type);
    if (!query.door.empty()) select->bind(6, *door);
    select->bind(7, static_cast<std::int64_t>(limit));
    LogPage page;
    while (true) {
        const auto row = select->step();
        if (!row) return std::unexpected(row.error());
        if (!*row) break;
        page.rows.push_back(read_row(*select, epoch_, *words_));
    }
    const bool looked_through = query.newest_first ? window.low == (*range)->low : window.high == (*range)->high;
    if (page.rows.size() < limit && !looked_through) {
        page.rest = query;
        page.rest->limit = limit - page.rows.size();
        page.rest->after_seq = query.newest_first ? window.low : window.high;
    }
    return page;
}

Result<std::vector<LogRow>> AccessLog::query(const LogQuery& query) {
    std::vector<LogRow> rows;
    std::optional<LogQuery> rest = query;
    while (rest) {  // each round leaves scan_limit records behind
        auto next = page(*rest);
        if (!next) return std::unexpected(next.error());
        rows.insert(rows.end(), std::make_move_iterator(next->rows.begin()), std::make_move_iterator(next->rows.end()));
        rest = std::move(next->rest);
    }
    return rows;
}

}  // namespace yizhan
