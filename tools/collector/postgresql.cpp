#include "tools/collector/postgresql.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <array>
#include <charconv>
#include <chrono>
#include <limits>
#include <map>
#include <set>

namespace yizhan::collector {
namespace {

// Of pg_type.h, fixed for ever.
constexpr Oid type_bytea = 17;
constexpr Oid type_int8 = 20;
constexpr Oid type_int4 = 23;

struct ResultDeleter {
    void operator()(PGresult* result) const { PQclear(result); }
};
using ResultOwner = std::unique_ptr<PGresult, ResultDeleter>;
struct ConnectionDeleter {
    void operator()(PGconn* connection) const { PQfinish(connection); }
};
using ConnectionOwner = std::unique_ptr<PGconn, ConnectionDeleter>;

std::unexpected<Error> error_of(PGconn* connection) {
    std::string what = PQerrorMessage(connection);
    what.erase(what.find_last_not_of('\n') + 1);
    return failure("PostgreSQL: " + what, "check that the server runs, and the address and rights in the settings");
}

// COPY's text form: what would be taken for a delimiter or an escape is escaped.
void append_text(std::string& out, std::string_view text) {
    for (const char c : text) {
        switch (c) {
            case '\\':
                out += "\\\\";
                break;
            case '\t':
                out += "\\t";
                break;
            case '\n':
                out += "\\n";
                break;
            case '\r':
                out += "\\r";
                break;
            default:
                out += c;
        }
    }
}

void append_copied(std::string& out, const SqlValue& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
        std::array<char, 24> digits;
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), *number).ptr;
        out.append(digits.data(), end);
    } else if (const auto* text = std::get_if<std::string_view>(&value)) {
        append_text(out, *text);
    } else if (const auto* bytes = std::get_if<Bytes>(&value)) {
        constexpr std::string_view hex = "0123456789abcdef";
        out += "\\\\x";
        for (const std::uint8_t byte : *bytes) {
            out += hex[byte >> 4];
            out += hex[byte & 15];
        }
    } else {
        out += "\\N";
    }
}

SqlCell cell(const PGresult* result, int row, int column) {
    if (PQgetisnull(result, row, column) != 0) return std::monostate{};
    const std::string_view text(PQgetvalue(result, row, column),
                                static_cast<std::size_t>(PQgetlength(result, row, column)));
    const Oid type = PQftype(result, column);
    if (type == type_int8 || type == type_int4) {
        std::int64_t number = 0;
        std::from_chars(text.data(), text.data() + text.size(), number);
        return number;
    }
    if (type != type_bytea) return std::string(text);
    std::size_t size = 0;
    auto* bytes = PQunescapeBytea(reinterpret_cast<const unsigned char*>(text.data()), &size);
    std::string out(reinterpret_cast<const char*>(bytes), size);
    PQfreemem(bytes);
    return out;
}

class PostgreSql final : public SqlDatabase {
 public:
    explicit PostgreSql(ConnectionOwner connection) : connection_(std::move(connection)) {}

    const SqlDialect& dialect() const override {
        // What parts a table must be in its key.
        static constexpr SqlDialect postgresql{.begin = "BEGIN",
                                               .bytes = "BYTEA",
                                               .for_update = " FOR UPDATE",
                                               .key_of_record = "station, epoch, seq, time",
                                               .by_month = " PARTITION BY RANGE (time)"};
        return postgresql;
    }

