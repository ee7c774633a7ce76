#include "firmware/identity/sha256.h"

#include <openssl/evp.h>

#include "hal/check.h"

namespace yizhan {
namespace {

EVP_MD_CTX* md_context(void* context) { return static_cast<EVP_MD_CTX*>(context); }

}  // namespace

// These calls fail only without memory or without a default provider: nothing that goes on would be right then.
Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
    YZ_CHECK(context_);
    YZ_CHECK(EVP_DigestInit_ex(md_context(context_.get()), EVP_sha256(), nullptr) == 1);
}

void Sha256::Free::operator()(void* context) const { EVP_MD_CTX_free(md_context(context)); }

void Sha256::add(std::span<const std::byte> bytes) {
    YZ_CHECK(EVP_DigestUpdate(md_context(context_.get()), bytes.data(), bytes.size()) == 1);
}

Sha256Sum Sha256::sum() {
    Sha256Sum sum;
    YZ_CHECK(EVP_DigestFinal_ex(md_context(context_.get()), sum.data(), nullptr) == 1);
    return sum;
}

}  // namespace yizhan
