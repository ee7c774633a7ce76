#include "drivers/simulated/random.h"

#include <algorithm>
#include <bit>

#include "hal/check.h"

namespace yizhan::simulated {

Random::Random(std::uint64_t seed) {
    for (auto& word : state_) {
        seed += 0x9e3779b97f4a7c15;
        std::uint64_t z = seed;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        word = z ^ (z >> 31);
    }
}

std::uint64_t Random::next() {
    const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = std::rotl(state_[3], 45);
    return result;
}

std::uint64_t Random::below(std::uint64_t bound) {
    YZ_CHECK(bound > 0);
    // The high half of a 128-bit product, put together from 32-bit halves: ISO C++ has no wider integer.
    const std::uint64_t x = next();
    const std::uint64_t low = (x & 0xffffffff) * (bound & 0xffffffff);
    const std::uint64_t middle = (x >> 32) * (bound & 0xffffffff) + (low >> 32);
    const std::uint64_t other = (x & 0xffffffff) * (bound >> 32) + (middle & 0xffffffff);
    return (x >> 32) * (bound >> 32) + (middle >> 32) + (other >> 32);
}

void Random::fill(std::span<std::byte> bytes) {
    while (!bytes.empty()) {
        const std::uint64_t word = next();
        const std::size_t size = std::min(bytes.size(), sizeof(word));
        for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(word >> (8 * i) & 0xff);
        bytes = bytes.subspan(size);
    }
}

}  // namespace yizhan::simulated
