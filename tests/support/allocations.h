// Counts calls of operator new in this thread. Replaces the global operators: include it in one .cpp of a test program.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace yizhan::testing {

inline thread_local std::uint64_t allocations_so_far = 0;

inline std::uint64_t allocations() { return allocations_so_far; }

}  // namespace yizhan::testing

// Not inlined: the compiler would see malloc and free on both ends and take them for a mismatch.
[[gnu::noinline]] void* operator new(std::size_t size) {
    ++yizhan::testing::allocations_so_far;
    if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
    throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new[](std::size_t size) { return operator new(size); }
// The algorithms' temporary buffers; all forms of new have to come from where delete gives back to.
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    ++yizhan::testing::allocations_so_far;
    return std::malloc(size == 0 ? 1 : size);
}
[[gnu::noinline]] void* operator new[](std::size_t size, const std::nothrow_t& nothrow) noexcept {
    return operator new(size, nothrow);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete[](void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete[](void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
