#include "drivers/wiegand_reader/wiegand_frame.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/simulated/wiegand_card.h"

namespace yizhan {
namespace {

struct FrameVector {
    std::string_view bits;
    CredentialKind kind;
    std::vector<std::uint8_t> payload;
};

const std::array<FrameVector, 4> frame_vectors{{
    {"10000000100110000001110011", CredentialKind::wiegand26, {1, 0x30, 0x39}},  // facility 1, card 12345
    {"10111101110110010011011101", CredentialKind::wiegand26, {123, 0xb2, 0x6e}},  // facility 123, card 45678
    {"0000001001010000110110010110000111", CredentialKind::wiegand34, {0x04, 0xa1, 0xb2, 0xc3}},
    {"1000000001110101101111001101000101011", CredentialKind::wiegand37, {0, 0x07, 0x5b, 0xcd, 0x15}},  // 123456789
}};

std::uint64_t number_of(std::string_view bits) {
    std::uint64_t number = 0;
    for (const char bit : bits) number = number << 1 | (bit == '1' ? 1U : 0U);
    return number;
}

std::expected<Credential, WiegandFault> decode_text(std::string_view bits) {
    return decode_wiegand(number_of(bits), static_cast<std::uint8_t>(bits.size()));
}

TEST(WiegandFrame, DecodesThePublishedVectors) {
    for (const auto& vector : frame_vectors) {
        const auto card = decode_text(vector.bits);
        ASSERT_TRUE(card.has_value()) << vector.bits.size();
        EXPECT_EQ(*card, Credential(vector.kind, std::as_bytes(std::span(vector.payload))));
    }
}

TEST(WiegandFrame, EveryFlippedBitFailsParity) {
    for (const auto& vector : frame_vectors) {
        for (std::size_t i = 0; i < vector.bits.size(); ++i) {
            std::string flipped(vector.bits);
            flipped[i] = flipped[i] == '0' ? '1' : '0';
            const auto card = decode_text(flipped);
            ASSERT_FALSE(card.has_value()) << vector.bits.size() << " bit " << i;
            EXPECT_EQ(card.error(), WiegandFault::parity);
        }
    }
}

TEST(WiegandFrame, KnowsThreeLengths) {
    for (std::uint8_t count = 0; count <= 64; ++count) {
        const bool known = count == 26 || count == 34 || count == 37;
        EXPECT_EQ(is_wiegand_length(count), known) << int{count};
        const auto card = decode_wiegand(1, count);
        EXPECT_EQ(!card && card.error() == WiegandFault::length, !known) << int{count};
    }
}

TEST(WiegandFrame, EqualBitsAreNoCard) {
    for (const std::uint8_t count : std::initializer_list<std::uint8_t>{26, 34, 37}) {
        for (const std::uint64_t bits : {std::uint64_t{0}, ~std::uint64_t{0}}) {
            const auto card = decode_wiegand(bits, count);
            ASSERT_FALSE(card.has_value());
            EXPECT_EQ(card.error(), WiegandFault::constant) << int{count};
        }
    }
}

RC_GTEST_PROP(WiegandFrame, DecodesWhatAReaderSends, ()) {
    const auto length = *rc::gen::element<std::size_t>(26, 34, 37);
    const auto payload = *rc::gen::inRange<std::uint64_t>(0, std::uint64_t{1} << (length - 2));
    const auto card = decode_text(simulated::wiegand_frame(length, payload));
    RC_ASSERT(card.has_value());
    RC_ASSERT(card->bytes().size() == (length - 2 + 7) / 8);
    std::uint64_t decoded = 0;
    for (const auto byte : card->bytes()) decoded = decoded << 8 | std::to_integer<std::uint64_t>(byte);
    RC_ASSERT(decoded == payload);
}

RC_GTEST_PROP(WiegandFrame, NeverGivesACardWhoseBitsItWouldNotHaveSent, (std::uint64_t noise)) {
    const auto length = *rc::gen::element<std::uint8_t>(26, 34, 37);
    const std::uint64_t bits = noise & ((std::uint64_t{1} << length) - 1);
    const auto card = decode_wiegand(noise, length);
    const std::uint64_t payload = (bits >> 1) & ((std::uint64_t{1} << (length - 2)) - 1);
    RC_ASSERT(card.has_value() == (number_of(simulated::wiegand_frame(length, payload)) == bits));
}

}  // namespace
}  // namespace yizhan
