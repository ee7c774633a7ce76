#include "firmware/identity/credential_text.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "firmware/identity/hex.h"
#include "firmware/identity/id_number.h"
#include "firmware/identity/utf8.h"

namespace yizhan {
namespace {

// A copy of a card's number that wipes itself.
struct UpperCaseNumber {
    // One more than the longest number, so that longer ones are seen to be too long.
    std::array<char, 19> characters{};
    std::size_t size = 0;
    explicit UpperCaseNumber(std::string_view text) : size(std::min(text.size(), characters.size())) {
        std::transform(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size), characters.begin(),
                       [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    }
    UpperCaseNumber(const UpperCaseNumber&) = delete;
    UpperCaseNumber& operator=(const UpperCaseNumber&) = delete;
    ~UpperCaseNumber() { OPENSSL_cleanse(characters.data(), characters.size()); }
    std::string_view view() const { return {characters.data(), size}; }
};

Result<Credential> card_number(CredentialKind kind, std::string_view text,
                               std::string_view (*fault_of)(std::string_view)) {
    const UpperCaseNumber number(text);
    if (const auto fault = fault_of(number.view()); !fault.empty()) {
        return failure(std::string(fault), "compare it with the card");
    }
    return Credential(kind, number.view());
}

std::optional<std::uint64_t> whole_number(std::string_view text, std::uint64_t largest) {
    int base = 10;
    if (text.starts_with("0x") || text.starts_with("0X")) {
        text.remove_prefix(2);
        base = 16;
    }
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc{} || end != text.data() + text.size() || value > largest) return std::nullopt;
    return value;
}

Credential wiegand_payload(CredentialKind kind, std::uint64_t payload, std::size_t size) {
    std::array<std::byte, 8> bytes{};
    for (std::size_t i = size; i-- > 0; payload >>= 8) bytes[i] = static_cast<std::byte>(payload & 0xFF);
    return {kind, std::span<const std::byte>(bytes).first(size)};
}

Result<Credential> wiegand26(std::string_view text) {
    if (const auto dash = text.find('-'); dash != std::string_view::npos) {
        const auto facility = whole_number(text.substr(0, dash), 0xFF);
        const auto card = whole_number(text.substr(dash + 1), 0xFFFF);
        if (!facility || !card) {
            return failure("facility or card number is out of range", "write 0 to 255, a dash and 0 to 65535");
        }
        return wiegand_payload(CredentialKind::wiegand26, *facility << 16 | *card, 3);
    }
    const auto payload = whole_number(text, 0xFFFFFF);
    if (!payload) return failure("not a number of 24 bits", "write facility-card, or one number up to 16777215");
    return wiegand_payload(CredentialKind::wiegand26, *payload, 3);
}

Result<Credential> wiegand34(std::string_view text) {
    const auto payload = whole_number(text, 0xFFFFFFFF);
    if (!payload) return failure("not a number of 32 bits", "write a number up to 4294967295, or hex after 0x");
    return wiegand_payload(CredentialKind::wiegand34, *payload, 4);
}

Result<Credential> wiegand37(std::string_view text) {
    const auto payload = whole_number(text, (std::uint64_t{1} << 35) - 1);
    if (!payload) return failure("not a number of 35 bits", "write a number up to 34359738367, or hex after 0x");
    return wiegand_payload(CredentialKind::wiegand37, *payload, 5);
}

Result<Credential> card_uid(std::string_view text) {
    std::array<std::uint8_t, 10> bytes{};
    const std::size_t size = text.size() / 2;
    const bool known_size = size == 4 || size == 7 || size == 8 || size == 10;
    if (!known_size || !from_hex(text, std::span(bytes).first(size))) {
        return failure("not a card's UID", "write 8, 14, 16 or 20 hex digits without separators");
    }
    // ISO 14443-3: a single-size UID that begins with 08 is drawn anew at each presentation.
    if (size == 4 && bytes[0] == 0x08) {
        return failure("this card or phone shows another UID each time", "give this person another kind of card");
    }
    return Credential(CredentialKind::card_uid, std::as_bytes(std::span(bytes).first(size)));
}

Result<Credential> free_text(std::string_view text) {
    if (text.empty() || text.size() > Credential::max_size) {
        return failure("the text is empty or too long", "1 to 64 bytes fit");
    }
    const bool controls = std::ranges::any_of(text, [](char c) { return (c >= 0 && c < ' ') || c == 0x7F; });
    if (controls || text.front() == ' ' || text.back() == ' ' || !is_utf8(text)) {
        return failure("the text has control characters, or blanks at its ends", "write it as the reader gives it");
    }
    return Credential(CredentialKind::text, text);
}

}  // namespace

Result<Credential> credential_from_text(std::string_view text) {
    const auto colon = text.find(':');
    const auto kind = text.substr(0, colon);
    const auto value = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
    if (kind == "id") return card_number(CredentialKind::resident_id, value, fault_of_resident_number);
    if (kind == "pr") return card_number(CredentialKind::foreigner_pr, value, fault_of_pr_number);
    if (kind == "hmt") return card_number(CredentialKind::hmt_permit, value, fault_of_hmt_number);
    if (kind == "wiegand26") return wiegand26(value);
    if (kind == "wiegand34") return wiegand34(value);
    if (kind == "wiegand37") return wiegand37(value);
    if (kind == "uid") return card_uid(value);
    if (kind == "text") return free_text(value);
    return failure("no known kind of credential before a colon",
                   "begin with id:, pr:, hmt:, wiegand26:, wiegand34:, wiegand37:, uid:, text: or digest:");
}

}  // namespace yizhan
