#include "tools/collector/sql.h"

#include "tools/collector/postgresql.h"
#include "tools/collector/sqlite.h"

namespace yizhan::collector {

Result<std::unique_ptr<SqlDatabase>> open_sql(const std::string& where, SqlUse use) {
    constexpr std::string_view sqlite = "sqlite:";
    if (where.starts_with(sqlite)) return open_sqlite(where.substr(sqlite.size()));
    if (where.starts_with("postgresql://")) return open_postgresql(where, use);
    return failure("database \"" + without_secret(where) + "\": no such kind",
                   "say sqlite:/path/of/file or postgresql://user@host/database");
}

std::string without_secret(const std::string& where) {
    const auto at = where.find('@');
    const auto host = where.find("//");
    if (at == std::string::npos || host == std::string::npos || host > at) return where;
    const auto colon = where.find(':', host);
    return colon < at ? where.substr(0, colon) + where.substr(at) : where;
}

}  // namespace yizhan::collector
