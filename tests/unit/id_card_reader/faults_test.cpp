// Everything the simulated reader can do wrong, and that the driver reports it rightly and recovers.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/unit/id_card_reader/bench.h"

namespace yizhan {
namespace {

using namespace std::chrono_literals;
using simulated::resident_card;
using Kind = simulated::SamReaderFault::Kind;
using Fault = simulated::SamReaderFault;

constexpr std::uint16_t reset_request = 0x10FF;
constexpr std::uint16_t id_request = 0x12FF;
constexpr std::uint16_t find_request = 0x2001;
constexpr std::uint16_t select_request = 0x2002;
constexpr std::uint16_t read_request = 0x3001;
constexpr std::uint16_t address_request = 0x3003;

// Replies that are no use, whatever was asked.
std::vector<Fault> useless_replies(std::uint16_t request, int times) {
    const auto with = [&](Kind kind, unsigned value, milliseconds delay) {
        return Fault{.kind = kind, .request = request, .value = value, .delay = delay, .times = times};
    };
    return {with(Kind::no_reply, 0, 0ms),        with(Kind::late_reply, 0, 3500ms), with(Kind::truncated, 0, 0ms),
            with(Kind::truncated, 3, 0ms),       with(Kind::truncated, 7, 0ms),     with(Kind::truncated, 10, 0ms),
            with(Kind::bad_checksum, 0, 0ms),    with(Kind::bad_length, 0, 0ms),    with(Kind::bad_length, 3, 0ms),
            with(Kind::bad_length, 0xFFFF, 0ms), with(Kind::wrong_command, 0, 0ms), with(Kind::status, 0x10, 0ms),
            with(Kind::status, 0x11, 0ms)};
}

TEST(IdCardReaderFaults, OneUselessReplyCostsTimeButNoCard) {
    for (const std::uint16_t request : {find_request, select_request, read_request}) {
        for (const Fault& fault : useless_replies(request, 1)) {
            Bench bench;
            bench.boot();
            bench.sam.present(resident_card("19700101", 1));
            bench.sam.inject(fault);
            bench.run(8s);
            ASSERT_EQ(bench.reports.take(), "card") << request << " " << static_cast<int>(fault.kind);
            bench.sam.remove();
            bench.run(5s);
            ASSERT_EQ(bench.reports.take(), "removed") << request << " " << static_cast<int>(fault.kind);
        }
    }
}

TEST(IdCardReaderFaults, AUselessReplyAboutPresenceNeitherLosesNorRepeatsTheCard) {
    for (const Fault& fault : useless_replies(address_request, 1)) {
        Bench bench;
        bench.boot();
        bench.sam.present(resident_card("19700101", 1));
        bench.run(3s);
        bench.sam.inject(fault);
        bench.run(10s);
        ASSERT_EQ(bench.reports.take(), "card") << static_cast<int>(fault.kind);
        bench.sam.remove();
        bench.run(3s);
        ASSERT_EQ(bench.reports.take(), "removed") << static_cast<int>(fault.kind);
    }
}

TEST(IdCardReaderFaults, ReadsThatStayUselessAreRefusedThenDegradeThenRecover) {
    for (const Fault& fault : useless_replies(read_request, 1000)) {
        Bench bench;
        bench.boot();
        bench.sam.inject(fault);
        bench.sam.present(resident_card("19700101", 1));
        bench.run(40s);
        // After the third in a row the port is reset, and nobody is kept waiting for that.
        ASSERT_EQ(bench.reports.take(), "unreadable degraded") << static_cast<int>(fault.kind);
        EXPECT_NE(bench.reader.status().verdict, "");
        bench.sam.remove();
        bench.run(5s);
        bench.sam.clear_faults();
        bench.sam.present(resident_card("19700101", 5));
        bench.run(5s);
        ASSERT_EQ(bench.reports.take(), "removed card online") << static_cast<int>(fault.kind);
        EXPECT_EQ(bench.reader.status().verdict, "");
    }
}

TEST(IdCardReaderFaults, FindsThatAreNotAnsweredDegradeTheReaderUntilTheyAre) {
    Bench bench;
    bench.boot();
    bench.sam.inject({.kind = Kind::no_reply, .request = find_request, .times = 1000});
    bench.run(30s);
    EXPECT_EQ(bench.reports.take(), "degraded");
    EXPECT_GT(bench.reader.status().timeouts, 3U);
    EXPECT_GT(bench.reader.status().resets, 3U);
    bench.sam.clear_faults();
    bench.run(5s);
    EXPECT_EQ(bench.reports.take(), "online");
    bench.sam.present(resident_card("19700101", 1));
    bench.run(3s);
    EXPECT_EQ(bench.reports.take(), "card");
}

TEST(IdCardReaderFaults, ASilentReaderGoesOfflineAndIsWelcomeBack) {
    Bench bench;
    bench.boot();
    bench.sam.inject({.kind = Kind::no_reply, .times = 1'000'000});
    bench.run(60s);
    EXPECT_TRUE(bench.reports.take().ends_with("offline"));
    const ReaderStatus status = bench.reader.status();
    EXPECT_EQ(status.health, ReaderHealth::offline);
    EXPECT_TRUE(status.verdict.starts_with("no reply for ")) << status.verdict;
    EXPECT_TRUE(status.verdict.ends_with(" s: check the cable")) << status.verdict;
    // It is asked all the time, but not often.
    const std::uint64_t asked = bench.sam.asked(id_request);
    bench.run(60s);
    EXPECT_GT(bench.sam.asked(id_request), asked + 20);
    EXPECT_LT(bench.sam.asked(id_request), asked + 120);
    EXPECT_EQ(bench.reports.take(), "");
    bench.sam.clear_faults();
    bench.run(5s);
    EXPECT_TRUE(bench.reports.take().ends_with("online"));
}

TEST(IdCardReaderFaults, AReaderThatTakesNoRequestsIsReset) {
    Bench bench;
    bench.boot();
    bench.port.refuse_sends(true);
    bench.run(10s);
    EXPECT_GT(bench.reader.status().resets, 0U);
    EXPECT_NE(bench.reader.status().health, ReaderHealth::online);
    bench.port.refuse_sends(false);
    bench.run(10s);
    EXPECT_EQ(bench.reader.status().health, ReaderHealth::online);
}

TEST(IdCardReaderFaults, AReaderSlowToBootIsStartingThenOfflineThenOnline) {
    Bench bench;
    bench.sam.knobs().boot_takes = 12s;
    bench.run(4s);
    EXPECT_EQ(bench.reports.take(), "starting");
    bench.run(4s);
    EXPECT_EQ(bench.reports.take(), "offline");
    bench.run(7s);
    EXPECT_EQ(bench.reports.take(), "online");
}

TEST(IdCardReaderFaults, ASamThatCannotWorkIsFailedAndAskedSlowly) {
    for (const unsigned status : {0x60U, 0x66U}) {
        for (const std::uint16_t request : {id_request, find_request}) {
            Bench bench;
            bench.sam.inject({.kind = Kind::status, .request = request, .value = status, .times = 1000});
            bench.run(5s);
            EXPECT_EQ(bench.reader.status().health, ReaderHealth::failed);
            EXPECT_NE(bench.reader.status().verdict, "");
            bench.reports.all.clear();
            const std::uint64_t asked = bench.sam.asked(request);
            bench.run(60s);
            EXPECT_EQ(bench.reports.take(), "");
            EXPECT_GE(bench.sam.asked(request), asked + 10);
            EXPECT_LE(bench.sam.asked(request), asked + 13);
            bench.sam.clear_faults();
            bench.run(10s);
            EXPECT_EQ(bench.reports.take(), "online");
        }
    }
}

TEST(IdCardReaderFaults, GarbageBeforeRepliesChangesNothing) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        Bench bench(seed);
        bench.boot();
        bench.sam.inject({.kind = Kind::garbage_before, .value = static_cast<unsigned>(7 * seed), .times = 1000});
        bench.sam.present(resident_card("19700101", 1));
        bench.run(5s);
        bench.sam.remove();
        bench.run(3s);
        EXPECT_EQ(bench.reports.take(), "card removed") << seed;
        EXPECT_EQ(bench.reader.status().timeouts, 0U);
    }
}

