// Memory that must not wait for a disk.
#pragma once

#include "hal/error.h"

namespace yizhan {

// Brings in and holds what this process has mapped until now: its code and its libraries. Without it the kernel may
// drop code that has not run for a while, and fetches it from the disk when a door is to open. To be called first
// thing: it costs as much address space of LimitMEMLOCK= as there is. What is allocated later is not held: forbid
// swapping it.
Result<void> hold_in_memory();

}  // namespace yizhan
