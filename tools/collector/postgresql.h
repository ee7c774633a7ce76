#pragma once

#include <memory>
#include <string>

#include "tools/collector/sql.h"

namespace yizhan::collector {

// `address` as libpq has it: postgresql://user@host/database?…; the password best in a passfile. A connection is made
// within 5 s or not at all; a collector's statement that takes longer than 30 s fails, and so does a peer that is gone
// for as long.
Result<std::unique_ptr<SqlDatabase>> open_postgresql(const std::string& address, SqlUse use = SqlUse::collect);

}  // namespace yizhan::collector