TEST(IdCardReaderFaults, AReaderLostWhileReadingReadsTheCardWhenItIsBack) {
    for (const std::uint16_t request : {find_request, select_request, read_request}) {
        Bench bench;
        bench.boot();
        bench.sam.present(resident_card("19700101", 1));
        bench.sam.inject({.kind = Kind::lost, .request = request, .delay = 2s});
        bench.run(8s);
        EXPECT_EQ(bench.reports.take(), "offline starting online card") << request;
    }
}

TEST(IdCardReaderFaults, ACardThatLiesThereWhileTheReaderIsAwayIsNotReportedAgain) {
    for (const bool knows_new_address : {true, false}) {
        for (const bool latches : {true, false}) {
            if (latches && !knows_new_address) continue;  // to such a reader the card left right after the read
            Bench bench;
            bench.sam.knobs().knows_new_address = knows_new_address;
            bench.sam.knobs().latches = latches;
            bench.boot();
            bench.sam.present(resident_card("19700101", 1));
            bench.run(3s);
            EXPECT_EQ(bench.reports.take(), "card");
            bench.sam.detach();
            bench.run(60s);
            bench.sam.attach();
            bench.run(10s);
            EXPECT_EQ(bench.reports.take(), "offline starting online");
            bench.sam.remove();
            bench.run(2s);
            EXPECT_EQ(bench.reports.take(), "removed");
        }
    }
}

