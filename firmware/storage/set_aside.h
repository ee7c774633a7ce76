// Putting a damaged access log out of the way, and kept for inspection.
#pragma once

#include <string>

#include "hal/error.h"
#include "hal/file.h"

namespace yizhan {

// Renames the closed log, with its -wal, to "<path>.damaged-<n>": what was done and what is to be done about it. At
// most nine are kept: nobody looks after this station, and more of them would fill its disk.
Result<Error> set_aside(const std::string& path, const Error& damage, Files& files);

}  // namespace yizhan
