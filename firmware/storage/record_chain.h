// What makes tampering with the access log visible: every record is hashed together with the one before, and from time
// to time the station signs how far it has come. Whoever changes, removes, inserts or swaps a record changes every hash
// behind it, and cannot sign again.
//
// The centre computes the same from what it receives: a record is hashed as the JSON text in which it leaves the
// station, so that a reader needs to know no field. A credential does not leave; its commitment does, which shows later
// that the credential in the station's log is the one that was presented, and tells nothing about it. When the
// credential is erased for privacy the commitment stays, and so does the chain.
#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string_view>

#include "firmware/identity/credential_id.h"
#include "firmware/identity/sha256.h"
#include "firmware/identity/signing_key.h"

namespace yizhan {

using ChainHash = Sha256Sum;
using Salt = std::array<std::uint8_t, 16>;

// Before the first record of an epoch: SHA-256("yizhan log v1\n" station "\n" epoch in decimal).
ChainHash chain_start(std::string_view station, std::uint32_t epoch);
// SHA-256(before, the record's JSON: compact, keys sorted, what is not UTF-8 as U+FFFD).
ChainHash chain_next(const ChainHash& before, const nlohmann::json& record);
ChainHash chain_next(const ChainHash& before, std::string_view record);  // the same, as text

// SHA-256(salt, key id, digest). The salt is random and never leaves: without it nobody can try credentials.
Sha256Sum commitment_of(const Salt& salt, const CredentialId& credential);

// The station's word that its log of this epoch has this hash behind record `seq`. One covers everything before it.
struct Checkpoint {
    std::uint32_t epoch = 0;
    std::uint64_t seq = 0;
    ChainHash hash{};
    PublicKey key{};
    Signature
        signature{};  // over "yizhan checkpoint v1\n", epoch (4 bytes), seq (8), both most significant first, hash
    bool operator==(const Checkpoint&) const = default;
};
Checkpoint make_checkpoint(std::uint32_t epoch, std::uint64_t seq, const ChainHash& hash, const SigningKey& key);
// By the key it names: whether that is the station's is for the caller to know.
bool is_signed(const Checkpoint& checkpoint);

// The station's word that it has itself taken away the records up to `deleted`, behind which the chain had this hash.
// Over "yizhan log begins v1\n" and the same as a checkpoint.
Signature sign_beginning(std::uint32_t epoch, std::uint64_t deleted, const ChainHash& hash, const SigningKey& key);
bool is_beginning_signed(std::uint32_t epoch, std::uint64_t deleted, const ChainHash& hash, const Signature& signature,
                         const PublicKey& key);

// {"epoch","seq","hash","key","signature"}, bytes as hex. From JSON: nothing if it is anything else.
nlohmann::json checkpoint_document(const Checkpoint& checkpoint);
std::optional<Checkpoint> checkpoint_from(const nlohmann::json& document);

}  // namespace yizhan
