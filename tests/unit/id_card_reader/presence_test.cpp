// A card that lies there all the time is one card, whatever the reader says or forgets meanwhile.
#include <gtest/gtest.h>

#include "tests/unit/id_card_reader/bench.h"

namespace yizhan {
namespace {

using namespace std::chrono_literals;
using simulated::resident_card;
using Kind = simulated::SamReaderFault::Kind;

constexpr std::uint16_t find_request = 0x2001;
constexpr std::uint16_t select_request = 0x2002;
constexpr std::uint16_t read_request = 0x3001;
constexpr std::uint16_t address_request = 0x3003;

TEST(IdCardReaderPresence, AnAnswerThatDoesNotTellPresenceDoesNotEndIt) {
    for (const unsigned status : {0x21U, 0x23U, 0x24U, 0x31U, 0x32U, 0x33U}) {
        Bench bench;
        bench.boot();
        bench.sam.present(resident_card("19700101", 1));
        bench.run(3s);
        bench.sam.inject({.kind = Kind::status, .request = address_request, .value = status});
        bench.run(3s);
        const auto asked = bench.sam.asked(address_request);
        bench.run(3s);
        EXPECT_GT(bench.sam.asked(address_request), asked) << status;
        // The card lies there all the time, also while the reader is away.
        bench.sam.detach();
        bench.run(3s);
        bench.sam.attach();
        bench.run(10s);
        EXPECT_EQ(bench.reports.take(), "card offline starting online") << status;
        bench.sam.remove();
        bench.run(3s);
        EXPECT_EQ(bench.reports.take(), "removed") << status;
    }
}

TEST(IdCardReaderPresence, ACardThatLiesOnASamThatCannotWorkForAWhileIsNotReportedAgain) {
    // The requests that would tell that the card is still there, after the reader itself has forgotten it.
    for (const std::uint16_t request : {find_request, select_request, read_request}) {
        Bench bench;
        bench.boot();
        bench.sam.present(resident_card("19700101", 1));
        bench.run(3s);
        bench.sam.detach();
        bench.run(3s);
        bench.sam.inject({.kind = Kind::status, .request = request, .value = 0x60, .times = 2});
        bench.sam.attach();
        bench.run(20s);
        const std::string told = bench.reports.take();
        EXPECT_TRUE(told.starts_with("card offline starting online failed online")) << request << ": " << told;
        EXPECT_EQ(told.find("card", 1), std::string::npos) << request << ": " << told;
        EXPECT_EQ(told.find("removed"), std::string::npos) << request << ": " << told;
        bench.sam.remove();
        bench.run(3s);
        EXPECT_EQ(bench.reports.take(), "removed") << request;
    }
}

TEST(IdCardReaderPresence, ASamThatCannotSayWhetherTheCardLiesThereIsAskedAgain) {
    for (const unsigned status : {0x60U, 0x66U}) {
        Bench bench;
        bench.boot();
        bench.sam.present(resident_card("19700101", 1));
        bench.run(3s);
        bench.sam.inject({.kind = Kind::status, .request = address_request, .value = status, .times = 2});
        bench.run(20s);
        EXPECT_EQ(bench.reports.take(), "card failed online") << status;
        bench.sam.remove();
        bench.run(3s);
        EXPECT_EQ(bench.reports.take(), "removed") << status;
    }
}

// A card lies there and was read, when its reader is reset, and so finds again what it has read. Then it misses the
// card once, and `goes_on`; however that goes, the card was one, and there all the time.
void expect_one_card(void (*goes_on)(simulated::SamReader&)) {
    Bench bench;
    bench.boot();
    bench.sam.present(resident_card("19700101", 1));
    bench.run(3s);
    bench.sam.inject({.kind = Kind::no_reply, .request = address_request});
    bench.sam.inject({.kind = Kind::status, .request = address_request, .value = 0x41});
    goes_on(bench.sam);
    bench.run(10s);
    EXPECT_FALSE(bench.sam.has_faults());
    EXPECT_EQ(bench.reports.take(), "card");
    bench.sam.remove();
    bench.run(3s);
    EXPECT_EQ(bench.reports.take(), "removed");
}

TEST(IdCardReaderPresence, ACardThatIsFoundBetweenTwoPollsThatMissItWasThereAllTheTime) {
    expect_one_card([](simulated::SamReader& sam) {
        // Found and not readable, missed again (longer after the first time than a card may be away), found.
        sam.inject({.kind = Kind::status, .request = read_request, .value = 0x31});
        sam.inject({.kind = Kind::garbage_before, .request = find_request, .value = 1});
        sam.inject({.kind = Kind::status, .request = find_request, .value = 0x80});
    });
}

TEST(IdCardReaderPresence, ALateAnswerDoesNotMakeTheTimeThatACardIsMissedLonger) {
    expect_one_card([](simulated::SamReader& sam) {
        // Missed a second time in a row, and that answer is late.
        sam.inject({.kind = Kind::late_reply, .request = find_request, .delay = 700ms});
        sam.knobs().flickers = 1;
    });
}

TEST(IdCardReaderPresence, ACardThatIsFoundLateWasThereAllTheTime) {
    // A reader that was reset has forgotten the card and says once that none is there; then it takes its time.
    for (const milliseconds late : {500ms, 900ms}) {
        Bench bench;
        bench.boot();
        bench.sam.present(resident_card("19700101", 1));
        bench.run(3s);
        bench.sam.detach();
        bench.run(3s);
        bench.sam.inject({.kind = Kind::late_reply, .request = find_request, .delay = late});
        bench.sam.attach();
        bench.run(10s);
        EXPECT_EQ(bench.reports.take(), "card offline starting online") << late.count();
        bench.sam.remove();
        bench.run(3s);
        EXPECT_EQ(bench.reports.take(), "removed") << late.count();
    }
}

}  // namespace
}  // namespace yizhan
