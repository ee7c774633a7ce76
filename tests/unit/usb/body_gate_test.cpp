#include "drivers/ports/usb/body_gate.h"

#include <gtest/gtest.h>

#include <vector>

namespace yizhan {
namespace {

std::vector<std::byte> head_of(unsigned length) {
    std::vector<std::byte> head;
    for (const unsigned byte : {0xAAU, 0xAAU, 0xAAU, 0x96U, 0x69U, length >> 8, length & 0xFF}) {
        head.push_back(static_cast<std::byte>(byte));
    }
    return head;
}

TEST(BodyGate, OpensForAsManyBytesAsTheHeadSays) {
    BodyGate gate;
    EXPECT_FALSE(gate.open());
    gate.on_head(head_of(0x0508));
    gate.on_body(0x0507);
    EXPECT_TRUE(gate.open());
    gate.on_body(1);
    EXPECT_FALSE(gate.open());
    gate.on_head(head_of(4));
    gate.on_body(64);
    EXPECT_FALSE(gate.open());
}

TEST(BodyGate, TakesTheHeadInAnySplitAndAfterGarbage) {
    for (std::size_t split = 0; split <= 12; ++split) {
        std::vector<std::byte> bytes{std::byte{0x69}, std::byte{0xAA}, std::byte{0xAA}, std::byte{0x96},
                                     std::byte{0xAA}};
        const auto head = head_of(4);
        bytes.insert(bytes.end(), head.begin(), head.end());
        BodyGate gate;
        gate.on_head(std::span(bytes).first(split));
        EXPECT_EQ(gate.open(), split == bytes.size());
        gate.on_head(std::span(bytes).subspan(split));
        EXPECT_TRUE(gate.open());
    }
}

TEST(BodyGate, GoesByTheNewestHeadWhereABodyWasCutShort) {
    BodyGate gate;
    gate.on_head(head_of(0x0508));
    gate.on_body(100);
    gate.on_head(head_of(4));
    gate.on_body(4);
    EXPECT_FALSE(gate.open());
}

TEST(BodyGate, ForgetsTheLastReplyWhenItStartsAgain) {
    BodyGate gate;
    gate.on_head(head_of(4));
    gate.restart();
    EXPECT_FALSE(gate.open());
    const auto head = head_of(4);
    gate.on_head(std::span(head).first(6));
    gate.restart();
    gate.on_head(std::span(head).last(1));
    EXPECT_FALSE(gate.open());
}

}  // namespace
}  // namespace yizhan
