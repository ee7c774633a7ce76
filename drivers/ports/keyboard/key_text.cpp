#include "drivers/ports/keyboard/key_text.h"

#include <linux/input-event-codes.h>

#include <array>
#include <string_view>

#include "drivers/ports/key_port.h"

namespace yizhan {
namespace {

// Codes in a row are keys in a row: from `first` on, what they type alone and with Shift.
struct KeyRow {
    std::uint16_t first;
    std::string_view alone;
    std::string_view shifted;
};
constexpr std::array rows{
    KeyRow{KEY_1, "1234567890-=", "!@#$%^&*()_+"},
    KeyRow{KEY_Q, "qwertyuiop[]", "QWERTYUIOP{}"},
    KeyRow{KEY_A, "asdfghjkl;'`", "ASDFGHJKL:\"~"},
    KeyRow{KEY_BACKSLASH, "\\zxcvbnm,./", "|ZXCVBNM<>?"},
    KeyRow{KEY_SPACE, " ", " "},
    KeyRow{KEY_KPASTERISK, "*", "*"},
    KeyRow{KEY_KP7, "789-456+1230.", "789-456+1230."},
    KeyRow{KEY_KPSLASH, "/", "/"},
};

constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::uint8_t shift_bit(std::uint16_t code) {
    if (code == KEY_LEFTSHIFT) return 1;
    return code == KEY_RIGHTSHIFT ? 2 : 0;
}

std::uint8_t other_bit(std::uint16_t code) {
    constexpr std::array<std::uint16_t, 6> modifiers{KEY_LEFTCTRL, KEY_RIGHTCTRL, KEY_LEFTALT,
                                                     KEY_RIGHTALT, KEY_LEFTMETA,  KEY_RIGHTMETA};
    for (std::size_t i = 0; i < modifiers.size(); ++i) {
        if (modifiers[i] == code) return static_cast<std::uint8_t>(1U << i);
    }
    return 0;
}

void hold(std::uint8_t& held, std::uint8_t bit, bool down) {
    held = static_cast<std::uint8_t>(down ? held | bit : held & ~bit);
}

}  // namespace

std::optional<char> KeyText::take(std::uint16_t code, std::int32_t value) {
    if (const std::uint8_t bit = shift_bit(code); bit != 0) {
        hold(shifts_, bit, value != 0);
        return std::nullopt;
    }
    if (const std::uint8_t bit = other_bit(code); bit != 0) {
        hold(others_, bit, value != 0);
        return std::nullopt;
    }
    if (value != 1) return std::nullopt;  // a reader presses a key again; what repeats is a key that got stuck
    if (code == KEY_CAPSLOCK) caps_ = !caps_;
    if (code == KEY_CAPSLOCK || code == KEY_NUMLOCK) return std::nullopt;
    return typed(code);
}

char KeyText::typed(std::uint16_t code) const {
    if (others_ != 0) return key_unknown;
    if (code == KEY_ENTER || code == KEY_KPENTER) return key_enter;
    for (const KeyRow& row : rows) {
        if (code < row.first || code >= row.first + row.alone.size()) continue;
        const auto at = static_cast<std::size_t>(code - row.first);
        const bool shifted = (shifts_ != 0) != (caps_ && is_letter(row.alone[at]));
        return shifted ? row.shifted[at] : row.alone[at];
    }
    return key_unknown;
}

}  // namespace yizhan
