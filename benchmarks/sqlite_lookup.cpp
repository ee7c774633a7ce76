#include <sqlite3.h>

#include "benchmarks/alternatives.h"
#include "hal/check.h"

namespace yizhan::benchmarks {
namespace {

void run(sqlite3* database, const char* sql) {
    YZ_CHECK(sqlite3_exec(database, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
}

}  // namespace

SqliteLookup::SqliteLookup(const std::string& path, std::span<const MemberRow> rows) {
    YZ_CHECK(sqlite3_open(path.c_str(), &database_) == SQLITE_OK);
    run(database_,
        "CREATE TABLE member (digest BLOB PRIMARY KEY, valid_from INT, valid_to INT, groups INT, flags INT)"
        " WITHOUT ROWID");
    run(database_, "BEGIN");
    sqlite3_stmt* insert = nullptr;
    YZ_CHECK(sqlite3_prepare_v2(database_, "INSERT INTO member VALUES (?, ?, ?, ?, ?)", -1, &insert, nullptr) ==
             SQLITE_OK);
    for (const auto& row : rows) {
        sqlite3_bind_blob(insert, 1, row.digest.data(), static_cast<int>(row.digest.size()), SQLITE_STATIC);
        sqlite3_bind_int(insert, 2, row.validity.from);
        sqlite3_bind_int(insert, 3, row.validity.to);
        sqlite3_bind_int64(insert, 4, static_cast<sqlite3_int64>(row.groups));
        sqlite3_bind_int(insert, 5, row.flags);
        YZ_CHECK(sqlite3_step(insert) == SQLITE_DONE);
        sqlite3_reset(insert);
    }
    sqlite3_finalize(insert);
    run(database_, "COMMIT");
    YZ_CHECK(sqlite3_prepare_v2(database_, "SELECT valid_from, valid_to, groups, flags FROM member WHERE digest = ?",
                                -1, &query_, nullptr) == SQLITE_OK);
}

SqliteLookup::~SqliteLookup() {
    sqlite3_finalize(query_);
    sqlite3_close(database_);
}

bool SqliteLookup::find(const Digest& digest, Member& out) {
    sqlite3_bind_blob(query_, 1, digest.data(), static_cast<int>(digest.size()), SQLITE_STATIC);
    const int step = sqlite3_step(query_);
    YZ_CHECK(step == SQLITE_ROW || step == SQLITE_DONE);
    if (step == SQLITE_ROW) {
        out.validity.from = static_cast<Day>(sqlite3_column_int(query_, 0));
        out.validity.to = static_cast<Day>(sqlite3_column_int(query_, 1));
        out.groups = static_cast<GroupMask>(sqlite3_column_int64(query_, 2));
        out.flags = static_cast<std::uint16_t>(sqlite3_column_int(query_, 3));
    }
    sqlite3_reset(query_);
    return step == SQLITE_ROW;
}

}  // namespace yizhan::benchmarks
