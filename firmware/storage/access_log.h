// The access log in SQLite: the worker's side. One connection, exclusive; nobody else opens the file.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "firmware/station/record.h"
#include "firmware/station/state.h"
#include "firmware/storage/database.h"
#include "firmware/storage/record_chain.h"
#include "firmware/storage/retention.h"
#include "hal/error.h"
#include "hal/file.h"

namespace yizhan {

// A record as it is stored and as it leaves: names instead of positions, so that it keeps its meaning when the
// settings change, and no credential.
struct LogRow {
    std::uint64_t seq = 0;
    std::uint32_t epoch = 0;
    Stamp at;
    std::string type;
    std::string outcome;  // empty: none; likewise below
    std::string cause;
    std::string off_reason;
    std::string mode;
    std::string alarm;
    std::string door;
    std::string reader;
    std::string outlet;
    std::string input;
    std::string group;
    VisitId visit = 0;
    milliseconds lasts{0};
    std::int64_t value = 0;
    std::string actor;  // role; empty: the station itself
    std::uint32_t uid = 0;
    std::string commitment;  // to its credential (record_chain.h), as hex; set when it is stored
};
LogRow to_row(const Record& record, std::uint32_t epoch, const StationConfig& names);

struct LogQuery {
    std::uint64_t after_seq = 0;
    std::optional<Wall> from;
    std::optional<Wall> to;
    std::string type;  // empty: any
    std::string door;
    std::size_t limit = 100;  // at most AccessLog::page_limit
    bool newest_first = false;  // then after_seq is "before" if not 0
};

// Where the log begins: behind the newest record that was taken away.
struct LogBeginning {
    std::uint64_t deleted = 0;  // 0: none was
    ChainHash hash{};  // behind it
    Signature signature{};  // of the station, for both (record_chain.h)
    std::uint64_t first() const { return deleted + 1; }
};

struct LogStart {
    std::uint32_t epoch = 0;  // names this database; another number after a replaced disk
    State state;  // the fold of all stored records
    std::uint64_t acknowledged = 0;  // newest record the centre has
    std::uint64_t folded = 0;  // records that had to be read, because they are newer than the newest snapshot
    bool replaces_damaged = false;  // and no stored state has that alarm yet: raise it
};

// A part of the answer to a query.
struct LogPage {
    std::vector<LogRow> rows;
    std::optional<LogQuery> rest;  // what is still to be looked through for this page; none: that was all of it
};

class NameDictionary;
struct LogCheck;

// Why a log could not be opened, and what can be done about it.
struct LogFailure : Error {
    DatabaseFault fault = DatabaseFault::other;
};

struct LogFile {
    std::string path;
    std::uint32_t fresh_epoch = 0;  // names the log if it is new; not 0
    const char* vfs = nullptr;  // SQLite's name of the file system; null: the real one
};

// What became of a log that turned out to be damaged while it was in use.
struct LogReplacement {
    std::optional<Error> set_aside;  // where it is kept, and that a new one was begun
    std::optional<Error> in_memory;  // instead, if asked for, where that could not be done: why
};

// The log that is kept instead where the disk is of no use. Of another epoch than the file's, which may hold records by
// the time somebody can read it again.
LogFile in_memory(const LogFile& file);
Error kept_in_memory(const Error& why);  // for people: that it is, and what to do

// One thread at a time: the one that opened it until the first worker job, then the worker's jobs, and again the first
// one when the worker is gone. No error leaves it half done: whatever failed may be tried again.
class AccessLog {
 public:
    static constexpr std::size_t page_limit = 500;  // rows
    static constexpr std::uint64_t scan_limit = 20'000;  // records looked at by one page()

    // Creates or migrates the database. `names` is copied. `key` signs the checkpoints; `salts` is what the salts of
    // commitments are made from: 32 random bytes that nobody keeps.
    static std::expected<std::unique_ptr<AccessLog>, LogFailure> open(const LogFile& file, const StationConfig& names,
                                                                      const KeyBytes& key, const KeyBytes& salts);
    AccessLog(const AccessLog&) = delete;
    AccessLog& operator=(const AccessLog&) = delete;
    ~AccessLog();

