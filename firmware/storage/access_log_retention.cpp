// What becomes of old records: their credentials are erased, and some day they are taken away.
#include <algorithm>

#include "firmware/storage/access_log.h"
#include "firmware/storage/database.h"
#include "firmware/storage/record_row.h"
#include "hal/check.h"

namespace yizhan {
namespace {

// Records looked at by one tidy(), and as many at most are changed: some tens of milliseconds, for which a commit
// waits.
constexpr std::uint64_t tidy_step = 500;
// Where no clock was right for so long, their age is known by what comes behind them.
constexpr std::int64_t untrusted_scan = 20'000;

// A clock that is set right by a little makes nothing younger than it must be.
constexpr std::chrono::days slack{1};

std::int64_t number(std::uint64_t seq) { return static_cast<std::int64_t>(seq); }

}  // namespace

Result<void> AccessLog::load_retention() {
    auto meta = database_->prepare("SELECT deleted, deleted_hash, deleted_wall, erased, deleted_signature FROM meta");
    if (!meta) return std::unexpected(meta.error());
    if (const auto row = meta->step(); !row) return std::unexpected(row.error());
    beginning_.deleted = static_cast<std::uint64_t>(meta->integer(0));
    static_cast<void>(read_bytes(*meta, 1, beginning_.hash));
    deleted_wall_ = Wall(milliseconds(meta->integer(2)));
    erased_ = static_cast<std::uint64_t>(meta->integer(3));
    static_cast<void>(read_bytes(*meta, 4, beginning_.signature));
    // Of the two snapshots the newer one may turn out to be unreadable.
    const auto older = database_->integer("SELECT CASE WHEN count(*) > 1 THEN min(seq) ELSE 0 END FROM snapshot");
    if (!older) return std::unexpected(older.error());
    settled_ = static_cast<std::uint64_t>(*older);
    return {};
}

// The last of the next records behind `after` that are at least so old. Only trusted stamps tell an age, and none that
// is still to come; what comes before one that is old is old as well.
Result<std::uint64_t> AccessLog::aged(std::uint64_t after, std::chrono::days age, Wall now) {
    auto rows = database_->prepare("SELECT seq, wall, trusted FROM record WHERE seq > ? ORDER BY seq LIMIT ?");
    if (!rows) return std::unexpected(rows.error());
    rows->bind(1, number(after));
    rows->bind(2, static_cast<std::int64_t>(tidy_step));
    std::uint64_t upto = after;
    std::uint64_t seen = after;
    bool any_trusted = false;
    while (true) {
        const auto row = rows->step();
        if (!row) return std::unexpected(row.error());
        if (!*row) break;
        seen = static_cast<std::uint64_t>(rows->integer(0));
        const Wall made(milliseconds(rows->integer(1)));
        if (rows->integer(2) == 0 || made > now) continue;
        any_trusted = true;
        if (made > now - age) return upto;
        upto = seen;
    }
    if (any_trusted || seen == after) return upto;
    auto next = database_->prepare(
        "SELECT wall FROM record WHERE seq > ? AND seq <= ? AND trusted AND wall <= ? ORDER BY seq LIMIT 1");
    if (!next) return std::unexpected(next.error());
    next->bind(1, number(seen));
    next->bind(2, number(seen) + untrusted_scan);
    next->bind(3, now.time_since_epoch().count());
    const auto row = next->step();
    if (!row) return std::unexpected(row.error());
    return *row && Wall(milliseconds(next->integer(0))) <= now - age ? seen : after;
}

Result<bool> AccessLog::is_over(const Retention& retention) {
    if (last_seq_ - beginning_.deleted > retention.most_records) return true;
    const auto bytes = database_->integer(
        "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, "
        "pragma_page_size");
    if (!bytes) return std::unexpected(bytes.error());
    return static_cast<std::uint64_t>(*bytes) > retention.most_bytes;
}

Result<Tidied> AccessLog::tidy(const Retention& retention, Now now) {
    YZ_CHECK(restored_);
    // Where a page cannot be read any more that one needs, the other may go on.
    const auto erased = erase_old(retention, now);
    auto tidied = delete_old(retention, now);
    if (!tidied) return tidied;
    if (!erased) return std::unexpected(erased.error());
    if (auto emptied = empty_wal(); !emptied) return std::unexpected(emptied.error());
    tidied->more |= *erased;
    return tidied;
}

// What was overwritten in the database is still in the -wal, behind what is written into it next. A power cut before
// this leaves it until the next start.
Result<void> AccessLog::empty_wal() {
    if (!wal_has_erased_) return {};
    if (auto emptied = database_->execute("PRAGMA wal_checkpoint(TRUNCATE)"); !emptied) return emptied;
    wal_has_erased_ = false;
    return {};
}

Result<bool> AccessLog::erase_old(const Retention& retention, Now now) {
    if (!now.wall_trusted) return false;
    const std::uint64_t from = std::max(erased_, beginning_.deleted);
    const auto old = aged(from, retention.identifiable, now.wall);
    if (!old) return std::unexpected(old.error());
    // What a restart reads it needs whole: who is inside leaves by their card.
    const std::uint64_t upto = std::min(*old, snapshot_seq_);
    if (upto <= from) return false;
    if (auto erased = erase(from, upto); !erased) return std::unexpected(erased.error());
    return upto >= from + tidy_step;
}

// With zeros of the same length: then SQLite writes over them where they are, and moves no row whose bytes it would
// leave behind.
Result<void> AccessLog::erase(std::uint64_t after, std::uint64_t upto) {
    auto transaction = Transaction::begin(*database_);
    if (!transaction) return std::unexpected(transaction.error());
    if (auto done = database_->change("UPDATE record SET digest = zeroblob(length(digest)), salt = "
                                      "zeroblob(length(salt)) WHERE seq > ? AND seq <= "
                                      "? AND digest IS NOT NULL",
                                      {number(after), number(upto)});
        !done) {
        return done;
    }
    // Who was inside then is in a snapshot as well. Without the older one a newest that cannot be read would leave it
    // to the records, which nobody can be told from any more.
    const bool older_goes = settled_ > 0 && settled_ <= upto;
    if (older_goes) {
        if (auto done = database_->change("DELETE FROM snapshot WHERE seq <= ?", {number(settled_)}); !done)
            return done;
    }
    if (auto done = database_->change("UPDATE meta SET erased = ?", {number(upto)}); !done) return done;
    wal_has_erased_ = true;
    if (auto done = transaction->commit(); !done) return done;
    erased_ = upto;
    if (older_goes) settled_ = 0;
    return {};
}

Result<Tidied> AccessLog::delete_old(const Retention& retention, Now now) {
    const auto over = is_over(retention);
    if (!over) return std::unexpected(over.error());
    const std::uint64_t before = beginning_.deleted;
    std::uint64_t wanted = before;
    if (now.wall_trusted) {
        const auto old = aged(before, retention.keep, now.wall);
        if (!old) return std::unexpected(old.error());
        wanted = *old;
    }
    if (*over) {
        const auto fitting = last_seq_ - std::min(last_seq_, retention.most_records);
        // Over its bytes, with few enough records: nobody knows how many have to go.
        wanted = std::max(wanted, fitting > before ? std::min(fitting, before + tidy_step) : before + tidy_step);
    }
    const std::uint64_t delivered = retention.only_delivered ? acknowledged_ : last_seq_;
    const std::uint64_t upto = std::min({wanted, settled_, delivered});
    if (upto > before) {
        if (auto gone = delete_upto(upto); !gone) return std::unexpected(gone.error());
    }
    if (auto looked = look_how_old(upto > before, now); !looked) return std::unexpected(looked.error());
    Tidied tidied{.more = upto >= before + tidy_step, .fault = std::nullopt};
    if (shortened_) tidied.fault = *shortened_ ? RetentionFault::shortened : RetentionFault::none;
    if (*over && delivered < wanted && delivered <= settled_) tidied.fault = RetentionFault::undelivered;
    return tidied;
}

Result<void> AccessLog::look_how_old(bool any_went, Now now) {
    if (!now.wall_trusted) {
        // Only its size takes anything away without a clock: it may have been of yesterday. Else it is as it was.
        if (any_went || deleted_wall_ == Wall::max()) shortened_ = true;
        return {};
    }
    // It is not from the future, whatever it says: from now on it gets older.
    if (deleted_wall_ > now.wall) {
        auto done = database_->change("UPDATE meta SET deleted_wall = ?", {now.wall.time_since_epoch().count()});
        if (!done) return done;
        deleted_wall_ = now.wall;
    }
    shortened_ = deleted_wall_ > now.wall - Retention::least + slack;
    return {};
}

Result<void> AccessLog::delete_upto(std::uint64_t upto) {
    // What has no trusted stamp is not newer than what comes behind it and has one.
    auto newest = database_->prepare(
        "SELECT (SELECT hash FROM record WHERE seq = ?1), "
        "max(coalesce((SELECT wall FROM record WHERE seq >= ?1 AND seq <= ?3 AND trusted ORDER BY seq LIMIT 1), ?4), "
        "coalesce((SELECT max(wall) FROM record WHERE seq > ?2 AND seq <= ?1 AND trusted), 0))");
    if (!newest) return std::unexpected(newest.error());
    newest->bind(1, number(upto));
    newest->bind(2, number(beginning_.deleted));
    newest->bind(3, number(upto) + untrusted_scan);
    newest->bind(4, Wall::max().time_since_epoch().count());
    if (const auto row = newest->step(); !row) return std::unexpected(row.error());
    LogBeginning next{.deleted = upto};
    static_cast<void>(read_bytes(*newest, 0, next.hash));
    const Wall wall = std::max(deleted_wall_, Wall(milliseconds(newest->integer(1))));

    auto transaction = Transaction::begin(*database_);
    if (!transaction) return std::unexpected(transaction.error());
    // The newest checkpoint says how far the log goes, wherever it begins.
    for (const char* sql : {"DELETE FROM record WHERE seq <= ?",
                            "DELETE FROM checkpoint WHERE seq <= ? AND seq < (SELECT max(seq) FROM checkpoint)"}) {
        if (auto done = database_->change(sql, {number(upto)}); !done) return done;
    }
    auto meta =
        database_->prepare("UPDATE meta SET deleted = ?, deleted_hash = ?, deleted_wall = ?, deleted_signature = ?");
    if (!meta) return std::unexpected(meta.error());
    meta->bind(1, number(upto));
    meta->bind(2, std::span<const std::uint8_t>(next.hash));
    meta->bind(3, wall.time_since_epoch().count());
    next.signature = sign_beginning(epoch_, upto, next.hash, key_);
    meta->bind(4, std::span<const std::uint8_t>(next.signature));
    if (auto done = meta->run(); !done) return done;
    wal_has_erased_ = true;
    if (auto done = transaction->commit(); !done) return done;
    beginning_ = next;
    deleted_wall_ = wall;
    return {};
}

}  // namespace yizhan
