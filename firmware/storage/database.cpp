#include "firmware/storage/database.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <utility>

#include "hal/check.h"

namespace yizhan {
namespace {

struct PlainWords {
    const char* what;
    const char* cure;
    DatabaseFault fault = DatabaseFault::other;
};

PlainWords plain_words(int code) {
    switch (code & 0xFF) {
        case SQLITE_FULL:
            return {"no room left on the disk", "free space on the file system that holds it", DatabaseFault::disk};
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_AUTH:
            return {"cannot be written",
                    "check owner and mode of the file and its folder, and whether the file system is mounted "
                    "read-only (a failing card or disk often is)",
                    DatabaseFault::disk};
        case SQLITE_CORRUPT:
            return {"the database is damaged",
                    "stop stationd, move the file and its -wal away together and keep them for inspection, then start "
                    "again: a new log with a new epoch is made",
                    DatabaseFault::damaged};
        case SQLITE_NOTADB:
            return {"this is no access log, or its start is damaged",
                    "check the path in the settings; if it is right, stop stationd, move the file and its -wal away "
                    "together and start again: a new log with a new epoch is made",
                    DatabaseFault::damaged};
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_PROTOCOL:
            return {"in use by another program",
                    "is stationd already running? Nobody else may open this file while it runs: ask stationctl "
                    "instead"};
        case SQLITE_CANTOPEN:
            return {"cannot be opened",
                    "check that the folder exists, that stationd may write to it and that the disk is not full",
                    DatabaseFault::disk};
        case SQLITE_IOERR:
            return {"the disk failed to read or write", "look for disk errors with journalctl -k; replace the disk",
                    DatabaseFault::disk};
        case SQLITE_NOMEM:
            return {"out of memory", "look for what else uses the memory of this machine"};
        default:
            // Our own SQL on tables that it has made: what does not fit is what is in the file.
            return {"SQLite refused", "", DatabaseFault::damaged};
    }
}

std::unexpected<Error> database_error(const std::string& path, int code) {
    const PlainWords words = plain_words(code);
    return failure(fmt::format("{}: {} (SQLite: {}, code {})", path, words.what, sqlite3_errstr(code), code),
                   words.cure);
}

}  // namespace

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_), statement_(std::exchange(other.statement_, nullptr)), starved_(other.starved_) {}

Statement::~Statement() {
    if (statement_ != nullptr) database_->give_back(statement_);
}

// Too little memory is the one thing that can fail here, and the next step tells it.
void Statement::note(int code) const {
    YZ_CHECK(code == SQLITE_OK || code == SQLITE_NOMEM);
    if (code != SQLITE_OK) starved_ = true;
}

void Statement::bind(int parameter, std::int64_t value) { note(sqlite3_bind_int64(statement_, parameter, value)); }

