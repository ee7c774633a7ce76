#include "drivers/id_card_reader/sam_frame.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <numeric>

#include "tests/unit/id_card_reader/frames.h"

namespace yizhan {
namespace {

struct Frame {
    unsigned status;
    Bytes data;
    bool operator==(const Frame&) const = default;
};

// Feeds `bytes` in chunks of the given sizes, the rest at once.
std::vector<Frame> parse(SamFrameParser& parser, std::span<const std::byte> bytes,
                         const std::vector<std::size_t>& sizes = {}) {
    std::vector<Frame> frames;
    const auto feed = [&](std::span<const std::byte> chunk) {
        while (const auto reply = parser.next(chunk)) {
            frames.push_back({reply->status, Bytes(reply->data.begin(), reply->data.end())});
        }
        EXPECT_TRUE(chunk.empty());
    };
    for (const std::size_t size : sizes) {
        const std::size_t taken = std::min(size, bytes.size());
        feed(bytes.first(taken));
        bytes = bytes.subspan(taken);
    }
    feed(bytes);
    return frames;
}

// What a parser with all of the stream in hand would find.
std::vector<Frame> reference(const Bytes& stream) {
    std::vector<Frame> frames;
    const Bytes preamble = from_hex("AA AA AA 96 69");
    for (std::size_t i = 0; i + 7 <= stream.size();) {
        const auto at = [&](std::size_t offset) { return std::to_integer<std::size_t>(stream[i + offset]); };
        const std::size_t length = at(5) << 8 | at(6);
        const auto begin = stream.begin() + static_cast<std::ptrdiff_t>(i);
        if (!std::equal(preamble.begin(), preamble.end(), begin) || length < 4 || length > 2400) {
            ++i;
            continue;
        }
        // Not there yet: a parser must wait, for it may become one.
        if (i + 7 + length > stream.size()) break;
        const auto end = begin + 7 + static_cast<std::ptrdiff_t>(length);
        if (std::accumulate(begin + 5, end, std::byte{0}, std::bit_xor<>()) != std::byte{0}) {
            ++i;
            continue;
        }
        frames.push_back({static_cast<unsigned>(at(9)), Bytes(begin + 10, end - 1)});
        i += 7 + length;
    }
    return frames;
}

rc::Gen<Bytes> any_bytes(std::size_t most) {
    const auto byte = rc::gen::map(rc::gen::weightedOneOf<int>({{4, rc::gen::element(0xAA, 0x96, 0x69, 0x00, 0x04)},
                                                                {1, rc::gen::inRange(0, 256)}}),
                                   [](int value) { return static_cast<std::byte>(value); });
    return rc::gen::mapcat(rc::gen::inRange<std::size_t>(0, most + 1),
                           [byte](std::size_t size) { return rc::gen::container<Bytes>(size, byte); });
}

Bytes pick_reply() {
    switch (*rc::gen::inRange(0, 5)) {
        case 0:
            return reply_of(0x80);
        case 1:
            return reply_of(0x9F, Bytes(4));
        case 2:
            return resident_reply();
        case 3:
            return reply_of(0x90, *any_bytes(280));
        default:
            return reply_of(0x41);
    }
}

TEST(SamFrame, RequestsAreAsTheInterfaceHasThem) {
    const auto bytes = [](const SamRequest& request) { return Bytes(request.begin(), request.end()); };
    EXPECT_EQ(bytes(sam_request(0x10, 0xFF)), from_hex("AA AA AA 96 69 00 03 10 FF EC"));
    EXPECT_EQ(bytes(sam_request(0x11, 0xFF)), from_hex("AA AA AA 96 69 00 03 11 FF ED"));
    EXPECT_EQ(bytes(sam_request(0x12, 0xFF)), from_hex("AA AA AA 96 69 00 03 12 FF EE"));
    EXPECT_EQ(bytes(sam_request(0x20, 0x01)), from_hex("AA AA AA 96 69 00 03 20 01 22"));
    EXPECT_EQ(bytes(sam_request(0x20, 0x02)), from_hex("AA AA AA 96 69 00 03 20 02 21"));
    EXPECT_EQ(bytes(sam_request(0x30, 0x01)), from_hex("AA AA AA 96 69 00 03 30 01 32"));
    EXPECT_EQ(bytes(sam_request(0x30, 0x03)), from_hex("AA AA AA 96 69 00 03 30 03 30"));
}

TEST(SamFrame, TakesTheRepliesOfTheInterface) {
    SamFrameParser parser;
    EXPECT_EQ(parse(parser, from_hex("AA AA AA 96 69 00 04 00 00 80 84")), (std::vector<Frame>{{0x80, {}}}));
    EXPECT_EQ(parse(parser, from_hex("AA AA AA 96 69 00 08 00 00 9F 00 00 00 00 97")),
              (std::vector<Frame>{{0x9F, Bytes(4)}}));
    const unsigned errors[][2] = {{0x10, 0x14}, {0x11, 0x15}, {0x21, 0x25}, {0x23, 0x27}, {0x24, 0x20},
                                  {0x31, 0x35}, {0x32, 0x36}, {0x33, 0x37}, {0x40, 0x44}, {0x41, 0x45},
                                  {0x60, 0x64}, {0x66, 0x62}, {0x81, 0x85}, {0x90, 0x94}, {0x91, 0x95}};
    for (const auto& [status, check] : errors) {
        const Bytes frame = from_hex("AA AA AA 96 69 00 04 00 00") + bytes_of({status, check});
        EXPECT_EQ(parse(parser, frame), (std::vector<Frame>{{status, {}}}));
    }
    const Bytes card = resident_reply();
    ASSERT_EQ(card.size(), 1295U);
    EXPECT_EQ(card.back(), std::byte{0x1A});
    const auto frames = parse(parser, card);
    ASSERT_EQ(frames.size(), 1U);
    EXPECT_EQ(frames[0].data.size(), 4U + 256U + 1024U);
    EXPECT_EQ(parser.bad_frames(), 0U);
}

TEST(SamFrame, EverySplitInTwoGivesTheSameReply) {
    const Bytes stream = reply_of(0x9F, Bytes(4)) + resident_reply() + reply_of(0x80);
    const auto whole = reference(stream);
    ASSERT_EQ(whole.size(), 3U);
    for (std::size_t split = 0; split <= stream.size(); ++split) {
        SamFrameParser parser;
        ASSERT_TRUE(parse(parser, stream, {split}) == whole) << split;
    }
}

TEST(SamFrame, LengthsOutsideTheBoundAreFalseStarts) {
    for (unsigned length = 0; length <= 0xFFFF; length += length < 2500 ? 1 : 251) {
        SamFrameParser parser;
        const auto frames =
            parse(parser, from_hex("AA AA AA 96 69") + bytes_of({length >> 8, length & 0xFF}) + reply_of(0x80));
        const bool in_bound = length >= 4 && length <= 2400;
        ASSERT_EQ(frames.size(), in_bound && length > 11 ? 0U : 1U) << length;
        if (!in_bound) {
            ASSERT_EQ(parser.bad_frames(), 1U);
        }
    }
}

TEST(SamFrame, EverySingleWrongBitBetweenLengthAndCheckIsNoticed) {
    const Bytes good = reply_of(0x90, bytes_of({1, 2, 3, 4, 5, 6, 7, 8}));
    for (std::size_t bit = 7 * 8; bit < good.size() * 8; ++bit) {
        Bytes bad = good;
        bad[bit / 8] ^= std::byte{1} << (bit % 8);
        SamFrameParser parser;
        const auto frames = parse(parser, bad + reply_of(0x80));
        ASSERT_EQ(frames, (std::vector<Frame>{{0x80, {}}})) << bit;
        ASSERT_EQ(parser.bad_frames(), 1U);
    }
}

TEST(SamFrame, LooksAgainBehindAFalseStart) {
    // The start of a frame inside the start of a frame, and more AA than the preamble has.
    for (const char* before : {"AA", "AA AA", "AA AA AA", "AA AA AA AA AA", "AA AA AA 96", "AA AA AA 96 AA", "96 69",
                               "AA AA AA 96 69 00 03", "AA AA AA 96 69 00 05 AA AA AA"}) {
        SamFrameParser parser;
        EXPECT_EQ(parse(parser, from_hex(before) + reply_of(0x80)), (std::vector<Frame>{{0x80, {}}})) << before;
    }
}

TEST(SamFrame, FramesHiddenBehindAFalseStartAllComeOut) {
    SamFrameParser parser;
    Bytes stream = from_hex("AA AA AA 96 69 00 20");
    for (int i = 0; i < 3; ++i) stream = stream + reply_of(0x80);
    EXPECT_EQ(parse(parser, stream).size(), 3U);
}

TEST(SamFrame, WipingForgetsAHalfFrame) {
    SamFrameParser parser;
    const Bytes card = resident_reply();
    EXPECT_TRUE(parse(parser, std::span(card).first(700)).empty());
    parser.wipe();
    EXPECT_EQ(parse(parser, reply_of(0x80)), (std::vector<Frame>{{0x80, {}}}));
}

TEST(SamFrame, WipingLeavesNothingOfAReply) {
    SamFrameParser parser;
    const Bytes card = resident_reply();
    std::span<const std::byte> bytes(card);
    const auto reply = parser.next(bytes);
    ASSERT_TRUE(reply);
    const std::span<const std::byte> data = reply->data;
    parser.wipe_reply();
    // Still the parser's own buffer: reading it is what somebody with the memory in hand would do.
    for (const std::byte byte : data) ASSERT_EQ(byte, std::byte{0});
}

TEST(SamFrame, WipingAReplyKeepsWhatCameAfterIt) {
    SamFrameParser parser;
    // A false start makes the parser hold more than one frame.
    const Bytes stream = from_hex("AA AA AA 96 69 00 12") + reply_of(0x80) + reply_of(0x81);
    std::span<const std::byte> bytes(stream);
    const auto first = parser.next(bytes);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->status, 0x80);
    parser.wipe_reply();
    const auto second = parser.next(bytes);
    ASSERT_TRUE(second);
    EXPECT_EQ(second->status, 0x81);
}

RC_GTEST_PROP(SamFrameProperty, AnySplitOfAnyStreamGivesWhatIsInIt, ()) {
    Bytes stream;
    const int pieces = *rc::gen::inRange(0, 6);
    for (int i = 0; i < pieces; ++i) stream = stream + *any_bytes(30) + pick_reply();
    const auto sizes = *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, 200));
    SamFrameParser parser;
    RC_ASSERT(parse(parser, stream, sizes) == reference(stream));
}

RC_GTEST_PROP(SamFrameProperty, GarbageWithoutAPreambleDelaysNoReply, ()) {
    SamFrameParser parser;
    for (int i = 0; i < 4; ++i) {
        Bytes garbage = *any_bytes(100);
        for (std::size_t j = 1; j < garbage.size(); ++j) {
            if (garbage[j - 1] == std::byte{0x96} && garbage[j] == std::byte{0x69}) garbage[j] = std::byte{0};
        }
        const Bytes reply = pick_reply();
        RC_ASSERT(parse(parser, garbage + reply) == reference(reply));
    }
}

}  // namespace
}  // namespace yizhan
