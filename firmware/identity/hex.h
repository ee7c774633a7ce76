#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace yizhan {

// Lower case, two digits a byte.
std::string to_hex(std::span<const std::uint8_t> bytes);
// Exactly out.size() bytes in either case; false, and `out` in any state, if `text` is anything else.
[[nodiscard]] bool from_hex(std::string_view text, std::span<std::uint8_t> out);

}  // namespace yizhan
