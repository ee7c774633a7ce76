// What is left of a card in the driver's memory.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/id_card_reader/bench.h"
#include "tests/unit/id_card_reader/frames.h"

namespace yizhan {
namespace {

using namespace std::chrono_literals;

Bytes utf16(std::u16string_view text) {
    Bytes bytes;
    for (const char16_t unit : text) {
        bytes.push_back(static_cast<std::byte>(unit & 0xFF));
        bytes.push_back(static_cast<std::byte>(unit >> 8));
    }
    return bytes;
}

Bytes ascii(std::u16string_view text) {
    Bytes bytes;
    for (const char16_t unit : text) bytes.push_back(static_cast<std::byte>(unit));
    return bytes;
}

// The driver keeps everything in itself: its buffers have a fixed size.
bool holds(const IdCardReader& reader, const Bytes& bytes) {
    const auto memory = std::as_bytes(std::span(&reader, 1));
    return std::search(memory.begin(), memory.end(), bytes.begin(), bytes.end()) != memory.end();
}

TEST(IdCardReaderPrivacy, NothingButTheNumberOutlivesTheReportAndThatOnlyWhileTheCardIsThere) {
    Bench bench;
    bench.boot();
    const auto card = simulated::resident_card("19700101", 123);
    bench.sam.present(card);
    bench.run(2s);
    ASSERT_EQ(bench.reports.words(), "card");
    EXPECT_TRUE(holds(bench.reader, ascii(card.number)));  // or this test looks in the wrong place
    for (const std::u16string& field : {card.name, card.address, card.authority, card.number, card.birth}) {
        EXPECT_FALSE(holds(bench.reader, utf16(field)));
    }
    bench.sam.remove();
    bench.run(2s);
    EXPECT_FALSE(holds(bench.reader, ascii(card.number)));
}

TEST(IdCardReaderPrivacy, NothingOfACardThatWasRefusedOrCutOffStays) {
    using Kind = simulated::SamReaderFault::Kind;
    for (const auto& [kind, value] : {std::pair{Kind::truncated, 700U},
                                      {Kind::truncated, 1294U},
                                      {Kind::bad_checksum, 0U},
                                      {Kind::late_reply, 0U}}) {
        Bench bench;
        bench.boot();
        const auto card = simulated::resident_card("19700101", 123);
        bench.sam.present(card);
        bench.sam.inject({.kind = kind, .request = 0x3001, .value = value, .delay = 3s, .times = 100});
        bench.run(30s);
        ASSERT_EQ(bench.reports.words().substr(0, 10), "unreadable");
        bench.sam.remove();  // until then it is read again and again
        bench.run(10s);
        EXPECT_FALSE(holds(bench.reader, utf16(card.number)));
        EXPECT_FALSE(holds(bench.reader, ascii(card.number)));
    }
    Bench bench;
    bench.boot();
    auto damaged = simulated::resident_card("19700101", 123);
    damaged.valid_to = u"20200230";
    bench.sam.present(damaged);
    bench.run(3s);
    ASSERT_EQ(bench.reports.words(), "card-damaged");
    EXPECT_FALSE(holds(bench.reader, utf16(damaged.number)));
    EXPECT_FALSE(holds(bench.reader, ascii(damaged.number)));
}

}  // namespace
}  // namespace yizhan
