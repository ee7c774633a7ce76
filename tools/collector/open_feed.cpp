#include "tools/collector/open_feed.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace yizhan::collector {
namespace {

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
        "INSERT INTO feed (station, epoch, upto, hash, waits) VALUES ($1, $2, 0, $3, 0) ON CONFLICT DO NOTHING "
        "RETURNING upto",
        {id.station, epoch, bytes_of(start)});
    if (!made) return std::unexpected(made.error());
    const std::string select = fmt::format("SELECT upto, hash, waits FROM feed WHERE station = $1 AND epoch = $2{}",
                                           database.dialect().for_update);
    const auto row = database.run(select, {id.station, epoch});
    if (!row) return std::unexpected(row.error());
    if (row->empty()) return failure("the database lost the feed of " + id.station, "check its tables");
    OpenFeed feed(id);
    feed.upto_ = static_cast<std::uint64_t>(row->integer(0, 0));
    feed.hash_ = array_of<ChainHash>(row->text(0, 1));
    feed.waits_ = row->integer(0, 2) != 0;
    if (!made->empty()) {
        if (const auto noted = feed.note_replacement(database); !noted) return std::unexpected(noted.error());
    }
    return feed;
}

Result<void> OpenFeed::note_replacement(SqlDatabase& database) {
    const auto others = database.run("SELECT count(*) FROM feed WHERE station = $1", {id_.station});
    if (!others) return std::unexpected(others.error());
    replaces_ = !others->empty() && others->integer(0, 0) > 1;
    if (!replaces_) return {};
    const auto noted = note(database, 0, Flaw::new_epoch);
    if (!noted) return std::unexpected(noted.error());
    return {};
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
    left_out_ = std::erase_if(early_, [&](const FeedRecord& record) { return record.seq > upto_ + most_early; }) > 0;
    if (early_.empty()) return {};
    const auto there = database.run(
        "SELECT seq, document FROM waiting WHERE station = $1 AND epoch = $2 AND seq BETWEEN $3 AND $4",
        {id_.station, std::int64_t{id_.epoch}, signed_of(early_.front().seq), signed_of(early_.back().seq)});
    if (!there) return std::unexpected(there.error());
    std::map<std::uint64_t, std::string_view> kept;
    for (std::size_t row = 0; row < there->size(); ++row) {
        kept.emplace(static_cast<std::uint64_t>(there->integer(row, 0)), there->text(row, 1));
    }
    std::vector<SqlValue> values;
    for (const FeedRecord& record : early_) {
        const auto [first, added] = kept.emplace(record.seq, record.document);
        if (!added) {
            // It will be acknowledged with the one that waits.
            if (const auto compared = compare(database, record, first->second); !compared) return compared;
            continue;
        }
        values.insert(values.end(), {id_.station, std::int64_t{id_.epoch}, signed_of(record.seq), record.time,
                                     record.type, record.visit, record.group, record.document});
    }
    waits_ = true;
    if (values.empty()) return {};
    return database.append("waiting", "station, epoch, seq, time, type, visit, grp, document", 8, values);
}

Result<void> OpenFeed::take_waiting(SqlDatabase& database) {
    std::uint64_t taken = 0;  // the newest of them
    for (bool follows = true; follows && waits_;) {
        const auto rows = database.run(
            "SELECT seq, time, type, visit, grp, document FROM waiting WHERE station = $1 AND epoch = $2 AND seq > "
            "$3 ORDER BY seq LIMIT 1000",
            {id_.station, std::int64_t{id_.epoch}, signed_of(taken)});
        if (!rows) return std::unexpected(rows.error());
        waits_ = !rows->empty();
        for (std::size_t row = 0; row < rows->size(); ++row) {
            const auto seq = static_cast<std::uint64_t>(rows->integer(row, 0));
            follows = seq <= upto_ + 1;
            if (!follows) break;
            // What has come by another way meanwhile is known, and has to say the same.
            take(record_of(*rows, row));
            taken = seq;
        }
    }
    if (taken == 0) return {};
    return forget_waiting(database);
}

Result<void> OpenFeed::forget_waiting(SqlDatabase& database) const {
    return done(database.run("DELETE FROM waiting WHERE station = $1 AND epoch = $2 AND seq <= $3",
                             {id_.station, std::int64_t{id_.epoch}, signed_of(upto_)}));
}

// What came early and can follow nothing any more. At most most_early of them.
Result<void> OpenFeed::keep_skipped(SqlDatabase& database) {
    const auto rows = database.run(
        "SELECT seq, time, type, visit, grp, document FROM waiting WHERE station = $1 AND epoch = $2 AND seq <= $3",
        {id_.station, std::int64_t{id_.epoch}, signed_of(upto_)});
    if (!rows) return std::unexpected(rows.error());
    for (std::size_t row = 0; row < rows->size(); ++row) {
        const auto kept = keep_apart(database, record_of(*rows, row), Flaw::late);
        if (!kept) return std::unexpected(kept.error());
    }
    return forget_waiting(database);
}

