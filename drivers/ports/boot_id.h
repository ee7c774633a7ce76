#pragma once

#include <cstdint>

namespace yizhan {

// Another number after every boot of the machine: tells whether monotonic times of a former run still mean anything.
// Never 0.
std::uint64_t boot_id();

}  // namespace yizhan
