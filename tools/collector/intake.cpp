#include "tools/collector/intake.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tools/collector/open_feed.h"

namespace yizhan::collector {
namespace {

Result<void> append_fresh(SqlDatabase& database, const std::vector<OpenFeed>& feeds) {
    std::vector<SqlValue> values;
    for (const OpenFeed& feed : feeds) {
        for (const auto& [record, hash] : feed.fresh()) {
            values.insert(values.end(),
                          {feed.id().station, std::int64_t{feed.id().epoch}, signed_of(record.seq), record.time,
                           record.type, record.visit, record.group, record.document, bytes_of(hash)});
        }
    }
    if (values.empty()) return {};
    return database.append("record", "station, epoch, seq, time, type, visit, grp, document, hash", 9, values);
}

// In the order of their feeds, in which they are locked: of two collectors one may wait for the other, and never both.
// Within a feed in the order of records.
std::map<FeedId, std::vector<FeedRecord>> by_feed(std::vector<FeedBatch> batches) {
    std::map<FeedId, std::vector<FeedRecord>> feeds;
    for (FeedBatch& batch : batches) {
        auto& records = feeds[std::move(batch.feed)];
        std::ranges::move(batch.records, std::back_inserter(records));
    }
    for (auto& [id, records] : feeds) std::ranges::stable_sort(records, {}, &FeedRecord::seq);
    return feeds;
}

Result<StoredBatches> finish(SqlDatabase& database, std::vector<OpenFeed> feeds) {
    StoredBatches stored;
    if (const auto appended = append_fresh(database, feeds); !appended) return std::unexpected(appended.error());
    for (OpenFeed& feed : feeds) {
        const auto forks = feed.compare_known(database);
        if (!forks) return std::unexpected(forks.error());
        const auto differs = feed.compare_checkpoint(database);
        if (!differs) return std::unexpected(differs.error());
        if (const auto saved = feed.save(database); !saved) return std::unexpected(saved.error());
        stored.flaws += *forks + *differs + (feed.replaces() ? 1 : 0);
        stored.records += feed.fresh().size();
        stored.repeated += feed.repeated();
        stored.feeds.push_back({.feed = feed.id(), .upto = feed.upto(), .gap = feed.gap()});
    }
    return stored;
}

Result<StoredBatches> store_feeds(SqlDatabase& database, std::map<FeedId, std::vector<FeedRecord>> records) {
    std::vector<OpenFeed> feeds;
    for (auto& [id, of_feed] : records) {
        auto feed = OpenFeed::lock(database, id);
        if (!feed) return std::unexpected(feed.error());
        for (FeedRecord& record : of_feed) feed->take(std::move(record));
        if (const auto kept = feed->keep_early(database); !kept) return std::unexpected(kept.error());
        if (const auto taken = feed->take_waiting(database); !taken) return std::unexpected(taken.error());
        feeds.push_back(std::move(*feed));
    }
    return finish(database, std::move(feeds));
}

// `leave_out` moves the feed on over records that will not come, and gives how many flaws that shows.
template <class LeaveOut>
Result<StoredBatches> skip(SqlDatabase& database, const FeedId& id, LeaveOut leave_out) {
    auto feed = OpenFeed::lock(database, id);
    if (!feed) return std::unexpected(feed.error());
    const Result<std::uint64_t> missing = leave_out(*feed);
    if (!missing) return std::unexpected(missing.error());
    if (const auto taken = feed->take_waiting(database); !taken) return std::unexpected(taken.error());
    std::vector<OpenFeed> feeds;
    feeds.push_back(std::move(*feed));
    auto stored = finish(database, std::move(feeds));
    if (stored) stored->flaws += *missing;
    return stored;
}

// What `work` does, or nothing of it.
template <class Work>
auto in_transaction(SqlDatabase& database, Work work) -> decltype(work()) {
    if (const auto begun = database.run(database.dialect().begin); !begun) return std::unexpected(begun.error());
    auto result = work();
    if (!result) return result;
    if (const auto committed = database.run("COMMIT"); !committed) return std::unexpected(committed.error());
    return result;
}

}  // namespace

Result<void> make_tables(SqlDatabase& database) {
    const SqlDialect& dialect = database.dialect();
    const std::string columns = "station TEXT NOT NULL, epoch BIGINT NOT NULL, seq BIGINT NOT NULL, ";
    const std::string record =
        "time BIGINT NOT NULL, type TEXT NOT NULL, visit TEXT NOT NULL, grp TEXT NOT NULL, "
        "document TEXT NOT NULL, ";
    std::vector<std::string> statements{
        fmt::format("CREATE TABLE IF NOT EXISTS station (id TEXT PRIMARY KEY, log_key {} NOT NULL)", dialect.bytes),
        // Every key that was trusted: what a station signed before it got a new one stays signed.
        fmt::format("CREATE TABLE IF NOT EXISTS station_key (station TEXT NOT NULL, key {} NOT NULL, PRIMARY KEY "
                    "(station, key))",
                    dialect.bytes),
        fmt::format("CREATE TABLE IF NOT EXISTS feed (station TEXT NOT NULL, epoch BIGINT NOT NULL, upto BIGINT NOT "
                    "NULL, hash {} NOT NULL, waits BIGINT NOT NULL, PRIMARY KEY (station, epoch))",
                    dialect.bytes),
        fmt::format("CREATE TABLE IF NOT EXISTS record ({}{}hash {} NOT NULL, PRIMARY KEY ({})){}", columns, record,
                    dialect.bytes, dialect.key_of_record, dialect.by_month),
        fmt::format("CREATE TABLE IF NOT EXISTS waiting ({}{}PRIMARY KEY (station, epoch, seq))", columns, record),
        // Of each feed the newest that was compared (1), and the newest whose record is still to come (0).
        fmt::format(
            "CREATE TABLE IF NOT EXISTS checkpoint ({}hash {} NOT NULL, key {} NOT NULL, signature {} NOT NULL, "
            "compared BIGINT NOT NULL, PRIMARY KEY (station, epoch, compared))",
            columns, dialect.bytes, dialect.bytes, dialect.bytes),
        // Where a feed goes on behind records that are nowhere any more: from `seq` to `upto`, and the hash there
        // (or unknown_hash).
        fmt::format(
            "CREATE TABLE IF NOT EXISTS missing ({}upto BIGINT NOT NULL, hash {} NOT NULL, PRIMARY KEY (station, "
            "epoch, seq))",
            columns, dialect.bytes),
        fmt::format("CREATE TABLE IF NOT EXISTS fork ({}hash {} NOT NULL, document TEXT NOT NULL, PRIMARY KEY "
                    "(station, epoch, seq, hash))",
                    columns, dialect.bytes),
        fmt::format("CREATE TABLE IF NOT EXISTS flaw ({}what TEXT NOT NULL, PRIMARY KEY (station, epoch, seq, what))",
                    columns)};
    if (dialect.by_month.find("PARTITION") != std::string_view::npos) {
        statements.push_back("CREATE TABLE IF NOT EXISTS record_other PARTITION OF record DEFAULT");
    } else {
        // While a report reads SQLite's file nothing can be stored: what it counts, without the documents. PostgreSQL
        // reads beside, months at a time; there this would cost a fifth of what is stored a second.
        statements.push_back(
            "CREATE INDEX IF NOT EXISTS record_entered ON record (time, station, grp, type) WHERE type = 'entered'");
    }
    for (const std::string& statement : statements) {
        if (const auto made = database.run(statement); !made) return std::unexpected(made.error());
    }
    return {};
}

Result<StoredBatches> store(SqlDatabase& database, std::vector<FeedBatch> batches, std::int64_t now) {
    for (const FeedBatch& batch : batches) {
        for (const FeedRecord& record : batch.records) {
            const auto room = database.make_room_for(record.time, now);
            if (!room) return std::unexpected(room.error());
        }
    }
    return in_transaction(database, [&] { return store_feeds(database, by_feed(std::move(batches))); });
}

Result<StoredBatches> go_on_at(SqlDatabase& database, const FeedId& feed, std::uint64_t first,
                               const ChainHash& before) {
    return in_transaction(database, [&] {
        return skip(database, feed, [&](OpenFeed& open) { return open.skip_to(database, first, before); });
    });
}

Result<StoredBatches> go_on_behind(SqlDatabase& database, const FeedId& feed, std::uint64_t upto,
                                   std::uint64_t behind) {
    return in_transaction(database, [&] {
        return skip(database, feed, [&](OpenFeed& open) {
            // Another collector may have got what was missing.
            return open.upto() == upto ? open.skip_hole(database, behind) : Result<std::uint64_t>(0);
        });
    });
}

namespace {

// The key the station signs with: the first one it was seen with. False: it is another one now.
Result<bool> is_its_key(SqlDatabase& database, const std::string& station, const PublicKey& key) {
    const auto made = database.run("INSERT INTO station (id, log_key) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                                   {station, bytes_of(key)});
    if (!made) return std::unexpected(made.error());
    const auto row = database.run("SELECT log_key FROM station WHERE id = $1", {station});
    if (!row) return std::unexpected(row.error());
    if (row->empty() || row->text(0, 0) != std::string(key.begin(), key.end())) return false;
    const auto kept = database.run("INSERT INTO station_key (station, key) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                                   {station, bytes_of(key)});
    if (!kept) return std::unexpected(kept.error());
    return true;
}

// Once for each feed: checkpoints come every minute. How many are new.
Result<std::uint64_t> note_flaw(SqlDatabase& database, const std::string& station, const Checkpoint& at, Flaw flaw) {
    const auto noted = database.run(
        "INSERT INTO flaw (station, epoch, seq, what) SELECT $1, $2, $3, $4 WHERE NOT EXISTS (SELECT 1 FROM flaw WHERE "
        "station = $1 AND epoch = $2 AND what = $4) ON CONFLICT DO NOTHING RETURNING seq",
        {station, std::int64_t{at.epoch}, signed_of(at.seq), name_of(flaw)});
    if (!noted) return std::unexpected(noted.error());
    return noted->size();
}

Result<void> keep_checkpoint(SqlDatabase& database, const std::string& station, const Checkpoint& checkpoint) {
    // One that is no newer than what was compared has nothing to add.
    const auto kept = database.run(
        "INSERT INTO checkpoint (station, epoch, seq, hash, key, signature, compared) SELECT $1, $2, $3, $4, $5, $6, 0 "
        "WHERE NOT EXISTS (SELECT 1 FROM checkpoint WHERE station = $1 AND epoch = $2 AND compared = 1 AND seq > $3) "
        "ON CONFLICT (station, epoch, compared) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, "
        "key = excluded.key, signature = excluded.signature WHERE checkpoint.seq < excluded.seq",
        {station, std::int64_t{checkpoint.epoch}, signed_of(checkpoint.seq), bytes_of(checkpoint.hash),
         bytes_of(checkpoint.key), bytes_of(checkpoint.signature)});
    if (!kept) return std::unexpected(kept.error());
    return {};
}

// In a transaction. How many flaws it shows that were not known.
Result<std::uint64_t> judge_checkpoint(SqlDatabase& database, const std::string& station,
                                       const Checkpoint& checkpoint) {
    if (!is_signed(checkpoint)) return note_flaw(database, station, checkpoint, Flaw::not_signed);
    const auto its_key = is_its_key(database, station, checkpoint.key);
    if (!its_key) return std::unexpected(its_key.error());
    if (!*its_key) return note_flaw(database, station, checkpoint, Flaw::key_changed);
    // First: whoever stores its records holds it, and changes its checkpoints then.
    auto feed = OpenFeed::lock(database, {station, checkpoint.epoch});
    if (!feed) return std::unexpected(feed.error());
    if (const auto kept = keep_checkpoint(database, station, checkpoint); !kept) return std::unexpected(kept.error());
    const auto differs = feed->compare_checkpoint(database);
    if (!differs) return differs;
    return *differs + (feed->replaces() ? 1 : 0);
}

}  // namespace

Result<std::uint64_t> prefix_of(SqlDatabase& database, const FeedId& feed) {
    const auto row = database.run("SELECT upto FROM feed WHERE station = $1 AND epoch = $2",
                                  {feed.station, std::int64_t{feed.epoch}});
    if (!row) return std::unexpected(row.error());
    return row->empty() ? 0 : static_cast<std::uint64_t>(row->integer(0, 0));
}

Result<std::map<std::string, std::uint64_t>> note_checkpoints(SqlDatabase& database,
                                                              const std::map<std::string, Checkpoint>& checkpoints) {
    using Flaws = std::map<std::string, std::uint64_t>;
    return in_transaction(database, [&]() -> Result<Flaws> {
        Flaws found;
        for (const auto& [station, checkpoint] : checkpoints) {  // in the order in which store() locks feeds
            const auto flaws = judge_checkpoint(database, station, checkpoint);
            if (!flaws) return std::unexpected(flaws.error());
            if (*flaws > 0) found.emplace(station, *flaws);
        }
        return found;
    });
}

Result<void> trust_anew(SqlDatabase& database, const std::string& station) {
    const auto cleared = database.run("DELETE FROM flaw WHERE station = $1 AND what = $2 RETURNING seq",
                                      {station, name_of(Flaw::key_changed)});
    if (!cleared) return std::unexpected(cleared.error());
    // Before it has, the next key would be the old one again.
    if (cleared->empty()) {
        return failure(fmt::format("station '{}' has signed nothing with another key", station),
                       "'station-collector flaws' names those that have: trust a new key once it is there");
    }
    const auto forgotten = database.run("DELETE FROM station WHERE id = $1", {station});
    if (!forgotten) return std::unexpected(forgotten.error());
    return {};
}

}  // namespace yizhan::collector
