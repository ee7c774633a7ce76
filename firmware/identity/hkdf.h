// HKDF-SHA-256 (RFC 5869) without a salt.
#pragma once

#include <span>
#include <string_view>

#include "firmware/identity/credential_id.h"

namespace yizhan {

// `info` says what the key is for: keys for different things tell nothing of each other or of the secret.
Result<KeyBytes> derive_key(std::span<const std::byte> secret, std::string_view info);

}  // namespace yizhan
