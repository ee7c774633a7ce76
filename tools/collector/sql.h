// What the collector needs of a database, in the SQL that SQLite and PostgreSQL share. Two implementations: sqlite.h
// and postgresql.h.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "hal/error.h"

namespace yizhan::collector {

using Bytes = std::span<const std::uint8_t>;
// What a statement is given: views, which outlive the call.
using SqlValue = std::variant<std::monostate, std::int64_t, std::string_view, Bytes>;
// What it gives back: text and bytes both as a string.
using SqlCell = std::variant<std::monostate, std::int64_t, std::string>;

// As the schema is written for.
struct SqlDialect {
    std::string_view begin;  // a transaction that will write
    std::string_view bytes;  // the type of a column of bytes
    std::string_view for_update;  // behind a SELECT: nobody else changes these rows before the end of the transaction
    std::string_view key_of_record;  // the columns
    std::string_view by_month;  // behind CREATE TABLE record (…)
};

class SqlRows {
 public:
    explicit SqlRows(std::size_t columns) : columns_(columns) {}
    void add(SqlCell cell) { cells_.push_back(std::move(cell)); }
    std::size_t size() const { return columns_ == 0 ? 0 : cells_.size() / columns_; }
    bool empty() const { return cells_.empty(); }
    // Another type reads as 0 or empty.
    std::int64_t integer(std::size_t row, std::size_t column) const {
        const auto* value = std::get_if<std::int64_t>(&cells_[row * columns_ + column]);
        return value != nullptr ? *value : 0;
    }
    const std::string& text(std::size_t row, std::size_t column) const {
        static const std::string nothing;
        const auto* value = std::get_if<std::string>(&cells_[row * columns_ + column]);
        return value != nullptr ? *value : nothing;
    }

 private:
    std::size_t columns_;
    std::vector<SqlCell> cells_;
};

// One connection, one thread. Calls wait for the database, for as long as its implementation says at most. After an
// error the connection is to be given up: whatever was begun is undone.
class SqlDatabase {
 public:
    virtual ~SqlDatabase() = default;
    virtual const SqlDialect& dialect() const = 0;
    // Parameters are $1, $2 …. Statements are prepared once: few, and constant.
    virtual Result<SqlRows> run(std::string_view sql, std::span<const SqlValue> parameters) = 0;
    // Many rows, one after the other in `values`, into `table (columns)`, which has none of them.
    virtual Result<void> append(std::string_view table, std::string_view columns, std::size_t count_of_columns,
                                std::span<const SqlValue> values) = 0;
    // Records of this wall time will be appended, now or soon (both Unix, ms). Outside of a transaction.
    virtual Result<void> make_room_for(std::int64_t time, std::int64_t now) = 0;

    Result<SqlRows> run(std::string_view sql, std::initializer_list<SqlValue> parameters = {}) {
        return run(sql, std::span(parameters.begin(), parameters.size()));
    }
};

// Who collects gives up on a statement that hangs. Who looks at what is there waits, however much it is.
enum class SqlUse : std::uint8_t { collect, look };
// "sqlite:/path" or "postgresql://…".
Result<std::unique_ptr<SqlDatabase>> open_sql(const std::string& where, SqlUse use = SqlUse::collect);
// As it may stand in a journal: without a password.
std::string without_secret(const std::string& where);

}  // namespace yizhan::collector
