#pragma once

#include <cstdint>

namespace yizhan::testing {

// Calls of operator new, and of OpenSSL to its allocator, so far, in this thread.
std::uint64_t allocations();

}  // namespace yizhan::testing
