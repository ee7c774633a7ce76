// Beginning an access log: the first one, and the one in place of a damaged one.
#include <fmt/format.h>

#include <utility>

#include "firmware/identity/hex.h"
#include "firmware/storage/access_log.h"
#include "firmware/storage/database.h"
#include "firmware/storage/migrations.h"
#include "firmware/storage/name_dictionary.h"
#include "firmware/storage/set_aside.h"
#include "hal/check.h"

namespace yizhan {
namespace {

// Before anything is read: then the WAL needs no shared memory, and a second stationd is turned away at once.
constexpr const char* before_reading = R"(
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA cell_size_check = ON;
)";

// FULL: what was reported as stored survives a power cut. Nothing is ever written to temporary files. The cache: KiB;
// records are added at the end and read in order, so that a larger one would only grow with the log, to 2 MB. What is
// deleted is overwritten: it may be somebody's credential.
constexpr const char* before_writing = R"(
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA temp_store = MEMORY;
PRAGMA cache_size = -256;
PRAGMA secure_delete = ON;
)";

}  // namespace

LogFile in_memory(const LogFile& file) {
    return {.path = ":memory:", .fresh_epoch = file.fresh_epoch == 1 ? 2 : file.fresh_epoch - 1};
}

Error kept_in_memory(const Error& why) { return {why.what, why.cure + "; then restart stationd"}; }

Result<void> AccessLog::prepare(Database& database, std::uint32_t fresh_epoch, const std::string& station) {
    if (auto set = database.execute(before_reading); !set) return set;
    // Going over to WAL already changes the file: not if it is not ours.
    if (const auto ours = version_of(database, log_migrations()); !ours) return std::unexpected(ours.error());
    if (auto set = database.execute(before_writing); !set) return set;
    auto transaction = Transaction::begin(database);
    if (!transaction) return std::unexpected(transaction.error());
    if (auto migrated = migrate(database, log_migrations()); !migrated) return migrated;
    // In the same transaction, so that no log is ever without its epoch.
    auto named =
        database.execute(fmt::format("INSERT INTO meta (one, epoch, acknowledged, deleted, deleted_hash) "
                                     "SELECT 1, {}, 0, 0, x'{}' WHERE NOT EXISTS (SELECT 1 FROM meta)",
                                     fresh_epoch, to_hex(chain_start(station, fresh_epoch))));
    if (!named) return named;
    return transaction->commit();
}

Result<void> AccessLog::begin_in(Database& database, const LogFile& file, const StationConfig& names,
                                 std::uint64_t last, State state, const SigningKey& key) {
    if (auto prepared = prepare(database, file.fresh_epoch, names.id); !prepared) return prepared;
    auto meta =
        database.prepare("UPDATE meta SET acknowledged = ?1, deleted = ?1, deleted_signature = ?2, replaces = 1");
    if (!meta) return std::unexpected(meta.error());
    const auto signature = sign_beginning(file.fresh_epoch, last, chain_start(names.id, file.fresh_epoch), key);
    meta->bind(1, static_cast<std::int64_t>(last));
    meta->bind(2, std::span<const std::uint8_t>(signature));
    if (auto done = meta->run(); !done) return done;
    state.seq = last;
    return store_snapshot(database, state, names);
}

// Under a third name until it is whole, so that no start takes half of one for a successor.
Result<void> AccessLog::begin_successor(const LogFile& file, const StationConfig& names, std::uint64_t last,
                                        const State& state, const SigningKey& key, Files& files) {
    const std::string unfinished = file.path + ".unfinished";
    // What an attempt has left that failed, or that a power cut has ended.
    for (const char* part : {"-wal", "-journal", ""}) {
        if (auto removed = files.remove(unfinished + part); !removed) return removed;
    }
    {
        auto database = Database::open(unfinished, file.vfs);
        if (!database) return std::unexpected(database.error());
        if (auto begun = begin_in(**database, file, names, last, state, key); !begun) return begun;
        // All of it into the one file that gets another name. Closing would do that too, and not tell if it failed.
        if (auto emptied = (*database)->execute("PRAGMA wal_checkpoint(TRUNCATE)"); !emptied) return emptied;
    }
    return files.rename(unfinished, successor_of(file.path));
}

// Where an attempt has come as far as putting it in place, only what it could not do is done again.
Result<void> AccessLog::replace(const LogFile& file, const State& state, Files& files) {
    if (!set_aside_) {
        if (auto begun = begin_successor(file, names_, last_seq_, state, key_, files); !begun) return begun;
        auto kept = put_in_place(file.path, "the database is damaged", files);
        if (!kept) return std::unexpected(kept.error());
        set_aside_ = *kept;
    }
    auto database = Database::open(file.path, file.vfs);
    if (!database) return std::unexpected(database.error());
    if (auto ready = prepare(**database, file.fresh_epoch, names_.id); !ready) return ready;
    database_ = std::move(*database);
    return {};
}

Result<LogReplacement> AccessLog::begin_anew(const LogFile& file, const State& state, Files& files, bool or_in_memory) {
    YZ_CHECK(restored_ && file.fresh_epoch != 0);
    database_.reset();  // before its files get another name: SQLite knows them by that
    LogReplacement replacement;
    auto replaced = replace(file, state, files);
    if (replaced) {
        replacement.set_aside = set_aside_;
    } else if (or_in_memory) {
        replacement.in_memory = kept_in_memory(replaced.error());
        const LogFile memory = in_memory(file);
        auto empty = Database::open(memory.path, memory.vfs);
        if (!empty) return std::unexpected(empty.error());
        replaced = begin_in(**empty, memory, names_, last_seq_, state, key_);
        database_ = std::move(*empty);
    }
    if (!replaced) return std::unexpected(replaced.error());
    // From the new one itself: what cannot be read back now could not be read at the next start either.
    const std::uint64_t last = last_seq_;
    if (auto read = read_names(); !read) return std::unexpected(read.error());
    const auto start = read_start();
    if (!start) return std::unexpected(start.error());
    if (std::exchange(last_seq_, last) != last) return database_->damaged("it is not the log that was begun");
    set_aside_.reset();
    return replacement;
}

}  // namespace yizhan
