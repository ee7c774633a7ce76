#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace yizhan {

// Lower case, two digits a byte.
std::string to_hex(std::span<const std::uint8_t> bytes);
// 16 digits: numbers of 64 bits in JSON, where numbers end at 2^53 for many who read them.
std::string hex16(std::uint64_t number);
// Exactly out.size() bytes in either case; false, and `out` in any state, if `text` is anything else.
[[nodiscard]] bool from_hex(std::string_view text, std::span<std::uint8_t> out);

}  // namespace yizhan
