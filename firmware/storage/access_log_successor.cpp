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

Result<void> AccessLog::prepare(Database& database, std::uint32_t fresh_epoch, const std::string& station,
                                std::uint64_t last) {
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
                                     "SELECT 1, {}, {}, {}, x'{}' WHERE NOT EXISTS (SELECT 1 FROM meta)",
                                     fresh_epoch, last, last, to_hex(chain_start(station, fresh_epoch))));
    if (!named) return named;
    return transaction->commit();
}

Result<void> AccessLog::begin_in(Database& database, const LogFile& file, const StationConfig& names,
                                 std::uint64_t last, State state) {
    if (auto prepared = prepare(database, file.fresh_epoch, names.id, last); !prepared) return prepared;
    state.seq = last;
    return store_snapshot(database, state, names);
}

// Under a third name until it is whole, so that no start takes half of one for a successor.
Result<void> AccessLog::begin_successor(const LogFile& file, const StationConfig& names, std::uint64_t last,
                                        const State& state, Files& files) {
    const std::string unfinished = file.path + ".unfinished";
    {
        auto database = Database::open(unfinished, file.vfs);
        if (!database) return std::unexpected(database.error());
        // What an attempt has left that failed, or that a power cut has ended. Mostly there is no such table.
        static_cast<void>(
            (*database)->execute("PRAGMA locking_mode = EXCLUSIVE; DELETE FROM meta; DELETE FROM snapshot"));
        if (auto begun = begin_in(**database, file, names, last, state); !begun) return begun;
    }
    return files.rename(unfinished, successor_of(file.path));
}

Result<void> AccessLog::use(const LogFile& file, const std::function<Result<void>(Database&)>& make_ready) {
    auto database = Database::open(file.path, file.vfs);
    if (!database) return std::unexpected(database.error());
    if (auto ready = make_ready(**database); !ready) return ready;
    database_ = std::move(*database);
    epoch_ = file.fresh_epoch;
    return {};
}

Result<LogReplacement> AccessLog::begin_anew(const LogFile& file, const State& state, Files& files, bool or_in_memory) {
    YZ_CHECK(restored_ && file.fresh_epoch != 0);
    database_.reset();  // before its files get another name: SQLite knows them by that
    words_ = std::make_unique<NameDictionary>();
    LogReplacement replacement;
    const auto replace = [&]() -> Result<void> {
        if (auto begun = begin_successor(file, names_, last_seq_, state, files); !begun) return begun;
        auto kept = put_in_place(file.path, "the database is damaged", files);
        if (!kept) return std::unexpected(kept.error());
        replacement.set_aside = *kept;
        return use(file, [&](Database& whole) { return prepare(whole, file.fresh_epoch, names_.id, last_seq_); });
    };
    auto replaced = replace();
    if (!replaced && or_in_memory) {
        replacement = {.set_aside = {}, .in_memory = kept_in_memory(replaced.error())};
        const LogFile memory = in_memory(file);
        replaced = use(memory, [&](Database& empty) { return begin_in(empty, memory, names_, last_seq_, state); });
    }
    if (!replaced) return std::unexpected(replaced.error());
    acknowledged_ = last_seq_;
    oldest_unacknowledged_.reset();
    snapshot_seq_ = last_seq_;
    settled_ = 0;
    beginning_ = {.deleted = last_seq_, .hash = chain_start(names_.id, epoch_)};
    deleted_wall_ = {};
    erased_ = last_seq_;
    newest_hash_ = beginning_.hash;
    checkpoint_.reset();
    wal_has_erased_ = true;
    return replacement;
}

}  // namespace yizhan
