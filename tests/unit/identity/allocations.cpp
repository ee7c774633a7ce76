#include "tests/unit/identity/allocations.h"

#include <openssl/crypto.h>

#include <cstdlib>
#include <new>

#include "hal/check.h"

namespace {

thread_local std::uint64_t count = 0;

void* counted(std::size_t size) {
    ++count;
    return std::malloc(size);
}

// OpenSSL takes other memory functions only before it has used its own.
const bool openssl_counted = [] {
    const int taken = CRYPTO_set_mem_functions([](std::size_t size, const char*, int) { return counted(size); },
                                               [](void* old, std::size_t size, const char*, int) {
                                                   ++count;
                                                   return std::realloc(old, size);
                                               },
                                               [](void* memory, const char*, int) { std::free(memory); });
    YZ_CHECK(taken == 1);
    return true;
}();

}  // namespace

void* operator new(std::size_t size) {
    void* const memory = counted(size == 0 ? 1 : size);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace yizhan::testing {

std::uint64_t allocations() {
    YZ_CHECK(openssl_counted);
    return count;
}

}  // namespace yizhan::testing
