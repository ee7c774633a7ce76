#include "drivers/wiegand_reader/wiegand_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "drivers/simulated/wiegand_card.h"
#include "tests/support/allocations.h"
#include "tests/unit/wiegand_reader/reader_bench.h"

namespace yizhan {
namespace {

using simulated::wiegand_frame;
using testing::d0;
using testing::d1;
using testing::gap;
using testing::ReaderBench;
using testing::Report;
using What = Report::What;
using ::testing::HasSubstr;

Credential card26(std::uint8_t facility, std::uint8_t high, std::uint8_t low) {
    const std::array<std::uint8_t, 3> bytes{facility, high, low};
    return {CredentialKind::wiegand26, std::as_bytes(std::span(bytes))};
}

const std::string frame_a = wiegand_frame(26, 0x013039);
const std::string frame_b = wiegand_frame(26, 0x7bb26e);
const std::string frame_34 = wiegand_frame(34, 0x04a1b2c3);
const std::string frame_37 = wiegand_frame(37, 123456789);

TEST(WiegandReader, IsOnlineFromTheStart) {
    ReaderBench bench({26});
    ASSERT_EQ(bench.reports.list().size(), 1U);
    EXPECT_EQ(bench.reports.last().health, ReaderHealth::online);
    EXPECT_EQ(bench.status().verdict, "");
    EXPECT_EQ(bench.reader->next_deadline(), never);
}

TEST(WiegandReader, ReportsACardOfEachFormat) {
    ReaderBench bench({26, 34, 37});
    for (const auto& [frame, kind, size] : {std::tuple{frame_a, CredentialKind::wiegand26, std::size_t{3}},
                                            {frame_34, CredentialKind::wiegand34, std::size_t{4}},
                                            {frame_37, CredentialKind::wiegand37, std::size_t{5}}}) {
        bench.present(frame);
        bench.silence();
        ASSERT_EQ(bench.reports.last().what, What::card);
        EXPECT_EQ(bench.reports.last().credential.kind(), kind);
        EXPECT_EQ(bench.reports.last().credential.bytes().size(), size);
        bench.wait(milliseconds{1000});
    }
    EXPECT_EQ(bench.status().cards, 3U);
    EXPECT_EQ(bench.status().bad_frames, 0U);
    EXPECT_TRUE(bench.reports.all_plain());
}

TEST(WiegandReader, WithOneLengthDecidesOnTheLastBit) {
    ReaderBench bench({26});
    const Mono start = bench.scheduler.now().mono;
    bench.present(frame_a);
    EXPECT_EQ(bench.reports.last().credential, card26(1, 0x30, 0x39));
    EXPECT_EQ(bench.reports.last_at(), start + milliseconds{25});
}

TEST(WiegandReader, WithSeveralLengthsWaitsForSilence) {
    ReaderBench bench({26, 34});
    const Mono start = bench.scheduler.now().mono;
    bench.present(frame_a);
    EXPECT_EQ(bench.reports.count(What::card), 0U);
    bench.silence();
    EXPECT_EQ(bench.reports.last().credential, card26(1, 0x30, 0x39));
    EXPECT_EQ(bench.reports.last_at(), start + milliseconds{25} + gap + WiegandReader::one_more_turn);
}

TEST(WiegandReader, TellsWhenTheCardIsGone) {
    ReaderBench bench({26});
    bench.present(frame_a);
    const Mono read_at = bench.reports.last_at();
    bench.wait(milliseconds{1000});
    EXPECT_EQ(bench.reports.last().what, What::removed);
    EXPECT_EQ(bench.reports.last_at(), read_at + WiegandReader::quiet + WiegandReader::one_more_turn);
    EXPECT_EQ(bench.reader->next_deadline(), never);
}

TEST(WiegandReader, TakesARepeatedFrameForTheSamePresentation) {
    ReaderBench bench({26});
    for (int i = 0; i < 5; ++i) {
        bench.present(frame_a);
        bench.wait(milliseconds{400});
    }
    EXPECT_EQ(bench.reports.count(What::card), 1U);
    EXPECT_EQ(bench.reports.count(What::removed), 0U);
    bench.wait(milliseconds{200});
    EXPECT_EQ(bench.reports.count(What::removed), 1U);
    bench.present(frame_a);
    EXPECT_EQ(bench.reports.count(What::card), 2U);
    EXPECT_EQ(bench.status().cards, 2U);
}

TEST(WiegandReader, ReportsAnotherCardAtOnce) {
    ReaderBench bench({26});
    bench.present(frame_a);
    bench.wait(milliseconds{100});
    bench.present(frame_b);
    const auto reports = bench.reports.list();
    ASSERT_EQ(reports.size(), 4U);
    EXPECT_EQ(reports[2].what, What::removed);
    EXPECT_EQ(reports[3].credential, card26(0x7b, 0xb2, 0x6e));
}

TEST(WiegandReader, CountsSurplusBitsAfterAnEarlyDecisionOnce) {
    ReaderBench bench({26});
    bench.present(frame_a + "0110");
    bench.silence();
    EXPECT_EQ(bench.reports.count(What::card), 1U);
    EXPECT_EQ(bench.reports.count(What::refused), 0U);
    EXPECT_EQ(bench.status().bad_frames, 1U);
    EXPECT_THAT(bench.status().verdict, HasSubstr("after a frame of 26"));
    bench.wait(milliseconds{1000});
    bench.present(frame_b);
    EXPECT_EQ(bench.reports.count(What::card), 2U);
    EXPECT_EQ(bench.status().verdict, "");
}

// Every way to spoil one frame: it is counted, refused once, gives no card, and does not hurt the next one.
void expect_refused_and_recovered(ReaderBench& bench, const std::string& verdict) {
    bench.silence();
    EXPECT_EQ(bench.reports.count(What::card), 0U);
    EXPECT_EQ(bench.reports.count(What::refused), 1U);
    EXPECT_EQ(bench.reports.last().outcome, Outcome::unreadable);
    EXPECT_EQ(bench.status().bad_frames, 1U);
    EXPECT_EQ(bench.status().refused, 1U);
    EXPECT_THAT(bench.status().verdict, HasSubstr(verdict));
    bench.wait(milliseconds{1000});
    EXPECT_EQ(bench.reports.last().what, What::removed);
    bench.present(frame_a);
    bench.silence();
    EXPECT_EQ(bench.reports.count(What::card), 1U);
    EXPECT_EQ(bench.status().verdict, "");
}

TEST(WiegandReader, RefusesAFrameWithAnyBitFlipped) {
    for (std::size_t bit = 0; bit < frame_a.size(); ++bit) {
        SCOPED_TRACE(bit);
        ReaderBench bench({26});
        std::string bad = frame_a;
        bad[bit] = bad[bit] == '0' ? '1' : '0';
        bench.present(bad);
        expect_refused_and_recovered(bench, "parity");
    }
}

TEST(WiegandReader, RefusesAFrameWithAnyEdgeLost) {
    using enum simulated::Gpio::Loss;
    for (const auto& lengths : {std::vector<std::uint8_t>{26}, {26, 34}}) {
        for (const auto loss : {counted, unseen}) {
            // Before the first edge there is no count to miss one in; after the last one a hole shows only later.
            const std::size_t margin = loss == counted ? 1 : 0;
            for (std::size_t bit = margin; bit < frame_a.size() - margin; ++bit) {
                SCOPED_TRACE(bit);
                ReaderBench bench(lengths);
                const Mono start = bench.scheduler.now().mono + milliseconds{1};
                bench.card.present(frame_a, start);
                bench.scheduler.run_until(start + milliseconds{bit} - microseconds{500});
                bench.gpio.lose_edges(frame_a[bit] == '0' ? d0 : d1, 1, loss);
                bench.wait(milliseconds{27} - milliseconds{bit});
                expect_refused_and_recovered(bench, loss == counted ? "dropped" : "25 bits");
            }
        }
    }
}

TEST(WiegandReader, BelievesNeitherFrameBesideAHoleInTheSequence) {
    simulated::Gpio gpio;
    gpio.drive(d0, true, Mono{});
    gpio.drive(d1, true, Mono{});
    testing::Reports reports;
    const auto reader = testing::make_reader(gpio, {26, 34});
    reader->start(reports, {});
    Mono at{seconds{1}};
    const auto send = [&](const std::string& bits) {
        for (const char bit : bits) {
            gpio.drive(bit == '0' ? d0 : d1, false, at);
            gpio.drive(bit == '0' ? d0 : d1, true, at);
            at += milliseconds{1};
        }
    };
    send(frame_a);
    gpio.lose_edges(d0, 8, simulated::Gpio::Loss::counted);
    send("00000000");  // the rest of a longer frame, or the beginning of the next
    at += gap;
    send(frame_b);
    gpio.advance({.mono = at, .wall = {}});
    reader->advance({.mono = at + gap, .wall = {}});
    reader->advance({.mono = at + gap + milliseconds{1}, .wall = {}});
    EXPECT_EQ(reports.count(What::card), 0U);
    EXPECT_EQ(reader->status().bad_frames, 2U);
    EXPECT_THAT(reader->status().verdict, HasSubstr("dropped"));
}

TEST(WiegandReader, RefusesLinesThatMoveTogetherOrTooFast) {
    for (const int spacing_us : {0, 1, 50, 99, 100, 150}) {
        SCOPED_TRACE(spacing_us);
        ReaderBench bench({26, 34});
        bench.present(frame_a.substr(0, 25));
        const Mono last = bench.scheduler.now().mono;  // 50 us after its falling edge
        bench.gpio.drive(d1, false, last - microseconds{50} + microseconds{spacing_us});
        bench.gpio.drive(d1, true, last + microseconds{200});
        if (spacing_us < 100) {
            expect_refused_and_recovered(bench, "closer than");
        } else {
            bench.silence();
            EXPECT_EQ(bench.reports.count(What::card), 1U);
        }
    }
}

TEST(WiegandReader, RefusesALengthThatIsNotSet) {
    ReaderBench one({26});
    one.present(frame_34);
    expect_refused_and_recovered(one, "34 bits");
    ReaderBench two({26, 34});
    two.present(frame_37);
    expect_refused_and_recovered(two, "37 bits");
}

// The price of deciding on the last bit: the verdict tells, and the cure is to set both lengths.
TEST(WiegandReader, WithOneLengthTakesTheBeginningOfALongerFrameForACardWhereItsParityFits) {
    ReaderBench one({26});
    one.present(frame_37);
    one.silence();
    EXPECT_EQ(one.reports.count(What::card), 1U);
    EXPECT_THAT(one.status().verdict, HasSubstr("set them all"));
    ReaderBench both({26, 37});
    both.present(frame_37);
    both.silence();
    EXPECT_EQ(both.reports.last().credential.kind(), CredentialKind::wiegand37);
    EXPECT_EQ(both.status().verdict, "");
}

TEST(WiegandReader, RefusesFramesOfEqualBits) {
    for (const char bit : {'0', '1'}) {
        ReaderBench bench({26, 37});
        bench.present(std::string(26, bit));
        expect_refused_and_recovered(bench, "never moves");
    }
}

TEST(WiegandReader, CountsNoiseWithoutEndAtOnceAndGivesNoCard) {
    ReaderBench bench({26, 34, 37});
    bench.present(std::string(64, '0') + frame_a.substr(0, 1));
    EXPECT_EQ(bench.status().bad_frames, 1U);
    EXPECT_THAT(bench.status().verdict, HasSubstr("more than 64 bits"));
    bench.present(std::string(500, '1') + frame_a);
    EXPECT_EQ(bench.status().bad_frames, 1U);
    bench.silence();
    bench.present(frame_a);
    bench.silence();
    EXPECT_EQ(bench.reports.count(What::card), 1U);
    EXPECT_EQ(bench.reports.count(What::refused), 0U);
}

TEST(WiegandReader, OnlyCountsFramesOfLessThanHalfALength) {
    for (std::size_t bits = 1; bits < 26; ++bits) {
        SCOPED_TRACE(bits);
        ReaderBench bench({26});
        bench.present(frame_a.substr(0, bits));
        bench.silence();
        EXPECT_EQ(bench.status().bad_frames, 1U);
        EXPECT_EQ(bench.reports.count(What::refused), bits < 13 ? 0U : 1U);
        EXPECT_EQ(bench.reports.count(What::card), 0U);
    }
}

TEST(WiegandReader, RefusesAPresentationOnlyOnce) {
    ReaderBench bench({26});
    for (int i = 0; i < 4; ++i) {
        bench.present(frame_34);
        bench.wait(milliseconds{300});
    }
    EXPECT_EQ(bench.reports.count(What::refused), 1U);
    EXPECT_EQ(bench.status().bad_frames, 4U);
    // The next attempt succeeds while the card is still there.
    bench.present(frame_a);
    EXPECT_EQ(bench.reports.last().what, What::card);
    EXPECT_EQ(bench.reports.count(What::removed), 0U);
}

TEST(WiegandReader, NamesTheWireThatIsBroken) {
    for (const auto& [line, wire] :
         {std::pair{d0, "D0 never moves: check the green wire"}, {d1, "D1 never moves: check the white wire"}}) {
        ReaderBench bench({26});
        bench.gpio.cut(line, true);
        bench.present(frame_b);
        bench.silence();
        EXPECT_EQ(bench.status().verdict, wire);
        EXPECT_EQ(bench.reports.count(What::card), 0U);
        bench.gpio.cut(line, false);
        bench.present(frame_a);
        EXPECT_EQ(bench.status().verdict, "");
    }
}

TEST(WiegandReader, NamesALineThatIsLowAtRest) {
    ReaderBench bench({26}, false);
    bench.gpio.drive(d1, false, Mono{});
    bench.start();
    EXPECT_THAT(bench.status().verdict, HasSubstr("D1 was low at rest"));
    bench.gpio.drive(d1, true, Mono{});
    bench.wait(milliseconds{100});
    bench.present(frame_a);
    EXPECT_EQ(bench.status().verdict, "");
}

TEST(WiegandReader, IsDegradedWhileReadsKeepFailing) {
    ReaderBench bench({26});
    for (int i = 1; i <= WiegandReader::failures_to_degrade; ++i) {
        EXPECT_EQ(bench.status().health, ReaderHealth::online) << i;
        bench.present(frame_34);
        bench.wait(milliseconds{1000});
    }
    EXPECT_EQ(bench.status().health, ReaderHealth::degraded);
    EXPECT_EQ(bench.reports.count(What::health), 2U);
    bench.present(frame_a);
    EXPECT_EQ(bench.status().health, ReaderHealth::online);
    EXPECT_EQ(bench.reports.count(What::health), 3U);
}

TEST(WiegandReader, TakesAGapAsLongAsTheQuietAfterACard) {
    simulated::Scheduler scheduler;
    simulated::EventLoop loop(scheduler);
    simulated::Gpio gpio;
    simulated::WiegandCard card(gpio, d0, d1);
    testing::Reports reports;
    auto lines = gpio.request_inputs(std::array{d0, d1}, EdgeKind::falling, Bias::as_is, 256);
    const std::array<std::uint8_t, 2> lengths{26, 34};
    WiegandReader reader(std::move(lines.value()), lengths, WiegandReader::quiet);
    scheduler.join(card);
    loop.join(gpio);
    loop.join(reader);
    reader.start(reports, loop.now());
    for (int i = 1; i <= 3; ++i) {
        card.present(frame_a, scheduler.now().mono);
        scheduler.run_for(milliseconds{1500});
        EXPECT_EQ(reports.count(What::card), static_cast<std::size_t>(i));
        EXPECT_EQ(reports.count(What::removed), static_cast<std::size_t>(i));
    }
    EXPECT_EQ(reader.status().bad_frames, 0U);
    loop.leave(reader);
    loop.leave(gpio);
    scheduler.leave(card);
}

TEST(WiegandReader, ReportsACardWithoutAllocating) {
    for (const std::vector<std::uint8_t>& lengths : {std::vector<std::uint8_t>{26}, {26, 34, 37}}) {
        simulated::Gpio gpio;
        gpio.drive(d0, true, Mono{});
        gpio.drive(d1, true, Mono{});
        testing::Reports reports;
        const auto reader = testing::make_reader(gpio, lengths);
        reader->start(reports, {});
        Mono at{seconds{1}};
        for (const auto* frame : {&frame_a, &frame_b, &frame_34}) {
            at += seconds{1};
            for (const char bit : *frame) {
                gpio.drive(bit == '0' ? d0 : d1, false, at);
                gpio.drive(bit == '0' ? d0 : d1, true, at);
                at += milliseconds{1};
            }
            const auto before = testing::allocations();
            gpio.advance({.mono = at, .wall = {}});
            for (const auto passed : {gap, gap + milliseconds{1}, milliseconds{600}, milliseconds{601}}) {
                reader->advance({.mono = at + passed, .wall = {}});
            }
            EXPECT_EQ(testing::allocations(), before);
        }
        EXPECT_EQ(reports.count(What::card), lengths.size() == 1 ? 2U : 3U);
        EXPECT_EQ(reports.count(What::removed), 3U);
    }
}

}  // namespace
}  // namespace yizhan
