#include "firmware/storage/access_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "firmware/identity/hex.h"
#include "firmware/storage/database.h"
#include "firmware/storage/name_dictionary.h"
#include "firmware/storage/record_document.h"
#include "firmware/storage/record_row.h"
#include "firmware/storage/state_blob.h"
#include "hal/check.h"

namespace yizhan {

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
    if (auto prepared = prepare(*log->database_, file.fresh_epoch, names.id); !prepared) {
        // What SQLite has nothing against is a database of something else.
        const auto fault = log->fault() == DatabaseFault::none ? DatabaseFault::foreign : log->fault();
        return std::unexpected(LogFailure{prepared.error(), fault});
    }
    if (auto read = log->read_names(); !read) return std::unexpected(LogFailure{read.error(), log->fault()});
    return log;
}

Result<void> AccessLog::read_names() {
    if (auto loaded = words_->load(*database_); !loaded) return loaded;
    const auto epoch = database_->integer("SELECT epoch FROM meta");
    if (!epoch) return std::unexpected(epoch.error());
    epoch_ = static_cast<std::uint32_t>(*epoch);
    if (epoch_ == 0) return database_->damaged("it has no epoch");
    return {};
}

Result<LogStart> AccessLog::restore() {
    YZ_CHECK(!restored_);
    auto start = read_start();
    restored_ = start.has_value();
    return start;
}

Result<LogStart> AccessLog::read_start() {
    if (auto loaded = load_retention(); !loaded) return std::unexpected(loaded.error());
    auto meta = database_->prepare("SELECT acknowledged, replaces FROM meta");
    if (!meta) return std::unexpected(meta.error());
    if (const auto row = meta->step(); !row) return std::unexpected(row.error());
    LogStart start{.epoch = epoch_,
                   .acknowledged = static_cast<std::uint64_t>(meta->integer(0)),
                   .replaces_damaged = meta->integer(1) != 0};
    auto snapshot = newest_snapshot();
    if (!snapshot) return std::unexpected(snapshot.error());
    start.state = snapshot->value_or(State{});
    if (start.state.seq < beginning_.deleted) {
        // Neither snapshot can be read: nobody knows what was before.
        start.state = {.seq = beginning_.deleted, .running = true};
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
    const auto oldest = oldest_after(start.acknowledged);
    if (!oldest) return std::unexpected(oldest.error());
    oldest_unacknowledged_ = *oldest;
    last_seq_ = start.state.seq;
    acknowledged_ = start.acknowledged;
    if (acknowledged_ > last_seq_) return database_->damaged("the centre has records that it does not");
    return start;
}

// Newest first; one that cannot be read leaves it to the one before, and at last to the records alone.
Result<std::optional<State>> AccessLog::newest_snapshot() {
    auto rows = database_->prepare(
        "SELECT seq, state, hash FROM snapshot WHERE seq <= (SELECT max(deleted, coalesce((SELECT max(seq) FROM "
        "record), 0)) FROM meta) ORDER BY seq DESC");
    if (!rows) return std::unexpected(rows.error());
    while (true) {
        const auto row = rows->step();
        if (!row) return std::unexpected(row.error());
        if (!*row) return std::nullopt;
        const std::string blob = rows->text(1);
        Sha256Sum hash{};
        if (!read_bytes(*rows, 2, hash) || hash != sha256(std::as_bytes(std::span(blob)))) continue;
        auto state = state_from_blob(blob, names_);
        if (state && state->seq == static_cast<std::uint64_t>(rows->integer(0))) return state;
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
            if (auto kept = store_snapshot(*database_, *snapshot, names_); !kept) return kept;
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

Result<void> AccessLog::keep_state(const State& state) {
    YZ_CHECK(restored_ && state.seq == last_seq_);
    if (snapshot_seq_ == last_seq_) return {};
    auto transaction = Transaction::begin(*database_);
    if (!transaction) return std::unexpected(transaction.error());
    if (auto kept = store_snapshot(*database_, state, names_); !kept) return kept;
    if (auto done = transaction->commit(); !done) return done;
    settled_ = std::exchange(snapshot_seq_, state.seq);
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

// The one before is kept, in case this one cannot be read one day. One of later records is of records that are gone.
Result<void> AccessLog::store_snapshot(Database& database, const State& snapshot, const StationConfig& names) {
    auto insert = database.prepare("INSERT OR REPLACE INTO snapshot (seq, state, hash) VALUES (?, ?, ?)");
    if (!insert) return std::unexpected(insert.error());
    const auto seq = static_cast<std::int64_t>(snapshot.seq);
    const std::string blob = to_blob(snapshot, names);
    const Sha256Sum hash = sha256(std::as_bytes(std::span(blob)));
    insert->bind(1, seq);
    insert->bind(2, blob);
    insert->bind(3, std::span<const std::uint8_t>(hash));
    if (auto done = insert->run(); !done) return done;
    const bool told =
        std::ranges::any_of(snapshot.alarms, [](const Alarm& alarm) { return alarm.kind == AlarmKind::log_replaced; });
    if (told) {
        if (auto done = database.execute("UPDATE meta SET replaces = 0 WHERE replaces <> 0"); !done) return done;
    }
    return database.change(
        "DELETE FROM snapshot WHERE seq NOT IN (SELECT seq FROM snapshot WHERE seq <= ? ORDER BY seq DESC LIMIT 2)",
        {seq});
}

Result<void> AccessLog::acknowledge(std::uint64_t upto) {
    YZ_CHECK(restored_);
    YZ_CHECK(upto <= last_seq_);
    if (upto <= acknowledged_) return {};
    const auto oldest = oldest_after(upto);
    if (!oldest) return std::unexpected(oldest.error());
    const auto number = static_cast<std::int64_t>(upto);
    if (auto done = database_->change("UPDATE meta SET acknowledged = ?", {number}); !done) return done;
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
