// A keyboard of the kernel's own making (uinput): to everybody else it is one that was plugged in.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/uinput.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>

#include "drivers/ports/unique_fd.h"

namespace yizhan::testing {

// Plugged in while it lives.
class UinputKeyboard {
 public:
    UinputKeyboard() : fd_(open("/dev/uinput", O_WRONLY | O_CLOEXEC)) {
        EXPECT_TRUE(fd_) << "modprobe uinput";
        EXPECT_EQ(ioctl(fd_.get(), UI_SET_EVBIT, EV_KEY), 0);
        for (int key = KEY_ESC; key <= KEY_KPDOT; ++key) EXPECT_EQ(ioctl(fd_.get(), UI_SET_KEYBIT, key), 0);
        uinput_setup setup{};
        setup.id.bustype = BUS_USB;
        std::strncpy(setup.name, "Card reader of a test", sizeof(setup.name) - 1);
        EXPECT_EQ(ioctl(fd_.get(), UI_DEV_SETUP, &setup), 0);
        EXPECT_EQ(ioctl(fd_.get(), UI_DEV_CREATE), 0);
    }
    // Its file below /dev/input.
    std::string device() const {
        std::array<char, 64> name{};
        EXPECT_GE(ioctl(fd_.get(), UI_GET_SYSNAME(name.size()), name.data()), 0);
        for (const auto& entry :
             std::filesystem::directory_iterator(std::string("/sys/devices/virtual/input/") + name.data())) {
            const std::string file = entry.path().filename();
            if (file.starts_with("event")) return "/dev/input/" + file;
        }
        ADD_FAILURE() << "no event device";
        return {};
    }
    // Digits, and '\n' for Enter.
    void type(std::string_view text) const {
        for (const char c : text) {
            const int key = c == '\n' ? KEY_ENTER : c == '0' ? KEY_0 : KEY_1 + (c - '1');
            for (const int value : {1, 0}) {
                say(EV_KEY, static_cast<std::uint16_t>(key), value);
                say(EV_SYN, SYN_REPORT, 0);
            }
        }
    }

 private:
    void say(std::uint16_t type, std::uint16_t code, int value) const {
        input_event event{};
        event.type = type;
        event.code = code;
        event.value = value;
        EXPECT_EQ(write(fd_.get(), &event, sizeof(event)), static_cast<ssize_t>(sizeof(event)));
    }
    UniqueFd fd_;
};

}  // namespace yizhan::testing