Result<std::uint64_t> OpenFeed::skip_to(SqlDatabase& database, std::uint64_t first, const ChainHash& before) {
    if (upto_ + 1 >= first) return 0;
    std::uint64_t from = upto_ + 1;
    if (from == 1 && before == chain_start(id_.station, id_.epoch)) {
        // A log that was begun in place of a damaged one goes on with its numbers: what this database has of that one
        // is not missing.
        const auto known = end_of_former_log(database, first);
        if (!known) return std::unexpected(known.error());
        if (*known > 0) {
            if (const auto kept = keep_missing(database, 1, *known, before); !kept)
                return std::unexpected(kept.error());
        }
        from = *known + 1;
    }
    if (from < first) {
        if (const auto kept = keep_missing(database, from, first - 1, before); !kept) {
            return std::unexpected(kept.error());
        }
    }
    if (const auto moved = move_to(database, first - 1, before); !moved) return std::unexpected(moved.error());
    return from < first ? note_new(database, from, Flaw::missing) : 0;
}

Result<std::uint64_t> OpenFeed::skip_hole(SqlDatabase& database, std::uint64_t behind) {
    const auto row =
        database.run("SELECT seq FROM waiting WHERE station = $1 AND epoch = $2 AND seq > $3 ORDER BY seq LIMIT 1",
                     {id_.station, std::int64_t{id_.epoch}, signed_of(upto_)});
    if (!row) return std::unexpected(row.error());
    if (!row->empty()) behind = std::min(behind, static_cast<std::uint64_t>(row->integer(0, 0)));
    const std::uint64_t from = upto_ + 1;
    if (from >= behind) return 0;
    if (const auto kept = keep_missing(database, from, behind - 1, unknown_hash); !kept) {
        return std::unexpected(kept.error());
    }
    if (const auto moved = move_to(database, behind - 1, unknown_hash); !moved) return std::unexpected(moved.error());
    return note_new(database, from, Flaw::not_sent);
}

Result<void> OpenFeed::move_to(SqlDatabase& database, std::uint64_t upto, const ChainHash& hash) {
    upto_ = upto;
    hash_ = hash;
    waits_ = true;  // perhaps
    return keep_skipped(database);
}

Result<std::uint64_t> OpenFeed::note_new(SqlDatabase& database, std::uint64_t seq, Flaw flaw) const {
    const auto noted = note(database, seq, flaw);
    if (!noted) return std::unexpected(noted.error());
    return *noted ? 1 : 0;
}

Result<void> OpenFeed::keep_missing(SqlDatabase& database, std::uint64_t from, std::uint64_t upto,
                                    const ChainHash& hash) const {
    return done(database.run("INSERT INTO missing (station, epoch, seq, upto, hash) VALUES ($1, $2, $3, $4, $5)",
                             {id_.station, std::int64_t{id_.epoch}, signed_of(from), signed_of(upto), bytes_of(hash)}));
}

Result<std::uint64_t> OpenFeed::end_of_former_log(SqlDatabase& database, std::uint64_t first) const {
    const auto row =
        database.run("SELECT count(*), max(upto) FROM feed WHERE station = $1 AND epoch <> $2 AND upto < $3",
                     {id_.station, std::int64_t{id_.epoch}, signed_of(first)});
    if (!row) return std::unexpected(row.error());
    if (row->integer(0, 0) == 0) return first - 1;
    return static_cast<std::uint64_t>(row->integer(0, 1));
}

// In runs, so that two records far apart do not bring all between them into memory.
Result<std::uint64_t> OpenFeed::compare_known(SqlDatabase& database) {
    constexpr std::uint64_t longest_run = 1000;
    std::ranges::stable_sort(known_, {}, &FeedRecord::seq);
    for (std::span<const FeedRecord> rest = known_; !rest.empty();) {
        const auto end = std::ranges::find_if(
            rest, [&](const FeedRecord& record) { return record.seq >= rest.front().seq + longest_run; });
        const auto size = static_cast<std::size_t>(end - rest.begin());
        if (const auto compared = compare_run(database, rest.first(size)); !compared) {
            return std::unexpected(compared.error());
        }
        rest = rest.subspan(size);
    }
    return forks_;
}