    Result<SqlRows> run(std::string_view sql, std::span<const SqlValue> parameters) override {
        std::vector<std::string> numbers(parameters.size());
        std::vector<const char*> values(parameters.size(), nullptr);
        std::vector<int> lengths(parameters.size(), 0);
        std::vector<int> formats(parameters.size(), 0);
        std::vector<std::string> texts(parameters.size());
        for (std::size_t i = 0; i < parameters.size(); ++i) {
            if (const auto* number = std::get_if<std::int64_t>(&parameters[i])) {
                texts[i] = std::to_string(*number);
            } else if (const auto* text = std::get_if<std::string_view>(&parameters[i])) {
                texts[i] = *text;
            } else if (const auto* bytes = std::get_if<Bytes>(&parameters[i])) {
                texts[i].assign(bytes->begin(), bytes->end());
                formats[i] = 1;
            } else {
                continue;
            }
            values[i] = texts[i].data();
            lengths[i] = static_cast<int>(texts[i].size());
        }
        const auto name = prepared(sql);
        if (!name) return std::unexpected(name.error());
        const ResultOwner result(PQexecPrepared(connection_.get(), name->c_str(), static_cast<int>(parameters.size()),
                                                values.data(), lengths.data(), formats.data(), 0));
        return rows_of(result.get());
    }

    Result<void> append(std::string_view table, std::string_view columns, std::size_t count_of_columns,
                        std::span<const SqlValue> values) override {
        const ResultOwner begun(
            PQexec(connection_.get(), fmt::format("COPY {} ({}) FROM STDIN", table, columns).c_str()));
        if (PQresultStatus(begun.get()) != PGRES_COPY_IN) return error_of(connection_.get());
        std::string chunk;
        constexpr std::size_t chunk_size = 64 * 1024;
        for (std::size_t i = 0; i < values.size(); ++i) {
            append_copied(chunk, values[i]);
            chunk += (i + 1) % count_of_columns == 0 ? '\n' : '\t';
            if (chunk.size() < chunk_size && i + 1 < values.size()) continue;
            if (PQputCopyData(connection_.get(), chunk.data(), static_cast<int>(chunk.size())) != 1) {
                return error_of(connection_.get());
            }
            chunk.clear();
        }
        if (PQputCopyEnd(connection_.get(), nullptr) != 1) return error_of(connection_.get());
        const ResultOwner ended(PQgetResult(connection_.get()));
        const ResultOwner nothing(PQgetResult(connection_.get()));
        if (PQresultStatus(ended.get()) != PGRES_COMMAND_OK) return error_of(connection_.get());
        return {};
    }

    // This month and two more are there before their first record comes: to make one takes a lock that a dump of the
    // database keeps from us, while all others wait for us.
    Result<void> make_room_for(std::int64_t time, std::int64_t now) override {
        using namespace std::chrono;
        const year_month present = month_of(now);
        for (int ahead = 0; ahead <= 2; ++ahead) {
            if (const auto made = make_month(present + months{ahead}, now); !made) return made;
        }
        // By clocks that are not set: to the default partition, instead of one for each.
        constexpr std::int64_t a_day = 86'400'000;
        if (time < now - 730 * a_day || time > now + 31 * a_day) return {};
        return make_month(month_of(time), now);
    }

