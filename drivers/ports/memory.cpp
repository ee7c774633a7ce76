#include "drivers/ports/memory.h"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace yizhan {

Result<void> hold_in_memory() {
    if (mlockall(MCL_CURRENT) == 0) return {};
    return failure(std::string("a stalled disk can keep doors waiting, for the program cannot be held in memory: ") +
                       std::strerror(errno),
                   "start it by its unit, or raise LimitMEMLOCK=");
}

}  // namespace yizhan
