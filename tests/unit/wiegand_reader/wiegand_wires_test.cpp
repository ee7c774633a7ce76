#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "drivers/simulated/wiegand_card.h"
#include "tests/unit/wiegand_reader/reader_bench.h"

namespace yizhan {
namespace {

TEST(WiegandWires, IsOfflineWhileItsChipIsGone) {
    testing::ReaderBench bench({26});
    const auto frame = simulated::wiegand_frame(26, 0x013039);
    bench.present(frame.substr(0, 10));  // lost in the middle of a frame
    bench.gpio.unplug(testing::d0.chip, bench.scheduler.now().mono);
    bench.wait(seconds{30});
    EXPECT_EQ(bench.status().health, ReaderHealth::offline);
    EXPECT_EQ(bench.reports.last().health, ReaderHealth::offline);
    EXPECT_THAT(bench.status().verdict, ::testing::HasSubstr("cannot be read"));
    bench.present(frame);
    bench.wait(seconds{1});
    EXPECT_EQ(bench.status().cards, 0U);
    bench.gpio.plug_in(testing::d0.chip, bench.scheduler.now().mono);
    bench.wait(seconds{1} + WiegandReader::retry_reading);
    EXPECT_EQ(bench.status().health, ReaderHealth::online);
    EXPECT_EQ(bench.status().verdict, "");
    bench.present(frame);
    bench.wait(seconds{1});
    EXPECT_EQ(bench.status().cards, 1U);
    EXPECT_EQ(bench.status().bad_frames, 0U);
}

TEST(WiegandWires, TellsExchangedWiresFromNoise) {
    testing::ReaderBench bench({26, 34});
    const auto first = simulated::wiegand_frame(26, 0x013039);
    const auto second = simulated::wiegand_frame(26, 0x7bb26e);
    const auto longer = simulated::wiegand_frame(34, 0x04a1b2c3);
    simulated::WiegandCard exchanged(bench.gpio, testing::d1, testing::d0);
    bench.scheduler.join(exchanged);
    for (const auto& frame : {first, longer, second}) {
        EXPECT_THAT(bench.status().verdict, ::testing::Not(::testing::HasSubstr("exchange")));
        exchanged.present(frame, bench.scheduler.now().mono);
        bench.wait(milliseconds{1000});
    }
    EXPECT_EQ(bench.status().verdict, "D0 and D1 are exchanged: exchange the green and the white wire");
    ASSERT_EQ(bench.status().faults.size(), 1U);
    EXPECT_EQ(bench.status().faults[0].name, "parity");
    EXPECT_EQ(bench.status().faults[0].count, 3U);
    bench.scheduler.leave(exchanged);
    auto noise = first;
    noise[3] = noise[3] == '0' ? '1' : '0';
    bench.present(noise);
    bench.wait(milliseconds{1000});
    EXPECT_THAT(bench.status().verdict, ::testing::HasSubstr("parity was wrong"));
    bench.present(first);
    bench.wait(milliseconds{1000});
    EXPECT_EQ(bench.status().verdict, "");
}

// Slow enough to be bits, and with the parity of a card: D0 and D1 in turn, 13 times.
void pulse_both(testing::ReaderBench& bench, bool overlapping) {
    const auto drive = [&](const LineName& line, bool high) {
        bench.gpio.drive(line, high, bench.scheduler.now().mono);
        bench.wait(milliseconds{1});
    };
    for (int i = 0; i < 13; ++i) {
        drive(testing::d0, false);
        if (!overlapping) drive(testing::d0, true);
        drive(testing::d1, false);
        if (overlapping) drive(testing::d0, true);
        drive(testing::d1, true);
    }
}

TEST(WiegandWires, LowAtOnceAreNoCard) {
    for (const bool overlapping : {false, true}) {
        testing::ReaderBench bench({26});
        pulse_both(bench, overlapping);
        bench.wait(milliseconds{1000});
        EXPECT_EQ(bench.reports.count(testing::Report::What::card), overlapping ? 0U : 1U);
        if (!overlapping) continue;
        ASSERT_EQ(bench.status().faults.size(), 1U);
        EXPECT_EQ(bench.status().faults[0].name, "both-low");
        EXPECT_THAT(bench.status().verdict, ::testing::HasSubstr("D0 and D1 were low at once"));
    }
}

}  // namespace
}  // namespace yizhan
