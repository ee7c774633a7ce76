// Memory that must not wait for a disk.
#pragma once

#include "hal/error.h"

namespace yizhan {

// Brings the program's own code in and holds it, and holds of its libraries what has run once. Without this the kernel
// may drop code that has not run for a while, and fetch it from the disk when a door is to open, or when the disk has
// just died and that is to be said. To be called first thing: it counts against LimitMEMLOCK= as much as is mapped.
// What is allocated later is not held: forbid swapping it.
Result<void> hold_in_memory();

}  // namespace yizhan