Result<void> OpenFeed::compare_run(SqlDatabase& database, std::span<const FeedRecord> run) {
    const auto rows = database.run(
        "SELECT seq, document FROM record WHERE station = $1 AND epoch = $2 AND seq BETWEEN $3 AND $4 ORDER BY seq",
        {id_.station, std::int64_t{id_.epoch}, signed_of(run.front().seq), signed_of(run.back().seq)});
    if (!rows) return std::unexpected(rows.error());
    std::map<std::uint64_t, std::string_view> stored;
    for (std::size_t row = 0; row < rows->size(); ++row) {
        stored.emplace(static_cast<std::uint64_t>(rows->integer(row, 0)), rows->text(row, 1));
    }
    for (const FeedRecord& record : run) {
        const auto found = stored.find(record.seq);
        const auto there = found == stored.end() ? std::nullopt : std::optional(found->second);
        if (const auto compared = compare(database, record, there); !compared) return compared;
    }
    return {};
}

Result<void> OpenFeed::compare(SqlDatabase& database, const FeedRecord& record, std::optional<std::string_view> there) {
    if (there == record.document) return {};
    const auto fresh = keep_apart(database, record, there ? Flaw::fork : Flaw::late);
    if (!fresh) return std::unexpected(fresh.error());
    if (*fresh) ++forks_;
    return {};
}

Result<bool> OpenFeed::keep_apart(SqlDatabase& database, const FeedRecord& record, Flaw flaw) const {
    const ChainHash hash = chain_next(ChainHash{}, std::string_view(record.document));
    const auto kept = database.run(
        "INSERT INTO fork (station, epoch, seq, hash, document) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        {id_.station, std::int64_t{id_.epoch}, signed_of(record.seq), bytes_of(hash), record.document});
    if (!kept) return std::unexpected(kept.error());
    return note(database, record.seq, flaw);
}

Result<std::uint64_t> OpenFeed::compare_checkpoint(SqlDatabase& database) {
    const std::int64_t epoch = id_.epoch;
    const auto row = database.run(
        "SELECT seq, hash FROM checkpoint WHERE station = $1 AND epoch = $2 AND compared = 0 AND seq <= $3",
        {id_.station, epoch, signed_of(upto_)});
    if (!row) return std::unexpected(row.error());
    if (row->empty()) return 0;
    const auto seq = static_cast<std::uint64_t>(row->integer(0, 0));
    const auto hash = hash_at(database, seq);
    if (!hash) return std::unexpected(hash.error());
    const auto forgotten =
        database.run("DELETE FROM checkpoint WHERE station = $1 AND epoch = $2 AND compared = 1", {id_.station, epoch});
    if (!forgotten) return std::unexpected(forgotten.error());
    const auto moved =
        database.run("UPDATE checkpoint SET compared = 1 WHERE station = $1 AND epoch = $2", {id_.station, epoch});
    if (!moved) return std::unexpected(moved.error());
    if (!*hash || **hash == row->text(0, 1)) return 0;
    return note_new(database, seq, Flaw::checkpoint_differs);
}

Result<void> OpenFeed::save(SqlDatabase& database) const {
    return done(database.run(
        "UPDATE feed SET upto = $1, hash = $2, waits = $3 WHERE station = $4 AND epoch = $5",
        {signed_of(upto_), bytes_of(hash_), std::int64_t{waits_ ? 1 : 0}, id_.station, std::int64_t{id_.epoch}}));
}

Result<bool> OpenFeed::note(SqlDatabase& database, std::uint64_t seq, Flaw flaw) const {
    const auto noted = database.run(
        "INSERT INTO flaw (station, epoch, seq, what) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING seq",
        {id_.station, std::int64_t{id_.epoch}, signed_of(seq), name_of(flaw)});
    if (!noted) return std::unexpected(noted.error());
    return !noted->empty();
}

Result<std::optional<std::string>> OpenFeed::hash_at(SqlDatabase& database, std::uint64_t seq) const {
    const auto missing = database.run(
        "SELECT upto, hash FROM missing WHERE station = $1 AND epoch = $2 AND seq <= $3 ORDER BY seq DESC LIMIT 1",
        {id_.station, std::int64_t{id_.epoch}, signed_of(seq)});
    if (!missing) return std::unexpected(missing.error());
    if (!missing->empty()) {
        const auto upto = static_cast<std::uint64_t>(missing->integer(0, 0));
        if (upto > seq || array_of<ChainHash>(missing->text(0, 1)) == unknown_hash) return std::nullopt;
        if (upto == seq) return missing->text(0, 1);
    }
    for (const auto& [record, hash] : fresh_) {
        if (record.seq == seq) return std::string(hash.begin(), hash.end());
    }
    const auto row = database.run("SELECT hash FROM record WHERE station = $1 AND epoch = $2 AND seq = $3",
                                  {id_.station, std::int64_t{id_.epoch}, signed_of(seq)});
    if (!row) return std::unexpected(row.error());
    return row->empty() ? std::string() : row->text(0, 0);
}

}  // namespace yizhan::collector
