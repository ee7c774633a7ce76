// Putting a new access log in the place of a damaged one, which is kept for inspection.
#pragma once

#include <string>

#include "hal/error.h"
#include "hal/file.h"

namespace yizhan {

// The new log waits under this name, whole and closed, until the damaged one is out of the way. Where a start finds it,
// it was on its way: finish it with put_in_place().
std::string successor_of(const std::string& path);

// Renames the closed log, with its -wal, to "<path>.damaged-<n>", and its successor to `path`. Whatever stops it, the
// power or the disk, it may be called again. `why`: of the message that it gives, which says what was done and what is
// to be done about it. At most nine are kept: nobody looks after this station, and more of them would fill its disk.
Result<Error> put_in_place(const std::string& path, const std::string& why, Files& files);

// The same message where an earlier start has done it.
Error replaced_before(const std::string& path);

}  // namespace yizhan
