// SHA-256 of something long, piece by piece. (A credential's digest has its own way: see credential_id.cpp.)
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>

namespace yizhan {

using Sha256Sum = std::array<std::uint8_t, 32>;

class Sha256 {
 public:
    Sha256();
    void add(std::span<const std::byte> bytes);
    Sha256Sum sum();  // once, at the end

 private:
    struct Free {
        void operator()(void* context) const;
    };
    std::unique_ptr<void, Free> context_;
};

inline Sha256Sum sha256(std::span<const std::byte> bytes) {
    Sha256 hash;
    hash.add(bytes);
    return hash.sum();
}

}  // namespace yizhan
