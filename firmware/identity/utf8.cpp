#include "firmware/identity/utf8.h"

#include <cstddef>
#include <cstdint>

namespace yizhan {
namespace {

std::uint8_t octet(std::string_view text, std::size_t at) { return static_cast<std::uint8_t>(text[at]); }

// Octets of the character at `at`, 0 if it is none: the table of RFC 3629, section 4.
std::size_t utf8_length(std::string_view text, std::size_t at) {
    const std::uint8_t first = octet(text, at);
    if (first < 0x80) return first == 0 ? 0 : 1;
    if (first < 0xC2 || first > 0xF4) return 0;
    const std::size_t length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (text.size() - at < length) return 0;
    const std::uint8_t lowest = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    const std::uint8_t highest = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    if (octet(text, at + 1) < lowest || octet(text, at + 1) > highest) return 0;
    for (std::size_t i = 2; i < length; ++i) {
        if ((octet(text, at + i) & 0xC0) != 0x80) return 0;
    }
    return length;
}

}  // namespace

bool is_utf8(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = utf8_length(text, at);
        if (length == 0) return false;
        at += length;
    }
    return true;
}

}  // namespace yizhan