TEST(IdCardReaderFaults, AnotherCardThatLiesThereWhenTheReaderIsBackIsReported) {
    for (const bool knows_new_address : {true, false}) {
        Bench bench;
        bench.sam.knobs().knows_new_address = knows_new_address;
        bench.sam.knobs().latches = false;
        bench.boot();
        bench.sam.present(resident_card("19700101", 1));
        bench.run(3s);
        bench.sam.detach();
        bench.run(60s);
        bench.sam.present(resident_card("19700101", 3));
        bench.sam.attach();
        bench.run(10s);
        EXPECT_EQ(bench.reports.take(), "card offline starting online removed card");
    }
}

TEST(IdCardReaderFaults, ALateReadIsNeverTakenForTheNextPersonsCard) {
    for (milliseconds late = 2200ms; late <= 9000ms; late += 100ms) {
        Bench bench;
        bench.sam.knobs().jitter_percent = 0;
        bench.boot();
        const auto first = resident_card("19700101", 1);
        const auto second = resident_card("19700101", 3);
        bench.sam.present(first);
        bench.sam.inject({.kind = Kind::late_reply, .request = read_request, .delay = late});
        bench.run(1500ms);
        bench.sam.present(second);
        bench.run(20s);
        int firsts = 0;
        for (const Report& report : bench.reports.all) {
            if (report.credential && *report.credential == credential_of(first, CredentialKind::resident_id)) ++firsts;
        }
        // Within its time-out it is the answer to its own request, however late.
        EXPECT_EQ(firsts, 700ms + late <= 3000ms ? 1 : 0) << late.count();
        // Whoever waits, or places it again, is read.
        bench.sam.remove();
        bench.run(2s);
        bench.sam.present(second);
        bench.run(3s);
        ASSERT_TRUE(bench.reports.words().ends_with("card")) << late.count();
        EXPECT_TRUE(bench.reports.all.back().credential == credential_of(second, CredentialKind::resident_id));
    }
}

TEST(IdCardReaderFaults, ADeadAntennaLooksLikeNoCard) {
    Bench bench;
    bench.boot();
    bench.sam.knobs().antenna_dead = true;
    bench.sam.present(resident_card("19700101", 1));
    bench.run(30s);
    EXPECT_EQ(bench.reports.take(), "");
    EXPECT_EQ(bench.reader.status().health, ReaderHealth::online);
}

// A safety phase, in which anything goes wrong, then a liveness phase.
RC_GTEST_PROP(IdCardReaderFaultsProperty, WhateverHappensReportsPairUpAndTheNextCardIsRead, ()) {
    Bench bench(*rc::gen::inRange<std::uint64_t>(1, 1000));
    bench.sam.knobs().chunk = *rc::gen::element<std::size_t>(0, 1, 63, 64);
    bench.sam.knobs().latches = *rc::gen::arbitrary<bool>();
    bench.sam.knobs().knows_new_address = *rc::gen::arbitrary<bool>();
    bench.boot();
    const int steps = *rc::gen::inRange(1, 20);
    for (int i = 0; i < steps; ++i) {
        switch (*rc::gen::inRange(0, 6)) {
            case 0:
                bench.sam.remove();
                break;
            case 1:
                bench.sam.detach();
                break;
            case 2:
                bench.sam.attach();
                break;
            case 3: {
                auto card = resident_card("19700101", *rc::gen::inRange(1U, 4U));
                card.read_fails = *rc::gen::element<std::uint8_t>(0, 0, 0, 0x41, 0x33);
                bench.sam.present(card);
                break;
            }
            default:
                bench.sam.inject(
                    {.kind = static_cast<Kind>(*rc::gen::inRange(0, 9)),
                     .request = *rc::gen::element<std::uint16_t>(0, find_request, select_request, read_request,
                                                                 address_request, reset_request, id_request),
                     .value = *rc::gen::element(0U, 3U, 9U, 0x21U, 0x33U, 0x41U, 0x60U, 0x81U, 0xFFFFU),
                     .delay = milliseconds{*rc::gen::inRange(0, 4000)},
                     .times = *rc::gen::inRange(1, 4)});
        }
        bench.run(milliseconds{*rc::gen::inRange(0, 3000)});
    }
    bench.sam.clear_faults();
    bench.sam.attach();
    bench.sam.remove();
    bench.run(60s);
    RC_ASSERT(bench.reader.status().health == ReaderHealth::online ||
              bench.reader.status().health == ReaderHealth::degraded);
    bool there = false;
    for (const Report& report : bench.reports.all) {
        if (report.kind == Report::Kind::removed) {
            RC_ASSERT(there);
            there = false;
        } else if (report.kind != Report::Kind::health) {
            // After a refusal the same presentation may still turn out to be readable.
            RC_ASSERT(!there || report.kind == Report::Kind::card);
            there = true;
        }
    }
    RC_ASSERT(!there);
    bench.reports.all.clear();
    bench.sam.present(resident_card("19700101", 9));
    bench.run(3s);
    RC_ASSERT(bench.reports.words().starts_with("card"));
    RC_ASSERT(bench.reader.status().health == ReaderHealth::online);
}

}  // namespace
}  // namespace yizhan
