// Whose commands a station takes: a list of keys, each with what it may sign, which the centre's root keys have signed.
// Root keys are in the settings and are used for nothing else, so that they can lie in a safe.
//
//   {"keys": TEXT, "signatures": [{"root": HEX, "signature": HEX}]}
//   TEXT, in canonical form: {"expires": ms since 1970, "keys": [{"key": HEX, "number": N, "roles": ["operate"]}],
//                             "version": N}
//   signatures: of bytes_to_sign("key set", TEXT), by as many root keys as the settings ask for
//
// A later set replaces an earlier one whole: that is how a key is added or revoked. Its version must be higher, so that
// nobody brings a revoked key back with an old set; and it ends, so that nobody keeps a station at an old set for ever
// by holding back the new ones.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/identity/signing_key.h"
#include "hal/error.h"
#include "hal/fixed_vector.h"
#include "hal/time.h"

namespace yizhan {

enum class SignerRole : std::uint8_t {
    operate,  // doors, outlets, modes, alarms, the count
    configure,  // settings
    list,  // the member list
};
inline constexpr std::size_t signer_role_count = static_cast<std::size_t>(SignerRole::list) + 1;
std::string_view name_of(SignerRole role);

struct Signer {
    std::uint32_t number = 0;  // names this key in commands and records for ever: a number is never given again
    PublicKey key{};
    std::array<bool, signer_role_count> roles{};
    bool may(SignerRole role) const { return roles[static_cast<std::size_t>(role)]; }
    bool operator==(const Signer&) const = default;
};

std::vector<std::string_view> roles_of(const Signer& signer);  // their names

struct SignerSet {
    static constexpr std::size_t most_signers = 16;
    std::uint64_t version = 0;  // 0: there is none
    Wall expires;
    FixedVector<Signer, most_signers> signers;
    const Signer* find(std::uint32_t number) const;
    bool operator==(const SignerSet&) const = default;
};

struct RootKeys {
    static constexpr std::size_t most_roots = 4;
    std::vector<PublicKey> keys;
    std::size_t needed = 1;  // so many different ones must have signed
    bool operator==(const RootKeys&) const = default;
};

// Of a document with its signatures.
inline constexpr std::size_t signer_set_limit = std::size_t{8} * 1024;

struct RootSignature {
    PublicKey root{};
    Signature signature{};
};
// As it travels: nothing of it is to be believed.
struct SignerDocument {
    std::string text;
    std::vector<RootSignature> signatures;
};

// Trusts nothing before enough signatures are right.
Result<SignerSet> read_signer_set(std::string_view document, const RootKeys& roots);
// Whether `next` may replace `now`.
Result<void> may_follow(const SignerSet& now, const SignerSet& next);

// For the centre's tool.
std::string text_of(const SignerSet& set);
std::string to_sign(const SignerSet& set);  // what a root key signs
Result<SignerDocument> read_signer_document(std::string_view document);
Result<SignerSet> unverified_signers(const SignerDocument& document);
std::string to_text(const SignerDocument& document);

}  // namespace yizhan
