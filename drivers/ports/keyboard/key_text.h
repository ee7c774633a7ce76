#pragma once

#include <cstdint>
#include <optional>

namespace yizhan {

// Turns keys going down and up into text, as a US keyboard has it: that is what readers and scanners leave the factory
// with. The number block gives digits whatever Num Lock says; Caps Lock is as the device itself toggles it.
class KeyText {
 public:
    // `code`, `value`: of an EV_KEY event (linux/input.h; 1 down, 0 up, 2 repeated). None: nothing was typed by that.
    std::optional<char> take(std::uint16_t code, std::int32_t value);
    // The kernel dropped events, or the device is another: nothing is known to be held down.
    void forget() { *this = KeyText(); }

 private:
    char typed(std::uint16_t code) const;

    std::uint8_t shifts_ = 0;  // held down, a bit each
    std::uint8_t others_ = 0;  // Ctrl, Alt and the like: what is typed with them is no character
    bool caps_ = false;
};

}  // namespace yizhan