void Statement::bind(int parameter, std::string_view text) {
    note(sqlite3_bind_text64(statement_, parameter, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
}

void Statement::bind(int parameter, std::span<const std::uint8_t> blob) {
    note(sqlite3_bind_blob64(statement_, parameter, blob.data(), blob.size(), SQLITE_TRANSIENT));
}

void Statement::bind_null(int parameter) { note(sqlite3_bind_null(statement_, parameter)); }

Result<bool> Statement::step() {
    const int code = std::exchange(starved_, false) ? SQLITE_NOMEM : sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    sqlite3_reset(statement_);  // gives the same code again
    if (code == SQLITE_DONE) return false;
    return database_->error(code);
}

Result<void> Statement::run() {
    const auto row = step();
    if (!row) return std::unexpected(row.error());
    if (*row) sqlite3_reset(statement_);
    return {};
}

std::size_t Statement::columns() const { return static_cast<std::size_t>(sqlite3_column_count(statement_)); }

Statement::Kind Statement::kind(int column) const {
    switch (sqlite3_column_type(statement_, column)) {
        case SQLITE_NULL:
            return Kind::null;
        case SQLITE_INTEGER:
            return Kind::integer;
        case SQLITE_BLOB:
            return Kind::blob;
        default:
            return Kind::text;
    }
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string Statement::text(int column) const {
    const auto* bytes = sqlite3_column_text(statement_, column);
    if (bytes == nullptr) {
        if (!is_null(column)) starved_ = true;
        return {};
    }
    return {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::span<const std::uint8_t> Statement::blob(int column) const {
    const auto* bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_, column));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
    if (bytes == nullptr) {
        if (size > 0) starved_ = true;
        return {};
    }
    return {bytes, size};
}

Result<std::unique_ptr<Database>> Database::open(const std::string& path, const char* vfs) {
    std::unique_ptr<Database> database(new Database);
    database->path_ = path;
    // NOMUTEX: one thread at a time is the contract.
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    const int code = sqlite3_open_v2(path.c_str(), &database->handle_, flags, vfs);
    if (code != SQLITE_OK) return database_error(path, code);
    sqlite3_db_config(database->handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(database->handle_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    return database;
}

Database::~Database() {
    for (sqlite3_stmt* statement : idle_) sqlite3_finalize(statement);
    YZ_CHECK(sqlite3_close(handle_) == SQLITE_OK);
}

Result<void> Database::execute(const std::string& sql) {
    const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return error(code);
    return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
    const auto known = std::ranges::find_if(idle_, [sql](sqlite3_stmt* s) { return sqlite3_sql(s) == sql; });
    if (known != idle_.end()) {
        sqlite3_stmt* statement = *known;
        idle_.erase(known);
        return Statement(*this, statement);
    }
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v2(handle_, sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
    if (code != SQLITE_OK) return error(code);
    return Statement(*this, statement);
}

Result<void> Database::change(std::string_view sql, std::initializer_list<std::int64_t> values) {
    auto statement = prepare(sql);
    if (!statement) return std::unexpected(statement.error());
    int parameter = 0;
    for (const std::int64_t value : values) statement->bind(++parameter, value);
    return statement->run();
}

void Database::give_back(sqlite3_stmt* statement) {
    sqlite3_reset(statement);  // its code was reported by step()
    sqlite3_clear_bindings(statement);
    if (idle_.size() == most_idle) {
        sqlite3_finalize(idle_.front());
        idle_.erase(idle_.begin());
    }
    idle_.push_back(statement);
}

Result<std::int64_t> Database::integer(std::string_view sql) {
    auto statement = prepare(sql);
    if (!statement) return std::unexpected(statement.error());
    const auto row = statement->step();
    if (!row) return std::unexpected(row.error());
    return *row ? statement->integer(0) : 0;
}

bool Database::in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }

std::unexpected<Error> Database::error(int code) {
    note(plain_words(code).fault);
    if (plain_words(code).cure[0] != '\0') return database_error(path_, code);
    // Our own SQL or schema: SQLite's message names tables and columns, never a value.
    return failure(fmt::format("{}: {} (code {})", path_, sqlite3_errmsg(handle_), code),
                   "this database does not fit this program: report it with both versions");
}

std::unexpected<Error> Database::damaged(std::string_view what) {
    note(DatabaseFault::damaged);
    return failure(fmt::format("{}: {}", path_, what), plain_words(SQLITE_CORRUPT).cure);
}

void Database::note(DatabaseFault fault) {
    if (fault_ == DatabaseFault::damaged) return;
    fault_ = fault;
    // What is damaged is left as it is, its -wal too, which closing would write into it and delete.
    if (fault_ == DatabaseFault::damaged) sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

Result<Transaction> Transaction::begin(Database& database) {
    auto begun = database.execute("BEGIN IMMEDIATE");
    if (!begun) return std::unexpected(begun.error());
    return Transaction(database);
}

Transaction::~Transaction() {
    // SQLite has already rolled back by itself after some errors.
    if (database_ == nullptr || !database_->in_transaction()) return;
    // Cannot be helped if it fails: then the next BEGIN says so.
    static_cast<void>(database_->execute("ROLLBACK"));
}

Result<void> Transaction::commit() { return database_->execute("COMMIT"); }

}  // namespace yizhan
