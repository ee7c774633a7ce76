// Ed25519 keys. The station's signs the checkpoints of the access log; the centre's sign commands and key sets.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "firmware/identity/credential_id.h"

namespace yizhan {

using PublicKey = std::array<std::uint8_t, 32>;
using Signature = std::array<std::uint8_t, 64>;

// Derived from the station key (HKDF-SHA-256, info "yizhan signing key v1"): one secret to install, and the centre can
// tell from its own secret which public key a station has. One thread at a time.
class SigningKey {
 public:
    explicit SigningKey(const KeyBytes& station_key);
    // `seed`: the private key itself (RFC 8032), as the centre's are kept.
    static SigningKey of_seed(const KeyBytes& seed);
    const PublicKey& public_key() const { return public_key_; }
    Signature sign(std::span<const std::byte> message) const;

 private:
    SigningKey() = default;
    void take(const KeyBytes& seed);
    struct Free {
        void operator()(void* key) const;
    };
    std::unique_ptr<void, Free> key_;
    PublicKey public_key_{};
};

// False also for bytes that are no key.
bool is_signed_by(const PublicKey& key, std::span<const std::byte> message, const Signature& signature);

}  // namespace yizhan
