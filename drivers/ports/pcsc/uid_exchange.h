#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "hal/credential.h"

namespace yizhan {

// "Get data: UID" (PC/SC part 3, 3.2.2.1.3). The last byte is the length that is expected; 0: whatever there is.
constexpr std::array<std::uint8_t, 5> uid_request(std::uint8_t expected) { return {0xFF, 0xCA, 0x00, 0x00, expected}; }

struct UidAnswer {
    Credential uid;  // empty: this card or reader tells none
    std::optional<std::uint8_t> ask_for;  // 6C xx: ask again with this length
};
// Only an answer that is complete (90 00) and as long as a UID (4, 7, 8 or 10 bytes) is one: half a number may be that
// of another card.
UidAnswer uid_answer(std::span<const std::uint8_t> answer);

}  // namespace yizhan
