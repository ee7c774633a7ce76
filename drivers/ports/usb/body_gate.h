#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "drivers/ports/usb/pipes.h"

namespace yizhan {

// Keeps the two IN pipes of the classic module in order. Both are read all the time, and the host controller may fetch
// the body of a reply before its head: the body has to wait until the head said how long it is. A pure value.
class BodyGate {
 public:
    // Heads are never held back.
    void on_head(std::span<const std::byte> bytes) {
        for (const std::byte byte : bytes) {
            std::shift_left(last_.begin(), last_.end(), 1);
            last_.back() = byte;
            // LEN follows the preamble, wherever that is: garbage in front must not put us out of step.
            if (std::equal(preamble.begin(), preamble.end(), last_.begin())) {
                due_ = std::to_integer<std::size_t>(last_[5]) << 8 | std::to_integer<std::size_t>(last_[6]);
            }
        }
    }
    void on_body(std::size_t size) { due_ -= std::min(size, due_); }
    // Whether bytes of the body pipe may pass.
    bool open() const { return due_ > 0; }
    // A new request: what is left of the last reply is nobody's.
    void restart() {
        due_ = 0;
        last_ = {};
    }

 private:
    static constexpr std::array<std::byte, 5> preamble{std::byte{0xAA}, std::byte{0xAA}, std::byte{0xAA},
                                                       std::byte{0x96}, std::byte{0x69}};
    std::array<std::byte, frame_head> last_{};
    std::size_t due_ = 0;
};

}  // namespace yizhan
