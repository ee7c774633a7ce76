#include "firmware/identity/credential_id.h"

// OpenSSL's SHA256_* are deprecated in favour of EVP_MAC, which allocates on every use and costs about ten times as
// much: on the way of a swipe neither will do. EVP has no way to keep the two hashed key blocks in memory of our own.
// Only this file may use them.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <cstring>

#include "firmware/identity/hex.h"
#include "firmware/identity/hkdf.h"
#include "firmware/identity/names.h"
#include "hal/check.h"

namespace yizhan {
namespace {

constexpr std::size_t hash_block_size = SHA256_CBLOCK;
constexpr std::size_t min_centre_secret = 32;
constexpr std::size_t max_centre_secret = 1024;

// Wiped when it dies: it holds hashed key and, for a moment, the credential.
struct HashContext {
    SHA256_CTX context;
    HashContext() { SHA256_Init(&context); }
    explicit HashContext(const void* saved) { std::memcpy(&context, saved, sizeof context); }
    HashContext(const HashContext&) = delete;
    HashContext& operator=(const HashContext&) = delete;
    ~HashContext() { OPENSSL_cleanse(&context, sizeof context); }
    void add(const void* bytes, std::size_t size) { SHA256_Update(&context, bytes, size); }
    void finish(std::array<std::uint8_t, SHA256_DIGEST_LENGTH>& sum) { SHA256_Final(sum.data(), &context); }
};

// RFC 2104: the key, padded with zeros to a block, each byte xored with `pad`.
void hash_key_block(HashContext& hash, const KeyBytes& key, std::uint8_t pad) {
    std::array<std::uint8_t, hash_block_size> block;
    block.fill(pad);
    for (std::size_t i = 0; i < key.size(); ++i) block[i] ^= key[i];
    hash.add(block.data(), block.size());
    OPENSSL_cleanse(block.data(), block.size());
}

std::uint32_t key_id_of(const KeyBytes& key) {
    constexpr std::string_view label = "yizhan key id v1";
    HashContext hash;
    hash.add(label.data(), label.size());
    hash.add(key.data(), key.size());
    std::array<std::uint8_t, SHA256_DIGEST_LENGTH> sum;
    hash.finish(sum);
    const std::uint32_t id = static_cast<std::uint32_t>(sum[0]) << 24 | static_cast<std::uint32_t>(sum[1]) << 16 |
                             static_cast<std::uint32_t>(sum[2]) << 8 | sum[3];
    return id == 0 ? 1 : id;
}

std::array<std::uint8_t, 4> key_id_bytes(std::uint32_t id) {
    return {static_cast<std::uint8_t>(id >> 24), static_cast<std::uint8_t>(id >> 16),
            static_cast<std::uint8_t>(id >> 8), static_cast<std::uint8_t>(id)};
}

}  // namespace

std::string to_text(const CredentialId& id) { return to_hex(key_id_bytes(id.key_id)) + ":" + to_hex(id.digest); }

Result<CredentialId> credential_id_from_text(std::string_view text) {
    CredentialId id;
    std::array<std::uint8_t, 4> key{};
    if (text.size() != 8 + 1 + 32 || text[8] != ':' || !from_hex(text.substr(0, 8), key) ||
        !from_hex(text.substr(9), id.digest)) {
        return failure("not a credential digest",
                       "write 8 hex digits, a colon and 32 hex digits, as enrolment gives it");
    }
    for (const auto byte : key) id.key_id = id.key_id << 8 | byte;
    if (id.key_id == 0) return failure("key id 0 belongs to no key", "take the digest as enrolment gives it");
    return id;
}

Result<KeyBytes> key_from_text(std::string_view text, std::string_view place) {
    if (text.ends_with('\n')) text.remove_suffix(1);
    if (text.ends_with('\r')) text.remove_suffix(1);
    KeyBytes key{};
    if (!from_hex(text, key)) {
        OPENSSL_cleanse(key.data(), key.size());
        return failure(std::string(place) + ": not a station key: 64 hex digits are expected, there are " +
                           std::to_string(text.size()) + " characters",
                       "derive the station's key at the centre with stationctl and install it again");
    }
    return key;
}

std::string to_text(const KeyBytes& key) { return to_hex(key); }

Result<KeyBytes> derive_station_key(std::span<const std::byte> centre_secret, std::string_view station) {
    if (centre_secret.size() < min_centre_secret || centre_secret.size() > max_centre_secret) {
        return failure("centre secret: " + std::to_string(centre_secret.size()) + " bytes, " +
                           std::to_string(min_centre_secret) + " to " + std::to_string(max_centre_secret) +
                           " are expected",
                       "make one with: openssl rand -hex 32");
    }
    if (!is_station_id(station)) {
        return failure("station id: not 1 to 32 of a-z, 0-9 and '-'", "give the id of the station's settings");
    }
    return derive_key(centre_secret, "yizhan station key v1:" + std::string(station));
}

CredentialDigest::CredentialDigest(const KeyBytes& key) : key_id_(key_id_of(key)) {
    static_assert(sizeof(SHA256_CTX) <= sizeof(State) && alignof(SHA256_CTX) <= alignof(State));
    static_assert(std::is_trivially_copyable_v<SHA256_CTX>);
    HashContext inner;
    hash_key_block(inner, key, 0x36);
    std::memcpy(inner_.bytes.data(), &inner.context, sizeof inner.context);
    HashContext outer;
    hash_key_block(outer, key, 0x5c);
    std::memcpy(outer_.bytes.data(), &outer.context, sizeof outer.context);
}

CredentialDigest::~CredentialDigest() {
    OPENSSL_cleanse(&inner_, sizeof inner_);
    OPENSSL_cleanse(&outer_, sizeof outer_);
}

CredentialId CredentialDigest::operator()(const Credential& credential) const {
    const auto bytes = credential.bytes();
    const std::array<std::uint8_t, 2> prefix{static_cast<std::uint8_t>(credential.kind()),
                                             static_cast<std::uint8_t>(bytes.size())};
    std::array<std::uint8_t, SHA256_DIGEST_LENGTH> sum;
    HashContext inner(inner_.bytes.data());
    inner.add(prefix.data(), prefix.size());
    inner.add(bytes.data(), bytes.size());
    inner.finish(sum);
    HashContext outer(outer_.bytes.data());
    outer.add(sum.data(), sum.size());
    outer.finish(sum);
    CredentialId id;
    id.key_id = key_id_;
    std::copy_n(sum.begin(), id.digest.size(), id.digest.begin());
    OPENSSL_cleanse(sum.data(), sum.size());  // more than the 128 bits that may leave
    return id;
}

}  // namespace yizhan
