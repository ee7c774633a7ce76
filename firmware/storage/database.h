// SQLite with errors as values: what the access log needs of it, and the only place that includes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hal/error.h"

struct sqlite3;
struct sqlite3_stmt;

namespace yizhan {

class Database;

// What can be done about an error. `other`: nothing but what its cure says.
enum class DatabaseFault : std::uint8_t {
    none,
    damaged,  // what is in the file is no database, no whole one, or not what this program put there
    disk,  // it cannot be read or written now
    foreign,  // another program's, or a newer version's: nothing for this program to touch
    other,
};

// A prepared statement. Columns count from 0, parameters from 1. Must not outlive its database.
class Statement {
 public:
    Statement(Statement&& other) noexcept;
    Statement& operator=(Statement&&) = delete;
    ~Statement();

    void bind(int parameter, std::int64_t value);
    void bind(int parameter, std::string_view text);
    void bind(int parameter, std::span<const std::uint8_t> blob);
    void bind_null(int parameter);

    // True: there is a row to read; false: done, and the statement can be bound and run again. What was bound or read
    // before without enough memory is told here.
    Result<bool> step();
    // For statements that give no rows.
    Result<void> run();

    // Of the row step() has found. What a column holds is not trusted: another type reads as 0 or empty.
    enum class Kind : std::uint8_t { null, integer, text, blob };
    std::size_t columns() const;
    Kind kind(int column) const;
    bool is_null(int column) const { return kind(column) == Kind::null; }
    std::int64_t integer(int column) const;
    std::string text(int column) const;
    std::span<const std::uint8_t> blob(int column) const;  // valid until the next step

 private:
    friend class Database;
    Statement(Database& database, sqlite3_stmt* statement) : database_(&database), statement_(statement) {}

    void note(int code) const;

    Database* database_;
    sqlite3_stmt* statement_;
    mutable bool starved_ = false;  // a value could not be given or taken for want of memory
};

// One connection to one file, for one thread at a time. Every error names the file and a cure.
class Database {
 public:
    // `vfs` as for sqlite3_open_v2.
    // Nothing is read yet: fails where there is no file and none can be made.
    static Result<std::unique_ptr<Database>> open(const std::string& path, const char* vfs);
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;
    ~Database();

    const std::string& path() const { return path_; }
    Result<void> execute(const std::string& sql);  // any number of statements; rows are dropped
    // One statement that gives no rows, with these for its parameters.
    Result<void> change(std::string_view sql, std::initializer_list<std::int64_t> values);
    // One that was prepared before and has died since is used again: preparing costs more than running.
    Result<Statement> prepare(std::string_view sql);
    Result<std::int64_t> integer(std::string_view sql);  // first column of the first row; 0 where there is none
    bool in_transaction() const;
    std::unexpected<Error> error(int code);
    std::unexpected<Error> damaged(std::string_view what);  // where SQLite cannot know it
    // Of the newest error; what is damaged stays so.
    DatabaseFault fault() const { return fault_; }

 private:
    friend class Statement;
    static constexpr std::size_t most_idle = 16;
    Database() = default;
    void give_back(sqlite3_stmt* statement);
    void note(DatabaseFault fault);

    sqlite3* handle_ = nullptr;
    std::string path_;
    DatabaseFault fault_ = DatabaseFault::none;
    std::vector<sqlite3_stmt*> idle_;  // the one that was used last at the end
};

// All or nothing: undone when it dies uncommitted.
class Transaction {
 public:
    static Result<Transaction> begin(Database& database);
    Transaction(Transaction&& other) noexcept : database_(other.database_) { other.database_ = nullptr; }
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();
    Result<void> commit();

 private:
    explicit Transaction(Database& database) : database_(&database) {}
    Database* database_;
};

}  // namespace yizhan
