// What is left of a person in a recording: nothing.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdio>
#include <functional>

#include "drivers/recorder/sam_scrubber.h"
#include "drivers/simulated/sam_reader_card.h"
#include "drivers/simulated/sam_reader_frame.h"
#include "tests/unit/id_card_reader/frames.h"

namespace yizhan::testing {
namespace {

class Collected final : public ScrubbedListener {
 public:
    void on_scrubbed(Mono, std::span<const std::byte> bytes) override {
        all.insert(all.end(), bytes.begin(), bytes.end());
        kept += bytes.size();
    }
    void on_withheld(Mono, std::size_t count) override { all.resize(all.size() + count); }

    Bytes all;  // what a replay hands to a driver
    std::size_t kept = 0;
};

Bytes utf16(std::u16string_view text) {
    Bytes bytes;
    for (const char16_t unit : text) {
        bytes.push_back(static_cast<std::byte>(unit & 0xFF));
        bytes.push_back(static_cast<std::byte>(unit >> 8));
    }
    return bytes;
}

bool holds(const Bytes& bytes, const Bytes& part) {
    return std::search(bytes.begin(), bytes.end(), part.begin(), part.end()) != bytes.end();
}

simulated::SimulatedCard somebody() {
    auto card = simulated::resident_card("19851203", 77);
    card.name = u"王小明甲乙";
    card.address = u"某省某市某区某路七号";
    card.authority = u"某市某局";
    card.valid_from = u"20210304";
    card.valid_to = u"20310304";
    return card;
}

Bytes read_reply(const simulated::SimulatedCard& card, std::size_t fingerprint, bool words_of_three) {
    Bytes data = from_hex("01 00 04 00");
    if (words_of_three) {
        data.push_back(static_cast<std::byte>(fingerprint >> 8));
        data.push_back(static_cast<std::byte>(fingerprint & 0xFF));
    }
    const auto text = card.text();
    data.insert(data.end(), text.begin(), text.end());
    for (std::size_t i = 0; i < 1024 + fingerprint; ++i) data.push_back(static_cast<std::byte>(0x11 + i % 0xC0));
    return simulated::sam_reply_frame(0x90, data);
}

// Every reply that holds something of a person.
std::vector<Bytes> personal_replies() {
    const auto card = somebody();
    Bytes address = utf16(card.address);
    address.resize(70);
    Bytes management = from_hex("01020304 DEADBEEF01234567 F0E1D2C3B4A5968778695A4B3C2D1E0F");
    std::vector<Bytes> replies{read_reply(card, 0, false),
                               read_reply(card, 0, true),
                               read_reply(card, 512, true),
                               read_reply(card, 1024, true),
                               reply_of(0x90, address),
                               reply_of(0x90, address + address),
                               reply_of(0x90, management),
                               reply_of(0x90, from_hex("DEADBEEF01234567")),
                               reply_of(0x9F, from_hex("DEADBEEF"))};
    return replies;
}

std::vector<Bytes> personal_parts() {
    const auto card = somebody();
    return {utf16(card.name),       utf16(card.number),      utf16(card.address),  utf16(card.authority),
            utf16(card.birth),      utf16(card.valid_from),  utf16(card.valid_to), from_hex("DEADBEEF"),
            from_hex("F0E1D2C3B4"), from_hex("111213141516")};
}

Bytes scrubbed(const Bytes& bytes, const std::function<std::size_t()>& next_chunk, Collected& collected) {
    SamScrubber scrubber;
    for (std::size_t at = 0; at < bytes.size();) {
        const std::size_t size = std::min(std::max<std::size_t>(1, next_chunk()), bytes.size() - at);
        scrubber.eat(std::span(bytes).subspan(at, size), Mono{}, collected);
        at += size;
    }
    scrubber.end(collected);
    return collected.all;
}

TEST(Scrubber, GivesTheInventedResidentOfTheFactSheetInEverySplit) {
    const Bytes original = read_reply(somebody(), 0, false);
    for (std::size_t chunk = 1; chunk <= original.size(); ++chunk) {
        Collected collected;
        ASSERT_EQ(scrubbed(original, [&] { return chunk; }, collected), resident_reply()) << chunk;
    }
}

TEST(Scrubber, KeepsSizesAndRightChecksOfEveryReply) {
    for (const Bytes& original : personal_replies()) {
        Collected collected;
        const Bytes frame = scrubbed(original, [] { return 64; }, collected);
        ASSERT_EQ(collected.kept, original.size());
        ASSERT_EQ(frame.size(), original.size());
        std::byte check{0};
        for (std::size_t i = 5; i < frame.size(); ++i) check ^= frame[i];
        EXPECT_EQ(check, std::byte{0});
        for (const Bytes& part : personal_parts()) EXPECT_FALSE(holds(frame, part));
    }
}

TEST(Scrubber, WithholdsRightFramesThatItDoesNotKnow) {
    for (const std::size_t size : {1U, 5U, 17U, 71U, 300U, 2000U}) {
        const Bytes original = reply_of(0x90, Bytes(size, std::byte{0x31}));
        Collected collected;
        EXPECT_EQ(scrubbed(original, [] { return 64; }, collected), Bytes(original.size())) << size;
        EXPECT_EQ(collected.kept, 0U);
    }
}

TEST(Scrubber, FindsTheFramesBehindOneThatWasCutOff) {
    const Bytes cut = read_reply(somebody(), 0, false);
    const Bytes found = reply_of(0x9F, from_hex("00000000"));
    Collected collected;
    const Bytes all = scrubbed(Bytes(cut.begin(), cut.begin() + 700) + found, [] { return 64; }, collected);
    EXPECT_EQ(all, Bytes(700) + found);
}

// Personal replies, whole, cut off, damaged, one into the other, with garbage, in any split.
RC_GTEST_PROP(ScrubberProperty, LetsNothingOfAPersonPass, ()) {
    Bytes stream;
    const auto replies = personal_replies();
    const int count = *rc::gen::inRange(1, 6);
    for (int i = 0; i < count; ++i) {
        Bytes reply = replies[*rc::gen::inRange<std::size_t>(0, replies.size())];
        const int damage = *rc::gen::inRange(0, 4);
        if (damage == 1) reply.resize(*rc::gen::inRange<std::size_t>(0, reply.size()));
        if (damage == 2) reply[*rc::gen::inRange<std::size_t>(0, reply.size())] ^= std::byte{0x40};
        if (damage == 3) reply.erase(reply.begin(), reply.begin() + *rc::gen::inRange(0, 8));
        stream = stream + reply;
    }
    Collected collected;
    const Bytes all = scrubbed(stream, [] { return *rc::gen::inRange<std::size_t>(1, 200); }, collected);
    RC_ASSERT(all.size() == stream.size());
    for (const Bytes& part : personal_parts()) RC_ASSERT(!holds(all, part));
}

TEST(Scrubber, LeavesNothingInMemory) {
    SamScrubber scrubber;
    Collected collected;
    const Bytes original = read_reply(somebody(), 0, false);
    scrubber.eat(std::span(original).first(700), Mono{}, collected);
    const auto memory = std::as_bytes(std::span(&scrubber, 1));
    const auto in_memory = [&](const Bytes& part) {
        return std::search(memory.begin(), memory.end(), part.begin(), part.end()) != memory.end();
    };
    EXPECT_TRUE(in_memory(utf16(somebody().number)));  // or this test looks in the wrong place
    scrubber.eat(std::span(original).subspan(700), Mono{}, collected);
    EXPECT_FALSE(in_memory(utf16(somebody().number)));
    scrubber.eat(std::span(original).first(700), Mono{}, collected);
    scrubber.end(collected);
    EXPECT_FALSE(in_memory(utf16(somebody().number)));
}

}  // namespace
}  // namespace yizhan::testing
