// The access log in SQLite: the worker's side. One connection, exclusive; nobody else opens the file.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "firmware/station/record.h"
#include "firmware/station/state.h"
#include "hal/error.h"

struct sqlite3;

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
};
LogRow to_row(const Record& record, std::uint32_t epoch, const StationConfig& names);

struct LogQuery {
    std::uint64_t after_seq = 0;
    std::optional<Wall> from;
    std::optional<Wall> to;
    std::string type;  // empty: any
    std::string door;
    std::size_t limit = 100;  // at most 500 rows a page
    bool newest_first = false;  // then after_seq is "before" if not 0
};

struct LogStart {
    std::uint32_t epoch = 0;  // names this database; another number after a replaced disk
    State state;  // the fold of all stored records
    std::uint64_t acknowledged = 0;  // newest record the centre has
    std::uint64_t first_seq = 0;  // oldest record still here; 0: none
};

class AccessLog {
 public:
    // Creates or migrates the database. `fresh_epoch` (not 0) names it if it is new. `vfs`: SQLite's name of the file
    // system, null for the real one. `names` is copied.
    static Result<std::unique_ptr<AccessLog>> open(const std::string& path, const StationConfig& names,
                                                   std::uint32_t fresh_epoch, const char* vfs = nullptr);
    ~AccessLog();

    // Once, before the first commit.
    Result<LogStart> restore();
    // All or nothing, and on disk when it returns. Records follow the stored ones without a hole. `snapshot`, where
    // given, is the state after the last of them: it bounds what restore() has to fold.
    Result<void> commit(std::span<const Record> records, const State* snapshot);
    Result<void> acknowledge(std::uint64_t upto);
    Result<std::vector<LogRow>> query(const LogQuery& query);
    std::uint32_t epoch() const { return epoch_; }

 private:
    AccessLog() = default;
    sqlite3* db_ = nullptr;
    std::uint32_t epoch_ = 0;
    StationConfig names_;
};

}  // namespace yizhan
