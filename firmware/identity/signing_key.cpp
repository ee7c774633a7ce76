#include "firmware/identity/signing_key.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "firmware/identity/hkdf.h"
#include "hal/check.h"

namespace yizhan {
namespace {

EVP_PKEY* pkey(void* key) { return static_cast<EVP_PKEY*>(key); }
const unsigned char* octets(std::span<const std::byte> bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

}  // namespace

void SigningKey::Free::operator()(void* key) const { EVP_PKEY_free(pkey(key)); }

SigningKey::SigningKey(const KeyBytes& station_key) {
    auto seed = derive_key(std::as_bytes(std::span(station_key)), "yizhan signing key v1");
    YZ_CHECK(seed.has_value());
    take(*seed);
    OPENSSL_cleanse(seed->data(), seed->size());
}

SigningKey SigningKey::of_seed(const KeyBytes& seed) {
    SigningKey key;
    key.take(seed);
    return key;
}

// What is checked here fails only without memory or without OpenSSL's default provider.
void SigningKey::take(const KeyBytes& seed) {
    key_.reset(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()));
    std::size_t size = public_key_.size();
    YZ_CHECK(key_ && EVP_PKEY_get_raw_public_key(pkey(key_.get()), public_key_.data(), &size) == 1);
}

Signature SigningKey::sign(std::span<const std::byte> message) const {
    Signature signature{};
    std::size_t size = signature.size();
    EVP_MD_CTX* const context = EVP_MD_CTX_new();
    YZ_CHECK(context != nullptr);
    YZ_CHECK(EVP_DigestSignInit(context, nullptr, nullptr, nullptr, pkey(key_.get())) == 1);
    YZ_CHECK(EVP_DigestSign(context, signature.data(), &size, octets(message), message.size()) == 1);
    EVP_MD_CTX_free(context);
    return signature;
}

bool is_signed_by(const PublicKey& key, std::span<const std::byte> message, const Signature& signature) {
    EVP_PKEY* const public_key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size());
    EVP_MD_CTX* const context = EVP_MD_CTX_new();
    const bool valid =
        public_key != nullptr && context != nullptr &&
        EVP_DigestVerifyInit(context, nullptr, nullptr, nullptr, public_key) == 1 &&
        EVP_DigestVerify(context, signature.data(), signature.size(), octets(message), message.size()) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(public_key);
    return valid;
}

}  // namespace yizhan
