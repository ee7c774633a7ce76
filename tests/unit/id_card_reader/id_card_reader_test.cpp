// The driver against a reader that behaves.
#include "drivers/id_card_reader/id_card_reader.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/unit/id_card_reader/bench.h"

namespace yizhan {
namespace {

using namespace std::chrono_literals;
using simulated::resident_card;

TEST(IdCardReader, IsOfflineUntilAReaderIsThereThenStartsThenIsOnline) {
    Bench bench;
    EXPECT_EQ(bench.reader.status().health, ReaderHealth::offline);
    EXPECT_NE(bench.reader.status().verdict, "");
    bench.run(100ms);
    EXPECT_EQ(bench.reports.take(), "starting");
    bench.run(1500ms);
    EXPECT_EQ(bench.reports.take(), "online");
    const ReaderStatus status = bench.reader.status();
    EXPECT_EQ(status.health, ReaderHealth::online);
    EXPECT_EQ(status.serial, "05.03-20230101-0007654321-1234567890");
    EXPECT_EQ(status.verdict, "");
    EXPECT_EQ(status.timeouts, 0U);
    EXPECT_EQ(status.bad_frames, 0U);
}

TEST(IdCardReader, ReportsACardOncePerPresentation) {
    Bench bench;
    bench.boot();
    const auto card = resident_card("19700101", 123, "20200101", "20400229");
    bench.sam.present(card);
    bench.run(30s);
    ASSERT_EQ(bench.reports.words(), "card");
    const Report& report = bench.reports.all.front();
    EXPECT_TRUE(report.credential == credential_of(card, CredentialKind::resident_id));
    EXPECT_TRUE(report.genuine);
    EXPECT_EQ(report.validity, (DayRange{7305, 14669}));
    bench.sam.remove();
    bench.run(2s);
    EXPECT_EQ(bench.reports.words(), "card removed");
    bench.sam.present(card);
    bench.run(2s);
    EXPECT_EQ(bench.reports.words(), "card removed card");
    EXPECT_EQ(bench.reader.status().cards, 2U);
}

TEST(IdCardReader, ReadsEveryKindOfCard) {
    struct Case {
        simulated::SimulatedCard card;
        CredentialKind kind;
        DayRange validity;
    };
    const Case cases[] = {
        {simulated::SimulatedCard{}, CredentialKind::resident_id, {7305, no_last_day}},
        {simulated::foreigner_card_2017(), CredentialKind::foreigner_pr, {7305, 10958}},
        {simulated::foreigner_card_2023(), CredentialKind::foreigner_pr, {8766, 12419}},
        {simulated::residence_permit(), CredentialKind::hmt_permit, {8766, 10593}},
    };
    Bench bench;
    bench.boot();
    for (const Case& expected : cases) {
        bench.reports.all.clear();
        bench.sam.present(expected.card);
        bench.run(2s);
        ASSERT_EQ(bench.reports.words(), "card");
        EXPECT_TRUE(bench.reports.all[0].credential == credential_of(expected.card, expected.kind));
        EXPECT_EQ(bench.reports.all[0].validity, expected.validity);
        bench.sam.remove();
        bench.run(2s);
    }
}

TEST(IdCardReader, ReportsWithinTheTimeTheReaderTakesPlusOnePoll) {
    Bench bench;
    bench.boot();
    const Mono presented = bench.mono;
    bench.sam.present(resident_card("19800202", 1));
    bench.run(2s);
    ASSERT_EQ(bench.reports.words(), "card");
    EXPECT_LE(bench.reports.all[0].at - presented, 200ms + (40ms + 60ms + 700ms) * 6 / 5);
}

TEST(IdCardReader, SeesPresenceByTheNewAddressWhereThereIsOne) {
    Bench bench;
    bench.boot();
    auto card = resident_card("19700101", 7);
    card.new_addresses = {u"测试省样例市虚构区三号", u"测试省样例市虚构区四号"};
    bench.sam.present(card);
    bench.run(10s);
    EXPECT_EQ(bench.reports.take(), "card");
    EXPECT_GT(bench.sam.asked(0x3003), 30U);
    bench.sam.remove();
    bench.run(1s);
    EXPECT_EQ(bench.reports.take(), "removed");
}

TEST(IdCardReader, TwoDifferentCardsInQuickSuccessionAreTwoCards) {
    Bench bench;
    bench.boot();
    bench.sam.present(resident_card("19700101", 1));
    bench.run(2s);
    bench.sam.present(resident_card("19700101", 3));
    bench.run(2s);
    EXPECT_EQ(bench.reports.words(), "card removed card");
}

TEST(IdCardReader, TheSameCardAwayForLessThanTheBounceIsNotReportedAgain) {
    for (const milliseconds away : {50ms, 150ms, 300ms, 450ms}) {
        Bench bench;
        bench.boot();
        const auto card = resident_card("19700101", 1);
        bench.sam.present(card);
        bench.run(3s);
        bench.sam.remove();
        bench.run(away);
        bench.sam.present(card);
        bench.run(5s);
        EXPECT_EQ(bench.reports.take(), "card") << away.count();
        // It is still being watched.
        bench.sam.remove();
        bench.run(2s);
        EXPECT_EQ(bench.reports.take(), "removed") << away.count();
    }
}

TEST(IdCardReader, TheSameCardAwayForASecondIsReportedAgain) {
    Bench bench;
    bench.boot();
    const auto card = resident_card("19700101", 1);
    for (int i = 0; i < 5; ++i) {
        bench.sam.present(card);
        bench.run(2s);
        bench.sam.remove();
        bench.run(1s);
        EXPECT_EQ(bench.reports.take(), "card removed");
    }
}

TEST(IdCardReader, WorksWithAFirmwareThatHasNoNewAddressCommand) {
    Bench bench;
    bench.sam.knobs().knows_new_address = false;
    bench.boot();
    const auto card = resident_card("19700101", 1);
    bench.sam.present(card);
    bench.run(20s);
    // Such a firmware cannot tell a card that lies there from none: the removal is early, but nothing is reported
    // twice.
    EXPECT_EQ(bench.reports.take(), "card removed");
    bench.sam.remove();
    bench.run(1s);
    bench.sam.present(card);
    bench.run(1500ms);
    EXPECT_EQ(bench.reports.words().substr(0, 4), "card");
    EXPECT_EQ(bench.sam.asked(0x3003), 8U) << "one answer might have been for another question";
}

TEST(IdCardReader, WorksWithAFirmwareThatNeitherLatchesNorHasNewAddresses) {
    Bench bench;
    bench.sam.knobs().knows_new_address = false;
    bench.sam.knobs().latches = false;
    bench.boot();
    bench.sam.present(resident_card("19700101", 1));
    bench.run(20s);
    EXPECT_EQ(bench.reports.take(), "card");
    EXPECT_EQ(bench.sam.asked(0x3001), 1U);
    bench.sam.remove();
    bench.run(1s);
    EXPECT_EQ(bench.reports.take(), "removed");
}

TEST(IdCardReader, AFirstFindThatMissesTheCardIsNotNoticed) {
    Bench bench;
    bench.sam.knobs().misses_at_first = 1;
    bench.boot();
    bench.sam.present(resident_card("19700101", 1));
    bench.run(3s);
    EXPECT_EQ(bench.reports.take(), "card");
}

TEST(IdCardReader, ReportsTheSameHoweverTheBytesAreCut) {
    for (const std::size_t chunk : {0U, 1U, 7U, 63U, 64U}) {
        for (const bool split_header : {false, true}) {
            for (const milliseconds gap : {0ms, 1ms}) {
                Bench bench;
                bench.sam.knobs().chunk = chunk;
                bench.sam.knobs().split_header = split_header;
                bench.sam.knobs().chunk_gap = gap;
                bench.boot();
                bench.sam.present(resident_card("19700101", 1));
                bench.run(4s);
                bench.sam.remove();
                bench.run(2s);
                EXPECT_EQ(bench.reports.take(), "card removed") << chunk << " " << split_header << " " << gap.count();
                EXPECT_EQ(bench.reader.status().bad_frames, 0U);
            }
        }
    }
}

TEST(IdCardReader, ACardThatDoesNotAddUpIsDamagedOncePerPresentation) {
    Bench bench;
    bench.boot();
    auto card = resident_card("19700101", 1);
    card.number.back() = card.number.back() == u'5' ? u'6' : u'5';
    bench.sam.present(card);
    bench.run(20s);
    EXPECT_EQ(bench.reports.take(), "card-damaged");
    EXPECT_EQ(bench.reader.status().health, ReaderHealth::online);
    bench.sam.remove();
    bench.run(2s);
    EXPECT_EQ(bench.reports.take(), "removed");
    EXPECT_EQ(bench.reader.status().refused, 1U);
    EXPECT_EQ(bench.reader.status().cards, 0U);
}

TEST(IdCardReader, ACardThatCannotBeReadIsRefusedOncePerPresentationAfterARetry) {
    struct Case {
        std::uint8_t status;
        const char* why;
    };
    for (const Case& expected : {Case{0x31, "not-genuine"}, Case{0x32, "not-genuine"}, Case{0x33, "not-genuine"},
                                 Case{0x37, "unreadable"}, Case{0x3F, "unreadable"}, Case{0x40, "not-an-id-card"},
                                 Case{0x41, "unreadable"}, Case{0x47, "unreadable"}, Case{0x81, "unreadable"}}) {
        for (const bool at_select : {false, true}) {
            Bench bench;
            bench.boot();
            auto card = resident_card("19700101", 1);
            (at_select ? card.select_fails : card.read_fails) = expected.status;
            bench.sam.present(card);
            bench.run(20s);
            EXPECT_EQ(bench.reports.take(), expected.why) << static_cast<int>(expected.status);
            const std::uint16_t request = at_select ? 0x2002 : 0x3001;
            EXPECT_LE(bench.sam.asked(request), 2 + 20s / Presentation::again_after);
            bench.sam.remove();
            bench.run(2s);
            EXPECT_EQ(bench.reports.take(), "removed");
            // Another card is welcome at once.
            bench.sam.present(resident_card("19700101", 3));
            bench.run(2s);
            EXPECT_EQ(bench.reports.take(), "card");
        }
    }
}

TEST(IdCardReader, ACardInThePlaceOfARefusedOneIsReadHoweverLongThatLay) {
    Bench bench;
    bench.boot();
    auto card = resident_card("19700101", 1);
    card.read_fails = 0x41;
    bench.sam.present(card);
    bench.run(20s);
    EXPECT_EQ(bench.reports.take(), "unreadable");
    bench.sam.remove();
    bench.sam.present(resident_card("19700101", 3));  // too quickly for any poll
    bench.run(4s);
    EXPECT_NE(bench.reports.take().find("card"), std::string::npos);
}

TEST(IdCardReader, ACardThatReadsAtTheSecondAttemptIsJustRead) {
    for (const unsigned status : {0x31U, 0x33U, 0x3FU, 0x41U, 0x81U, 0x10U, 0x11U}) {
        for (const std::uint16_t request : {std::uint16_t{0x2002}, std::uint16_t{0x3001}}) {
            Bench bench;
            bench.boot();
            bench.sam.inject({.kind = simulated::SamReaderFault::Kind::status, .request = request, .value = status});
            bench.sam.present(resident_card("19700101", 1));
            bench.run(5s);
            EXPECT_EQ(bench.reports.take(), "card") << status;
        }
    }
}

TEST(IdCardReader, ACardTakenAwayWhileItIsReadIsUnreadable) {
    for (milliseconds held = 250ms; held <= 750ms; held += 50ms) {
        Bench each;
        each.sam.knobs().jitter_percent = 0;
        each.boot();
        each.sam.present(resident_card("19700101", 1));
        each.run(held);
        each.sam.remove();
        each.run(5s);
        EXPECT_EQ(each.reports.take(), "unreadable removed") << held.count();
        EXPECT_EQ(each.reader.status().health, ReaderHealth::online);
    }
}

TEST(IdCardReader, ACardLaidInThePlaceOfARefusedOneTooQuicklyToBeSeenIsRead) {
    Bench bench;
    bench.boot();
    auto card = resident_card("19700101", 1);
    card.read_fails = 0x41;
    bench.sam.present(card);
    bench.run(2s);
    EXPECT_EQ(bench.reports.take(), "unreadable");
    bench.sam.present(resident_card("19700101", 3));
    bench.run(3s);
    EXPECT_EQ(bench.reports.take(), "card");
}

TEST(IdCardReader, ARefusedCardPresentedAgainAtOnceIsReadAgain) {
    Bench bench;
    bench.boot();
    auto card = resident_card("19700101", 1);
    card.read_fails = 0x3F;
    bench.sam.present(card);
    bench.run(4s);
    EXPECT_EQ(bench.reports.take(), "unreadable");
    card.read_fails = 0;
    bench.sam.remove();
    bench.run(300ms);
    bench.sam.present(card);
    bench.run(2s);
    EXPECT_EQ(bench.reports.take(), "card");
}

}  // namespace
}  // namespace yizhan
