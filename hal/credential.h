// What a reader read, on its short way from the driver to the digest. Lives on the stack or inside a driver, is wiped
// when it dies, and is never stored, logged, sent or printed.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "hal/check.h"

namespace yizhan {

// Part of the digest, so that a QR code that holds an ID number is not that ID card. Values are stored: never renumber.
enum class CredentialKind : std::uint8_t {
    resident_id = 1,  // 18 upper-case characters of a resident ID card
    foreigner_pr = 2,  // 'I' (15 characters) and 'Y' (18 characters) permanent-residence cards
    hmt_permit = 3,  // 'J', 18 characters, Hong Kong/Macao/Taiwan residence permit
    wiegand26 = 16,  // payload bits without parity, most significant first, left-padded to whole bytes
    wiegand34 = 17,
    wiegand37 = 18,
    card_uid = 32,  // contactless UID, canonical byte order
    text = 48,  // keyboard reader or QR code
};

class Credential {
 public:
    static constexpr std::size_t max_size = 64;

    Credential() = default;
    // At most max_size bytes.
    Credential(CredentialKind kind, std::span<const std::byte> bytes) : kind_(kind) {
        YZ_CHECK(bytes.size() <= max_size);
        size_ = static_cast<std::uint8_t>(bytes.size());
        std::copy(bytes.begin(), bytes.end(), bytes_.begin());
    }
    Credential(CredentialKind kind, std::string_view text) : Credential(kind, std::as_bytes(std::span(text))) {}
    Credential(const Credential&) = default;
    Credential& operator=(const Credential&) = default;
    ~Credential() { wipe(); }

    CredentialKind kind() const { return kind_; }
    std::span<const std::byte> bytes() const { return std::span(bytes_).first(size_); }
    bool operator==(const Credential&) const = default;

 private:
    // Through volatile, or the compiler drops stores to a dying object.
    void wipe() {
        for (auto& byte : bytes_) *static_cast<volatile std::byte*>(&byte) = std::byte{0};
    }

    CredentialKind kind_ = CredentialKind::resident_id;
    std::uint8_t size_ = 0;
    std::array<std::byte, max_size> bytes_{};
};

}  // namespace yizhan
