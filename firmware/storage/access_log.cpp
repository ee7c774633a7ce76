#include "firmware/storage/access_log.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "firmware/identity/hex.h"
#include "firmware/storage/database.h"
#include "firmware/storage/migrations.h"
#include "firmware/storage/name_dictionary.h"
#include "firmware/storage/record_document.h"
#include "firmware/storage/record_row.h"
#include "firmware/storage/set_aside.h"
#include "firmware/storage/state_blob.h"
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

// `last`: a new one begins behind this record.
Result<void> prepare_database(Database& database, std::uint32_t fresh_epoch, const std::string& station,
                              std::uint64_t last = 0) {
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

}  // namespace

AccessLog::AccessLog(const StationConfig& names, const KeyBytes& key, const KeyBytes& salts)
    : words_(std::make_unique<NameDictionary>()), names_(names), key_(key), salts_(salts) {}
AccessLog::~AccessLog() = default;

DatabaseFault AccessLog::fault() const { return database_->fault(); }

std::expected<std::unique_ptr<AccessLog>, LogFailure> AccessLog::open(const LogFile& file, const StationConfig& names,
                                                                      const KeyBytes& key, const KeyBytes& salts) {
    YZ_CHECK(file.fresh_epoch != 0);
    YZ_CHECK(names.doors.size() <= max_doors && names.readers.size() <= max_readers);
    YZ_CHECK(names.outlets.size() <= max_outlets && names.inputs.size() <= max_inputs);
    auto database = Database::open(file.path, file.vfs);
    if (!database) return std::unexpected(LogFailure{database.error(), DatabaseFault::disk});
    std::unique_ptr<AccessLog> log(new AccessLog(names, key, salts));
    log->database_ = std::move(*database);
    if (auto prepared = prepare_database(*log->database_, file.fresh_epoch, names.id); !prepared) {
        return std::unexpected(LogFailure{prepared.error(), log->fault()});
    }
    if (auto loaded = log->words_->load(*log->database_); !loaded) {
        return std::unexpected(LogFailure{loaded.error(), log->fault()});
    }
    const auto epoch = log->database_->integer("SELECT epoch FROM meta");
    if (!epoch) return std::unexpected(LogFailure{epoch.error(), log->fault()});
    log->epoch_ = static_cast<std::uint32_t>(*epoch);
    return log;
}

Result<LogStart> AccessLog::restore() {
    YZ_CHECK(!restored_);
    const auto acknowledged = database_->integer("SELECT acknowledged FROM meta");
    if (!acknowledged) return std::unexpected(acknowledged.error());
    auto snapshot = newest_snapshot();
    if (!snapshot) return std::unexpected(snapshot.error());

    LogStart start{.epoch = epoch_,
                   .state = snapshot->value_or(State{}),
                   .acknowledged = static_cast<std::uint64_t>(*acknowledged),
                   .folded = 0};
    if (const auto known = database_->integer("SELECT deleted FROM meta"); !known) {
        return std::unexpected(known.error());
    } else if (start.state.seq < static_cast<std::uint64_t>(*known)) {
        // Begun in place of a damaged one, and nothing was recorded since. Nobody knows how that one ended.
        start.state.seq = static_cast<std::uint64_t>(*known);
        start.state.running = true;
    }
    snapshot_seq_ = snapshot->has_value() ? start.state.seq : 0;
    auto rows = database_->prepare("SELECT " + record_columns() + " FROM record WHERE seq > ? ORDER BY seq");
    if (!rows) return std::unexpected(rows.error());
    rows->bind(1, static_cast<std::int64_t>(start.state.seq));
    while (true) {
        const auto row = rows->step();
        if (!row) return std::unexpected(row.error());
        if (!*row) break;
        apply(start.state, to_record(read_row(*rows, epoch_, *words_), read_secrets(*rows).credential, names_));
        ++start.folded;
    }
    if (auto loaded = load_chain(); !loaded) return std::unexpected(loaded.error());
    if (auto loaded = load_retention(); !loaded) return std::unexpected(loaded.error());
    const auto oldest = oldest_after(start.acknowledged);
    if (!oldest) return std::unexpected(oldest.error());
    oldest_unacknowledged_ = *oldest;
    last_seq_ = start.state.seq;
    acknowledged_ = start.acknowledged;
    restored_ = true;
    return start;
}

Result<void> AccessLog::begin_behind(const LogFile& file, std::uint64_t last) {
    auto database = Database::open(file.path, file.vfs);
    if (!database) return std::unexpected(database.error());
    if (auto prepared = prepare_database(**database, file.fresh_epoch, names_.id, last); !prepared) return prepared;
    database_ = std::move(*database);
    epoch_ = file.fresh_epoch;
    return {};
}

