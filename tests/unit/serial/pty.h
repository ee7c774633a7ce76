// A pseudo-terminal: its slave is the serial line under test, its master the far end of the cable.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

#include "drivers/ports/unique_fd.h"

namespace yizhan {

class Pty {
 public:
    Pty() : master_(posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)) {
        EXPECT_TRUE(master_);
        EXPECT_EQ(grantpt(master_.get()), 0);
        EXPECT_EQ(unlockpt(master_.get()), 0);
        std::array<char, 64> name{};
        EXPECT_EQ(ptsname_r(master_.get(), name.data(), name.size()), 0);
        device_ = name.data();
    }
    const std::string& device() const { return device_; }
    int master() const { return master_.get(); }
    void say(std::string_view text) const {
        EXPECT_EQ(write(master_.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
    }
    // What has arrived; empty where there is nothing.
    std::string hear() const {
        std::array<char, 4096> bytes{};
        const ssize_t got = read(master_.get(), bytes.data(), bytes.size());
        return got > 0 ? std::string(bytes.data(), static_cast<std::size_t>(got)) : std::string{};
    }
    void unplug() { master_.reset(); }

 private:
    UniqueFd master_;
    std::string device_;
};

}  // namespace yizhan