    Result<void> execute(const std::string& sql) {
        const ResultOwner result(PQexec(connection_.get(), sql.c_str()));
        const auto status = PQresultStatus(result.get());
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) return error_of(connection_.get());
        return {};
    }

 private:
    static std::chrono::year_month month_of(std::int64_t ms) {
        using namespace std::chrono;
        const year_month_day day(floor<days>(sys_time<milliseconds>(milliseconds{ms})));
        return day.year() / day.month();
    }

    // Or not, for an hour, if somebody holds the lock: records go to the default partition then. A month of which some
    // are there stays there.
    Result<void> make_month(std::chrono::year_month which, std::int64_t now) {
        using namespace std::chrono;
        if (now < try_again_at_ || months_.contains(which)) return {};
        const auto begin_of = [](year_month month) {
            return duration_cast<milliseconds>(sys_days(month / day{1}).time_since_epoch()).count();
        };
        // The advisory lock: two collectors that come to a new month at once. The limit: less than PostgreSQL waits
        // until it looks for a deadlock, so that it is us who give way.
        const auto sql = fmt::format(
            "BEGIN; SET LOCAL lock_timeout = 500; SELECT pg_advisory_xact_lock(7253001); "
            "CREATE TABLE IF NOT EXISTS record_{}_{:02} PARTITION OF record FOR VALUES FROM ({}) TO ({}); COMMIT",
            static_cast<int>(which.year()), static_cast<unsigned>(which.month()), begin_of(which),
            begin_of(which + months{1}));
        const ResultOwner result(PQexec(connection_.get(), sql.c_str()));
        if (PQresultStatus(result.get()) == PGRES_COMMAND_OK) {
            months_.insert(which);
            return {};
        }
        const auto* state = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
        const std::string_view why = state != nullptr ? state : "";
        constexpr std::string_view lock_not_available = "55P03";
        constexpr std::string_view check_violation = "23514";
        if (why != lock_not_available && why != check_violation) return error_of(connection_.get());
        if (why == check_violation) months_.insert(which);
        if (why == lock_not_available) try_again_at_ = now + 3'600'000;
        return execute("ROLLBACK");
    }

    // Statements without parameters and results (BEGIN, CREATE …) are prepared as well: one way for all.
    Result<std::string> prepared(std::string_view sql) {
        const auto found = statements_.find(sql);
        if (found != statements_.end()) return found->second;
        std::string name = fmt::format("s{}", statements_.size());
        const ResultOwner result(PQprepare(connection_.get(), name.c_str(), std::string(sql).c_str(), 0, nullptr));
        if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) return error_of(connection_.get());
        statements_.emplace(sql, name);
        return name;
    }
    Result<SqlRows> rows_of(const PGresult* result) {
        const auto status = PQresultStatus(result);
        if (status == PGRES_COMMAND_OK) return SqlRows(0);
        if (status != PGRES_TUPLES_OK) return error_of(connection_.get());
        const int columns = PQnfields(result);
        SqlRows rows(static_cast<std::size_t>(columns));
        for (int row = 0; row < PQntuples(result); ++row) {
            for (int column = 0; column < columns; ++column) rows.add(cell(result, row, column));
        }
        return rows;
    }

    ConnectionOwner connection_;
    std::map<std::string, std::string, std::less<>> statements_;  // SQL -> name
    std::set<std::chrono::year_month> months_;
    std::int64_t try_again_at_ = std::numeric_limits<std::int64_t>::min();
};

}  // namespace

Result<std::unique_ptr<SqlDatabase>> open_postgresql(const std::string& address, SqlUse use) {
    // The last ones count: what is in the address comes first, and goes over these.
    const std::array keys{"dbname",           "connect_timeout",  "options",
                          "tcp_user_timeout", "application_name", static_cast<const char*>(nullptr)};
    const auto options = fmt::format("-c statement_timeout={} -c client_min_messages=warning -c client_encoding=UTF8",
                                     use == SqlUse::collect ? 30'000 : 0);
    const std::array values{
        address.c_str(), "5", options.c_str(), "30000", "station-collector", static_cast<const char*>(nullptr)};
    ConnectionOwner connection(PQconnectdbParams(keys.data(), values.data(), 1));
    if (PQstatus(connection.get()) != CONNECTION_OK) return error_of(connection.get());
    const auto* encoding = PQparameterStatus(connection.get(), "server_encoding");
    if (encoding == nullptr || std::string_view(encoding) != "UTF8") {
        return failure("PostgreSQL: the database is not in UTF-8, in which stations write",
                       "make another one: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0");
    }
    auto database = std::make_unique<PostgreSql>(std::move(connection));
    const auto durable = database->run("SHOW synchronous_commit", {});
    if (!durable) return std::unexpected(durable.error());
    if (durable->empty() || durable->text(0, 0) == "off") {
        return failure("PostgreSQL: synchronous_commit is off: a commit is not yet on the disk",
                       "ALTER DATABASE … SET synchronous_commit = on");
    }
    return database;
}

}  // namespace yizhan::collector
