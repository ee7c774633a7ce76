#include "drivers/ports/keyboard/key_text.h"

#include <gtest/gtest.h>
#include <linux/input-event-codes.h>

#include <string>
#include <utility>
#include <vector>

#include "drivers/ports/key_port.h"

namespace yizhan {
namespace {

struct Keys : testing::Test {
    KeyText keys;
    std::string text;
    void down(std::uint16_t code) {
        if (const auto typed = keys.take(code, 1)) text += *typed;
    }
    void up(std::uint16_t code) {
        if (const auto typed = keys.take(code, 0)) text += *typed;
    }
    void press(std::uint16_t code) {
        down(code);
        up(code);
    }
    std::string pressed(const std::vector<std::uint16_t>& codes) {
        for (const auto code : codes) press(code);
        return std::exchange(text, {});
    }
    const std::vector<std::uint16_t> every_character{
        KEY_GRAVE, KEY_1,         KEY_2,          KEY_3,          KEY_4, KEY_5, KEY_6, KEY_7, KEY_8, KEY_9, KEY_0,
        KEY_MINUS, KEY_EQUAL,     KEY_Q,          KEY_W,          KEY_E, KEY_R, KEY_T, KEY_Y, KEY_U, KEY_I, KEY_O,
        KEY_P,     KEY_LEFTBRACE, KEY_RIGHTBRACE, KEY_BACKSLASH,  KEY_A, KEY_S, KEY_D, KEY_F, KEY_G, KEY_H, KEY_J,
        KEY_K,     KEY_L,         KEY_SEMICOLON,  KEY_APOSTROPHE, KEY_Z, KEY_X, KEY_C, KEY_V, KEY_B, KEY_N, KEY_M,
        KEY_COMMA, KEY_DOT,       KEY_SLASH,      KEY_SPACE};
};

TEST_F(Keys, TypeWhatAUsKeyboardHas) {
    EXPECT_EQ(pressed(every_character), "`1234567890-=qwertyuiop[]\\asdfghjkl;'zxcvbnm,./ ");
    down(KEY_RIGHTSHIFT);
    EXPECT_EQ(pressed(every_character), "~!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:\"ZXCVBNM<>? ");
}

TEST_F(Keys, OfTheNumberBlockTypeDigits) {
    EXPECT_EQ(pressed({KEY_NUMLOCK, KEY_KP0, KEY_KP1, KEY_KP2, KEY_KP3, KEY_KP4, KEY_KP5, KEY_KP6, KEY_KP7, KEY_KP8,
                       KEY_KP9, KEY_KPDOT, KEY_KPPLUS, KEY_KPMINUS, KEY_KPASTERISK, KEY_KPSLASH}),
              "0123456789.+-*/");
}

TEST_F(Keys, OfBothKindsEnter) { EXPECT_EQ(pressed({KEY_ENTER, KEY_KPENTER}), std::string(2, key_enter)); }

TEST_F(Keys, AreShiftedForAsLongAsEitherShiftIsDown) {
    down(KEY_LEFTSHIFT);
    down(KEY_RIGHTSHIFT);
    up(KEY_LEFTSHIFT);
    press(KEY_A);
    up(KEY_RIGHTSHIFT);
    press(KEY_A);
    EXPECT_EQ(text, "Aa");
}

TEST_F(Keys, AreCapitalsAfterCapsLockButNoSigns) {
    EXPECT_EQ(pressed({KEY_CAPSLOCK, KEY_A, KEY_1}), "A1");
    down(KEY_LEFTSHIFT);
    EXPECT_EQ(pressed({KEY_A, KEY_1}), "a!");
    up(KEY_LEFTSHIFT);
    EXPECT_EQ(pressed({KEY_CAPSLOCK, KEY_A}), "a");
}

TEST_F(Keys, ThatTypeNoCharacterAreNotPassedOver) {
    const std::string unknown(1, key_unknown);
    for (const int code : {KEY_ESC, KEY_TAB, KEY_BACKSPACE, KEY_F1, KEY_102ND, KEY_LEFT, KEY_POWER}) {
        EXPECT_EQ(pressed({static_cast<std::uint16_t>(code)}), unknown) << code;
    }
    for (const int code : {KEY_LEFTCTRL, KEY_RIGHTCTRL, KEY_LEFTALT, KEY_RIGHTALT, KEY_LEFTMETA, KEY_RIGHTMETA}) {
        down(static_cast<std::uint16_t>(code));
        EXPECT_EQ(pressed({KEY_1, KEY_ENTER}), unknown + unknown) << code;
        up(static_cast<std::uint16_t>(code));
        EXPECT_EQ(pressed({KEY_1}), "1") << code;
    }
}

TEST_F(Keys, ThatRepeatTypeNothingMore) {
    down(KEY_7);
    EXPECT_EQ(keys.take(KEY_7, 2), std::nullopt);
    EXPECT_EQ(text, "7");
}

TEST_F(Keys, AreAllUpAfterEventsWereLost) {
    down(KEY_LEFTSHIFT);
    down(KEY_LEFTCTRL);
    press(KEY_CAPSLOCK);
    keys.forget();
    EXPECT_EQ(pressed({KEY_A}), "a");
}

}  // namespace
}  // namespace yizhan