Result<LogReplacement> AccessLog::begin_anew(const LogFile& file, Files& files, bool or_in_memory) {
    YZ_CHECK(restored_ && file.fresh_epoch != 0);
    database_.reset();  // before its files get another name: SQLite knows them by that
    words_ = std::make_unique<NameDictionary>();
    LogReplacement replacement;
    Result<void> begun;
    if (!set_aside_) {
        if (auto kept = set_aside(file.path, {file.path + ": the database is damaged", {}}, files)) {
            set_aside_ = *kept;
        } else {
            begun = std::unexpected(kept.error());
        }
    }
    if (begun) begun = begin_behind(file, last_seq_);
    if (begun) {
        replacement.set_aside = std::exchange(set_aside_, std::nullopt);
    } else if (or_in_memory) {
        replacement.in_memory = Error{begun.error().what, begun.error().cure + "; then restart stationd"};
        begun = begin_behind({.path = ":memory:", .fresh_epoch = file.fresh_epoch}, last_seq_);
    }
    if (!begun) return std::unexpected(begun.error());
    acknowledged_ = last_seq_;
    oldest_unacknowledged_.reset();
    snapshot_seq_ = 0;
    newest_hash_ = chain_start(names_.id, epoch_);
    checkpoint_.reset();
    if (auto loaded = load_retention(); !loaded) return std::unexpected(loaded.error());
    return replacement;
}

// Newest first; one that cannot be read leaves it to the one before, and at last to the records alone.
Result<std::optional<State>> AccessLog::newest_snapshot() {
    auto rows =
        database_->prepare("SELECT state FROM snapshot WHERE seq <= (SELECT max(seq) FROM record) ORDER BY seq DESC");
    if (!rows) return std::unexpected(rows.error());
    while (true) {
        const auto row = rows->step();
        if (!row) return std::unexpected(row.error());
        if (!*row) return std::nullopt;
        if (auto state = state_from_blob(rows->text(0), names_)) return state;
    }
}

Result<void> AccessLog::commit(std::span<const Record> records, const State* snapshot) {
    YZ_CHECK(restored_);
    YZ_CHECK(!records.empty());
    YZ_CHECK(snapshot == nullptr || snapshot->seq == records.back().seq);
    const auto known_words = words_->size();
    const ChainHash hash_before = newest_hash_;
    auto stored = [&]() -> Result<void> {
        auto transaction = Transaction::begin(*database_);
        if (!transaction) return std::unexpected(transaction.error());
        if (auto inserted = insert(records); !inserted) return inserted;
        if (snapshot != nullptr) {
            if (auto kept = store_snapshot(*snapshot); !kept) return kept;
        }
        return transaction->commit();
    }();
    if (!stored) {
        words_->shrink(known_words);
        newest_hash_ = hash_before;
        return stored;
    }
    last_seq_ = records.back().seq;
    if (!oldest_unacknowledged_) oldest_unacknowledged_ = records.front().at.wall;
    if (snapshot == nullptr) return {};
    settled_ = std::exchange(snapshot_seq_, snapshot->seq);
    return {};
}

Result<void> AccessLog::insert(std::span<const Record> records) {
    std::string marks = "?";
    for (int i = 1; i < record_column_count; ++i) marks += ",?";
    auto insert = database_->prepare("INSERT INTO record (" + record_columns() + ") VALUES (" + marks + ")");
    if (!insert) return std::unexpected(insert.error());
    std::uint64_t expected = last_seq_ + 1;
    for (const auto& record : records) {
        YZ_CHECK(record.seq == expected++);
        LogRow row = to_row(record, epoch_, names_);
        StoredSecrets secrets{.credential = record.credential};
        if (secrets.credential) {
            secrets.salt = next_salt();
            row.commitment = to_hex(commitment_of(secrets.salt, secrets.credential));
        }
        newest_hash_ = chain_next(newest_hash_, record_document(row));
        if (auto bound = bind_row(*insert, row, secrets, newest_hash_, *database_, *words_); !bound) return bound;
        if (auto done = insert->run(); !done) return done;
    }
    return {};
}

// The one before is kept, in case this one cannot be read one day.
Result<void> AccessLog::store_snapshot(const State& snapshot) {
    auto insert = database_->prepare("INSERT INTO snapshot (seq, state) VALUES (?, ?)");
    if (!insert) return std::unexpected(insert.error());
    insert->bind(1, static_cast<std::int64_t>(snapshot.seq));
    insert->bind(2, to_blob(snapshot, names_));
    if (auto done = insert->run(); !done) return done;
    return database_->execute(
        "DELETE FROM snapshot WHERE seq NOT IN (SELECT seq FROM snapshot ORDER BY seq DESC LIMIT 2)");
}

Result<void> AccessLog::acknowledge(std::uint64_t upto) {
    YZ_CHECK(restored_);
    YZ_CHECK(upto <= last_seq_);
    if (upto <= acknowledged_) return {};
    const auto oldest = oldest_after(upto);
    if (!oldest) return std::unexpected(oldest.error());
    auto update = database_->prepare("UPDATE meta SET acknowledged = ?");
    if (!update) return std::unexpected(update.error());
    update->bind(1, static_cast<std::int64_t>(upto));
    if (auto done = update->run(); !done) return done;
    acknowledged_ = upto;
    oldest_unacknowledged_ = *oldest;
    return {};
}

Result<std::optional<Wall>> AccessLog::oldest_after(std::uint64_t seq) {
    auto rows = database_->prepare("SELECT wall FROM record WHERE seq > ? ORDER BY seq LIMIT 1");
    if (!rows) return std::unexpected(rows.error());
    rows->bind(1, static_cast<std::int64_t>(seq));
    const auto row = rows->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return std::nullopt;
    return Wall(milliseconds(rows->integer(0)));
}

}  // namespace yizhan
