#include "tools/collector/open_feed.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace yizhan::collector {
namespace {

template <std::size_t N>
std::array<std::uint8_t, N> array_of(const std::string& bytes) {
    std::array<std::uint8_t, N> array{};
    std::copy_n(bytes.begin(), std::min(bytes.size(), N), array.begin());
    return array;
}

Result<void> done(const Result<SqlRows>& result) {
    if (!result) return std::unexpected(result.error());
    return {};
}

FeedRecord record_of(const SqlRows& rows, std::size_t row) {
    return {.seq = static_cast<std::uint64_t>(rows.integer(row, 0)),
            .time = rows.integer(row, 1),
            .type = rows.text(row, 2),
            .visit = rows.text(row, 3),
            .group = rows.text(row, 4),
            .document = rows.text(row, 5)};
}

}  // namespace

Result<OpenFeed> OpenFeed::lock(SqlDatabase& database, const FeedId& id) {
    const std::int64_t epoch = id.epoch;
    const ChainHash start = chain_start(id.station, id.epoch);
    const auto made = database.run(
        "INSERT INTO feed (station, epoch, upto, hash, waits) VALUES ($1, $2, 0, $3, 0) ON CONFLICT DO NOTHING",
        {id.station, epoch, bytes_of(start)});
    if (!made) return std::unexpected(made.error());
    const std::string select = fmt::format("SELECT upto, hash, waits FROM feed WHERE station = $1 AND epoch = $2{}",
                                           database.dialect().for_update);
    const auto row = database.run(select, {id.station, epoch});
    if (!row) return std::unexpected(row.error());
    if (row->empty()) return failure("the database lost the feed of " + id.station, "check its tables");
    OpenFeed feed(id);
    feed.upto_ = static_cast<std::uint64_t>(row->integer(0, 0));
    feed.hash_ = array_of<std::tuple_size_v<ChainHash>>(row->text(0, 1));
    feed.waits_ = row->integer(0, 2) != 0;
    return feed;
}

void OpenFeed::take(FeedRecord record) {
    if (record.seq <= upto_) {
        known_.push_back(std::move(record));
    } else if (record.seq == upto_ + 1) {
        hash_ = chain_next(hash_, std::string_view(record.document));
        upto_ = record.seq;
        fresh_.emplace_back(std::move(record), hash_);
    } else {
        early_.push_back(std::move(record));
    }
}

Result<void> OpenFeed::keep_early(SqlDatabase& database) {
    std::erase_if(early_, [&](const FeedRecord& record) { return record.seq <= upto_; });
    for (const FeedRecord& record : early_) {
        const auto kept = database.run(
            "INSERT INTO waiting (station, epoch, seq, time, type, visit, grp, document) VALUES ($1, $2, $3, $4, "
            "$5, $6, $7, $8) ON CONFLICT DO NOTHING",
            {id_.station, std::int64_t{id_.epoch}, signed_of(record.seq), record.time, record.type, record.visit,
             record.group, record.document});
        if (!kept) return std::unexpected(kept.error());
        waits_ = true;
    }
    return {};
}

Result<void> OpenFeed::take_waiting(SqlDatabase& database) {
    const std::uint64_t began_at = upto_;
    while (waits_) {
        const auto rows = database.run(
            "SELECT seq, time, type, visit, grp, document FROM waiting WHERE station = $1 AND epoch = $2 AND seq > "
            "$3 ORDER BY seq LIMIT 1000",
            {id_.station, std::int64_t{id_.epoch}, signed_of(upto_)});
        if (!rows) return std::unexpected(rows.error());
        const std::uint64_t before = upto_;
        for (std::size_t row = 0; row < rows->size(); ++row) {
            if (static_cast<std::uint64_t>(rows->integer(row, 0)) != upto_ + 1) break;
            take(record_of(*rows, row));
        }
        if (rows->empty()) waits_ = false;
        if (upto_ == before) break;
    }
    if (upto_ == began_at) return {};
    return done(database.run("DELETE FROM waiting WHERE station = $1 AND epoch = $2 AND seq <= $3",
                             {id_.station, std::int64_t{id_.epoch}, signed_of(upto_)}));
}

Result<std::uint64_t> OpenFeed::compare_known(SqlDatabase& database) {
    if (known_.empty()) return 0;
    const auto [first, last] = std::ranges::minmax(known_, {}, &FeedRecord::seq);
    const auto rows = database.run(
        "SELECT seq, document FROM record WHERE station = $1 AND epoch = $2 AND seq BETWEEN $3 AND $4 ORDER BY seq",
        {id_.station, std::int64_t{id_.epoch}, signed_of(first.seq), signed_of(last.seq)});
    if (!rows) return std::unexpected(rows.error());
    std::map<std::uint64_t, std::string> stored;
    for (std::size_t row = 0; row < rows->size(); ++row) {
        stored.emplace(static_cast<std::uint64_t>(rows->integer(row, 0)), rows->text(row, 1));
    }
    for (const auto& [record, hash] : fresh_) stored.emplace(record.seq, record.document);
    std::uint64_t forks = 0;
    for (const FeedRecord& record : known_) {
        const auto found = stored.find(record.seq);
        if (found == stored.end() || found->second == record.document) continue;
        ++forks;
        if (const auto noted = note(database, record.seq, Flaw::fork); !noted) return std::unexpected(noted.error());
    }
    return forks;
}

Result<std::uint64_t> OpenFeed::compare_checkpoint(SqlDatabase& database) {
    const auto row = database.run(
        "SELECT seq, hash FROM checkpoint WHERE station = $1 AND epoch = $2 AND verified = 0 AND seq <= $3",
        {id_.station, std::int64_t{id_.epoch}, signed_of(upto_)});
    if (!row) return std::unexpected(row.error());
    if (row->empty()) return 0;
    const auto seq = static_cast<std::uint64_t>(row->integer(0, 0));
    const auto hash = hash_at(database, seq);
    if (!hash) return std::unexpected(hash.error());
    const auto marked = database.run("UPDATE checkpoint SET verified = 1 WHERE station = $1 AND epoch = $2",
                                     {id_.station, std::int64_t{id_.epoch}});
    if (!marked) return std::unexpected(marked.error());
    if (*hash == row->text(0, 1)) return 0;
    const auto noted = note(database, seq, Flaw::checkpoint_differs);
    if (!noted) return std::unexpected(noted.error());
    return 1;
}

Result<void> OpenFeed::save(SqlDatabase& database) const {
    return done(database.run(
        "UPDATE feed SET upto = $1, hash = $2, waits = $3 WHERE station = $4 AND epoch = $5",
        {signed_of(upto_), bytes_of(hash_), std::int64_t{waits_ ? 1 : 0}, id_.station, std::int64_t{id_.epoch}}));
}

Result<void> OpenFeed::note(SqlDatabase& database, std::uint64_t seq, Flaw flaw) const {
    return done(
        database.run("INSERT INTO flaw (station, epoch, seq, what) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
                     {id_.station, std::int64_t{id_.epoch}, signed_of(seq), name_of(flaw)}));
}

Result<std::string> OpenFeed::hash_at(SqlDatabase& database, std::uint64_t seq) const {
    for (const auto& [record, hash] : fresh_) {
        if (record.seq == seq) return std::string(hash.begin(), hash.end());
    }
    const auto row = database.run("SELECT hash FROM record WHERE station = $1 AND epoch = $2 AND seq = $3",
                                  {id_.station, std::int64_t{id_.epoch}, signed_of(seq)});
    if (!row) return std::unexpected(row.error());
    return row->empty() ? std::string() : row->text(0, 0);
}

}  // namespace yizhan::collector
