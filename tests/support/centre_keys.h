// The centre's keys in tests: key N is the one whose seed is N, 32 times.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>

#include "firmware/identity/canonical_json.h"
#include "firmware/identity/signed_command.h"
#include "firmware/identity/signer_set.h"

namespace yizhan::testing {

inline SigningKey key_of(std::uint8_t number) {
    KeyBytes seed{};
    seed.fill(number);
    return SigningKey::of_seed(seed);
}

inline Signature signature_of(std::uint8_t key, const std::string& message) {
    return key_of(key).sign(std::as_bytes(std::span(message)));
}

// `text` signed by key `key` as a command of signer `as`.
inline std::string signed_text(std::uint8_t key, std::uint32_t as, const std::string& text) {
    return signed_document(text, as, signature_of(key, bytes_to_sign("command", text)));
}

// By the key that has the signer's number.
inline std::string signed_command(const SignedCommand& command) {
    const std::uint32_t signer = command.mandate.signer;
    return signed_text(static_cast<std::uint8_t>(signer), signer, text_of(command));
}

inline std::string signed_set(const SignerSet& set, std::initializer_list<std::uint8_t> roots) {
    SignerDocument document{.text = text_of(set)};
    for (const std::uint8_t root : roots) {
        document.signatures.push_back({key_of(root).public_key(), signature_of(root, to_sign(set))});
    }
    return to_text(document);
}

}  // namespace yizhan::testing