    // Once, before the first commit.
    Result<LogStart> restore();
    // Where fault() is `damaged`: closes it, puts a new one of another epoch in its place, which begins with `state`,
    // and whose records go on with the next number, as if those before had been taken away. Fails where there is no
    // disk for it, unless `or_in_memory`; then there is nothing else to call but this again.
    Result<LogReplacement> begin_anew(const LogFile& file, const State& state, Files& files, bool or_in_memory);
    // Makes a log behind record `last`, with this state, as the successor of a damaged one (set_aside.h).
    static Result<void> begin_successor(const LogFile& file, const StationConfig& names, std::uint64_t last,
                                        const State& state, const SigningKey& key, Files& files);
    // All or nothing, and on disk when it returns. Records follow the stored ones without a hole. `snapshot`, where
    // given, is the state after the last of them: it bounds what restore() has to fold.
    Result<void> commit(std::span<const Record> records, const State* snapshot);
    // The same for a state after the newest stored record, where none has come for long.
    Result<void> keep_state(const State& state);
    // Cumulative, at most last_seq(). A smaller one than before changes nothing.
    Result<void> acknowledge(std::uint64_t upto);
    // A checkpoint at the newest record, on disk when it returns; nothing to do if there is one.
    Result<void> seal();
    // A bounded step of what `retention` asks for, with a record's age by `now`; nothing by age while its wall is not
    // trusted. None is taken away that a restart may read: a snapshot from time to time lets them grow old.
    Result<Tidied> tidy(const Retention& retention, Now now);
    // The next bounded stretch of it. What it finds wrong is its result; an error is of the disk.
    Result<LogCheck> verify(LogCheck check);
    // May look through the whole log. While the station runs, page() is for that.
    Result<std::vector<LogRow>> query(const LogQuery& query);
    // The same in steps of bounded work: ask on with `rest`, and put the rows behind each other.
    Result<LogPage> page(const LogQuery& query);

    DatabaseFault fault() const;  // of the newest error
    std::uint32_t epoch() const { return epoch_; }
    // Since restore().
    std::uint64_t last_seq() const { return last_seq_; }
    const LogBeginning& beginning() const { return beginning_; }
    std::uint64_t snapshot_seq() const { return snapshot_seq_; }  // 0: none
    std::uint64_t acknowledged() const { return acknowledged_; }
    std::optional<Wall> oldest_unacknowledged() const { return oldest_unacknowledged_; }  // stamp of that record
    const std::optional<Checkpoint>& checkpoint() const { return checkpoint_; }  // the newest
    const PublicKey& public_key() const { return key_.public_key(); }

 private:
    AccessLog(const StationConfig& names, const KeyBytes& key, const KeyBytes& salts);
    struct SeqRange;
    static Result<void> prepare(Database& database, std::uint32_t fresh_epoch, const std::string& station);
    static Result<void> begin_in(Database& database, const LogFile& file, const StationConfig& names,
                                 std::uint64_t last, State state, const SigningKey& key);
    Result<void> replace(const LogFile& file, const State& state, Files& files);
    Result<void> read_names();
    Result<LogStart> read_start();
    Salt next_salt();
    Result<void> load_chain();
    Result<void> load_retention();
    Result<std::uint64_t> aged(std::uint64_t after, std::chrono::days age, Wall now);
    Result<bool> is_over(const Retention& retention);
    Result<bool> erase_old(const Retention& retention, Now now);
    Result<void> erase(std::uint64_t after, std::uint64_t upto);
    Result<void> empty_wal();
    Result<Tidied> delete_old(const Retention& retention, Now now);
    Result<void> delete_upto(std::uint64_t upto);
    Result<void> look_how_old(bool any_went, Now now);
    Result<void> begin_check(LogCheck& check) const;
    Result<void> end_check(LogCheck& check);
    Result<void> insert(std::span<const Record> records);
    static Result<void> store_snapshot(Database& database, const State& snapshot, const StationConfig& names);
    Result<std::optional<State>> newest_snapshot();
    Result<std::optional<Wall>> oldest_after(std::uint64_t seq);
    Result<std::optional<SeqRange>> range_of(const LogQuery& query);

    std::unique_ptr<Database> database_;
    std::unique_ptr<NameDictionary> words_;
    StationConfig names_;
    std::uint32_t epoch_ = 0;
    bool restored_ = false;
    std::uint64_t last_seq_ = 0;
    std::uint64_t snapshot_seq_ = 0;
    std::uint64_t acknowledged_ = 0;
    std::optional<Wall> oldest_unacknowledged_;

    LogBeginning beginning_;
    Wall deleted_wall_;  // what was taken away is not newer; 1970: nothing was; Wall::max(): nobody knows
    std::optional<bool> shortened_;  // whether that is younger than it may be; none: no clock has told yet
    std::uint64_t erased_ = 0;  // up to here no record has a credential any more
    std::uint64_t settled_ = 0;  // up to here restore() reads nothing
    bool wal_has_erased_ = true;
    std::optional<Error> set_aside_;  // by begin_anew(), which could not open what it has put in its place

    SigningKey key_;
    KeyBytes salts_;
    std::uint64_t salts_made_ = 0;
    ChainHash newest_hash_{};
    std::optional<Checkpoint> checkpoint_;
};

}  // namespace yizhan
