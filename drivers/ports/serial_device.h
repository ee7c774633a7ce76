// What every port over a serial line does alike, whoever speaks there.
#pragma once

#include <string>

#include "hal/error.h"

namespace yizhan {

// "/dev/…" of "serial:/dev/…".
Result<std::string> serial_device(const std::string& port);

// Nobody else can read along from now on: it is locked for programs that ask (also those of root), and exclusive for
// those that do not. False: somebody else has it, or errno says what; nothing was changed then.
bool take_serial_line(int fd);
// Before it is closed, where it was taken: a line that stays in use elsewhere (a pseudo-terminal) stays exclusive after
// us.
void leave_serial_line(int fd);

}  // namespace yizhan
