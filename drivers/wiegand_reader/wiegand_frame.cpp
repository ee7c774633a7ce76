#include "drivers/wiegand_reader/wiegand_frame.h"

#include <array>
#include <bit>
#include <cstddef>
#include <span>

namespace yizhan {
namespace {

struct FrameLayout {
    std::uint8_t count;
    std::uint8_t covered;  // payload bits under each of the two parity bits
    CredentialKind kind;
};

constexpr std::array<FrameLayout, 3> frame_layouts{{
    {26, 12, CredentialKind::wiegand26},
    {34, 16, CredentialKind::wiegand34},
    {37, 18, CredentialKind::wiegand37},
}};

const FrameLayout* layout_of(std::uint8_t count) {
    for (const auto& layout : frame_layouts) {
        if (layout.count == count) return &layout;
    }
    return nullptr;
}

constexpr std::uint64_t low_bits(unsigned count) { return (std::uint64_t{1} << count) - 1; }

bool is_odd(std::uint64_t bits) { return std::popcount(bits) % 2 != 0; }

}  // namespace

bool is_wiegand_length(std::uint8_t count) { return layout_of(count) != nullptr; }

std::expected<Credential, WiegandFault> decode_wiegand(std::uint64_t bits, std::uint8_t count) {
    const FrameLayout* layout = layout_of(count);
    if (layout == nullptr) return std::unexpected(WiegandFault::length);
    bits &= low_bits(count);
    if (bits == 0 || bits == low_bits(count)) return std::unexpected(WiegandFault::constant);

    // Each group together with its parity bit.
    const std::uint64_t even_group = bits >> (count - 1 - layout->covered);
    const std::uint64_t odd_group = bits & low_bits(layout->covered + 1U);
    if (is_odd(even_group) || !is_odd(odd_group)) return std::unexpected(WiegandFault::parity);

    const unsigned payload_bits = count - 2U;
    const std::uint64_t payload = (bits >> 1) & low_bits(payload_bits);
    std::array<std::byte, 5> bytes{};
    const std::size_t size = (payload_bits + 7) / 8;
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(payload >> (8 * (size - 1 - i)) & 0xff);
    return Credential(layout->kind, std::span(bytes).first(size));
}

}  // namespace yizhan
