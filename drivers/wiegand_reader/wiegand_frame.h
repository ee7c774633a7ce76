// Wiegand frames: which bits are payload, and whether they can be believed. Layouts: 26 bits HID H10301, 34 bits
// (1 + 32 + 1), 37 bits H10302/H10304 (1 + 35 + 1). The first bit on the wire makes the first part of the payload
// even, the last one makes the second part odd; at 37 bits the two parts share the middle bit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>

#include "hal/credential.h"

namespace yizhan {

enum class WiegandFault : std::uint8_t {
    none,
    length,  // not a length that was asked for
    parity,
    constant,  // all zeros or all ones: wiring or tampering, never a card
    surplus,  // bits after a frame that was already decided
    dropped,  // the kernel dropped edges
    noise,  // edges closer together than a reader sends them
    both_low,  // D0 and D1 at once: no reader does that
    too_long,  // more than 64 bits without a pause
};

inline constexpr std::size_t wiegand_fault_count = static_cast<std::size_t>(WiegandFault::too_long) + 1;

bool is_wiegand_length(std::uint8_t count);

// `bits`: the frame, its first bit on the wire the most significant of the lowest `count`. Gives the payload without
// parity, or length, parity or constant. No allocation.
std::expected<Credential, WiegandFault> decode_wiegand(std::uint64_t bits, std::uint8_t count);

}  // namespace yizhan
