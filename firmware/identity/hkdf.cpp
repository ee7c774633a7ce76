#include "firmware/identity/hkdf.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <string>

namespace yizhan {

Result<KeyBytes> derive_key(std::span<const std::byte> secret, std::string_view info) {
    std::string digest_name = "SHA256";
    std::string info_bytes(info);
    // OSSL_PARAM takes non-const pointers but only reads.
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest_name.data(), 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, const_cast<std::byte*>(secret.data()), secret.size()),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info_bytes.data(), info_bytes.size()),
        OSSL_PARAM_construct_end(),
    };
    KeyBytes key{};
    EVP_KDF* const kdf = EVP_KDF_fetch(nullptr, "HKDF", nullptr);
    EVP_KDF_CTX* const context = kdf == nullptr ? nullptr : EVP_KDF_CTX_new(kdf);
    const bool derived = context != nullptr && EVP_KDF_derive(context, key.data(), key.size(), parameters) == 1;
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
    if (!derived) return failure("OpenSSL cannot derive a key", "check that OpenSSL 3's default provider is installed");
    return key;
}

}  // namespace yizhan
