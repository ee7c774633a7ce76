#include "tools/collector/sqlite.h"

#include <algorithm>
#include <utility>

#include "firmware/storage/database.h"

namespace yizhan::collector {
namespace {

template <class... Cases>
struct Overloaded : Cases... {
    using Cases::operator()...;
};

// What storage advises is for a station.
std::unexpected<Error> at_the_centre(Error error) {
    error.cure =
        "check the file's folder, owner and mode, the room on its disk, and its health with sqlite3 FILE 'PRAGMA "
        "integrity_check'. Stations keep what is not acknowledged, and send it again";
    return std::unexpected(std::move(error));
}

class Sqlite final : public SqlDatabase {
 public:
    explicit Sqlite(std::unique_ptr<Database> database) : database_(std::move(database)) {}

    const SqlDialect& dialect() const override {
        static constexpr SqlDialect sqlite{.begin = "BEGIN IMMEDIATE",
                                           .bytes = "BLOB",
                                           .for_update = "",
                                           .key_of_record = "station, epoch, seq",
                                           .by_month = " WITHOUT ROWID"};
        return sqlite;
    }

    Result<SqlRows> run(std::string_view sql, std::span<const SqlValue> parameters) override {
        // With "?" SQLite goes by the number, with "$" by the order in which they come.
        std::string numbered(sql);
        std::ranges::replace(numbered, '$', '?');
        auto statement = database_->prepare(numbered);
        if (!statement) return at_the_centre(statement.error());
        bind(*statement, parameters);
        SqlRows rows(statement->columns());
        for (;;) {
            const auto more = statement->step();
            if (!more) return at_the_centre(more.error());
            if (!*more) return rows;
            for (int column = 0; column < static_cast<int>(statement->columns()); ++column) {
                rows.add(cell(*statement, column));
            }
        }
    }

    Result<void> append(std::string_view table, std::string_view columns, std::size_t count_of_columns,
                        std::span<const SqlValue> values) override {
        std::string sql = "INSERT INTO " + std::string(table) + " (" + std::string(columns) + ") VALUES (";
        for (std::size_t i = 1; i <= count_of_columns; ++i) sql += (i > 1 ? ", $" : "$") + std::to_string(i);
        auto statement = database_->prepare(sql + ")");
        if (!statement) return at_the_centre(statement.error());
        for (; !values.empty(); values = values.subspan(count_of_columns)) {
            bind(*statement, values.first(count_of_columns));
            if (const auto done = statement->run(); !done) return at_the_centre(done.error());
        }
        return {};
    }

    Result<void> make_room_for(std::int64_t, std::int64_t) override { return {}; }

 private:
    static void bind(Statement& statement, std::span<const SqlValue> values) {
        int parameter = 0;
        for (const SqlValue& value : values) {
            ++parameter;
            std::visit(Overloaded{[&](std::monostate) { statement.bind_null(parameter); },
                                  [&](auto what) { statement.bind(parameter, what); }},
                       value);
        }
    }
    static SqlCell cell(const Statement& statement, int column) {
        switch (statement.kind(column)) {
            case Statement::Kind::null:
                return std::monostate{};
            case Statement::Kind::integer:
                return statement.integer(column);
            case Statement::Kind::text:
                return statement.text(column);
            case Statement::Kind::blob:
                break;
        }
        const auto blob = statement.blob(column);
        return std::string(blob.begin(), blob.end());
    }

    std::unique_ptr<Database> database_;
};

}  // namespace

Result<std::unique_ptr<SqlDatabase>> open_sqlite(const std::string& path) {
    auto database = Database::open(path, nullptr);
    if (!database) return at_the_centre(database.error());
    // What is acknowledged is on the disk, whatever happens to the power. No WAL: reports and other collectors have the
    // same file open, and up to SQLite 3.51.2 a WAL with a second connection may lose commits.
    const auto ready = (*database)->execute(
        "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL; PRAGMA cache_size = "
        "-65536;");
    if (!ready) return at_the_centre(ready.error());
    return std::make_unique<Sqlite>(std::move(*database));
}

}  // namespace yizhan::collector
