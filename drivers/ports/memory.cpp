#include "drivers/ports/memory.h"

#include <link.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace yizhan {
namespace {

// The first object of the list is the program itself: its answer ends the walk.
int hold_program(dl_phdr_info* object, std::size_t, void*) {
    for (int i = 0; i < object->dlpi_phnum; ++i) {
        const auto& segment = object->dlpi_phdr[i];
        if (segment.p_type != PT_LOAD) continue;
        if (mlock(reinterpret_cast<const void*>(object->dlpi_addr + segment.p_vaddr), segment.p_memsz) != 0)
            return errno;
    }
    return -1;
}

}  // namespace

Result<void> hold_in_memory() {
    int trouble = mlockall(MCL_CURRENT | MCL_ONFAULT) == 0 ? 0 : errno;
    if (trouble == 0) trouble = dl_iterate_phdr(hold_program, nullptr);
    if (trouble <= 0) return {};
    return failure(std::string("a stalled disk can hold up this program, for it cannot be held in memory: ") +
                       std::strerror(trouble),
                   "start it by its unit, or raise LimitMEMLOCK=");
}

}  // namespace yizhan
