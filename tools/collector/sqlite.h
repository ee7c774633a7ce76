#pragma once

#include <memory>
#include <string>

#include "tools/collector/sql.h"

namespace yizhan::collector {

// Waits at most 5 s for somebody else who writes (a report, another collector on this machine).
Result<std::unique_ptr<SqlDatabase>> open_sqlite(const std::string& path);

}  // namespace yizhan::collector
