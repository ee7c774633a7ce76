// A credential as the station knows it: a keyed digest. Cannot be turned back without the station's key.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "hal/credential.h"
#include "hal/error.h"

namespace yizhan {

struct CredentialId {
    std::uint32_t key_id = 0;  // which key made the digest; 0: no credential
    std::array<std::uint8_t, 16> digest{};
    bool operator==(const CredentialId&) const = default;
    explicit operator bool() const { return key_id != 0; }
};

// "<key id as 8 hex digits>:<digest as 32 hex digits>"
std::string to_text(const CredentialId& id);
Result<CredentialId> credential_id_from_text(std::string_view text);

inline constexpr std::size_t key_size = 32;
using KeyBytes = std::array<std::uint8_t, key_size>;

// The station's own key: 32 random-looking bytes, written as 64 hex digits in a credential file (0400) with an optional
// newline. Derived from the centre's secret: HKDF-SHA-256, info "yizhan station key v1:" + station id.
Result<KeyBytes> key_from_text(std::string_view text, std::string_view place);
std::string to_text(const KeyBytes& key);
Result<KeyBytes> derive_station_key(std::span<const std::byte> centre_secret, std::string_view station);

// HMAC-SHA-256 over kind (1 byte), length (1 byte) and canonical bytes, cut to 128 bits, with the two key blocks
// hashed once: two compressions a credential, no allocation. Copies of the key die wiped. Any thread, const.
class CredentialDigest {
 public:
    explicit CredentialDigest(const KeyBytes& key);
    CredentialDigest(const CredentialDigest&) = delete;
    CredentialDigest& operator=(const CredentialDigest&) = delete;
    ~CredentialDigest();
    // First four bytes of SHA-256("yizhan key id v1" + key); never 0.
    std::uint32_t key_id() const { return key_id_; }
    CredentialId operator()(const Credential& credential) const;

 private:
    struct alignas(16) State {
        std::array<std::byte, 128> bytes;  // a SHA256_CTX
    };
    State inner_;
    State outer_;
    std::uint32_t key_id_ = 0;
};

}  // namespace yizhan
