// Has tests/support/allocations.h count OpenSSL's calls to its allocator as well.
#pragma once

#include <openssl/crypto.h>

#include "hal/check.h"
#include "tests/support/allocations.h"

namespace yizhan::testing {

// Before main(): OpenSSL takes other memory functions only before it has used its own.
inline const bool openssl_allocations_counted = [] {
    const int taken = CRYPTO_set_mem_functions(
        [](std::size_t size, const char*, int) {
            ++allocations_so_far;
            return std::malloc(size);
        },
        [](void* old, std::size_t size, const char*, int) {
            ++allocations_so_far;
            return std::realloc(old, size);
        },
        [](void* memory, const char*, int) { std::free(memory); });
    YZ_CHECK(taken == 1);
    return true;
}();

}  // namespace yizhan::testing
