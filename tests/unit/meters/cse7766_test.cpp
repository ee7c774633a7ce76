#include "drivers/simulated/cse7766.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

#include "drivers/meters/cse7766_meter.h"
#include "tests/unit/meters/bench.h"

namespace yizhan::testing {
namespace {

class CseBench : public MeterBench {
 public:
    CseBench() {
        meter.start(this, now);
        join(load);
        join(chip);
        join(meter);
        load.plug(66'000);
        switch_relay(true);
        run(seconds{1});
    }
    simulated::BytePort port;
    simulated::Cse7766 chip{port, load};
    Cse7766Meter meter{port};
};

using Frame = std::array<unsigned, 24>;

std::vector<std::byte> bytes_of(Frame frame) {
    unsigned sum = 0;
    for (std::size_t i = 2; i < 23; ++i) sum += frame[i];
    frame[23] = sum & 0xFFU;
    std::vector<std::byte> bytes;
    for (const unsigned value : frame) bytes.push_back(static_cast<std::byte>(value));
    return bytes;
}

// 220.0 V, 0.300 A, 66.0 W, 7 pulses: coefficients 191400, 16126, 5195000.
constexpr Frame a_frame{0x55, 0x5A, 0x02, 0xEB, 0xA8, 0x00, 0x03, 0x66, 0x00, 0x3E, 0xFE, 0x00,
                        0xD1, 0xF9, 0x4F, 0x44, 0xD8, 0x01, 0x33, 0x78, 0x71, 0x00, 0x07, 0x00};

TEST(Cse7766, ReadsWhatTheDataSheetSays) {
    CseBench bench;
    bench.chip.knobs().silent = true;
    bench.port.deliver(bytes_of(a_frame), bench.now);
    ASSERT_TRUE(bench.meter.latest());
    EXPECT_EQ(bench.meter.latest()->millivolts, 220'000U);
    EXPECT_EQ(bench.meter.latest()->milliamps, 300U);
    EXPECT_EQ(bench.meter.latest()->milliwatts, 65'999U);
    EXPECT_EQ(bench.meter.latest()->at, bench.now.mono);
}

TEST(Cse7766, SaysWhatFlowsSomeEighteenTimesASecond) {
    CseBench bench;
    const auto before = bench.readings.size();
    bench.run(seconds{10});
    EXPECT_NEAR(static_cast<double>(bench.readings.size() - before), 181, 1);
    EXPECT_NEAR(bench.readings.back().milliwatts, 66'000, 100);
    EXPECT_NEAR(bench.readings.back().milliamps, 300, 2);
    EXPECT_NEAR(bench.readings.back().millivolts, 220'000, 300);
    EXPECT_EQ(bench.meter.status().verdict, "");
}

TEST(Cse7766, NothingPluggedInIsNothingAtAll) {
    CseBench bench;
    bench.load.unplug();
    bench.run(seconds{1});
    EXPECT_EQ(bench.readings.back().milliwatts, 0U);
    EXPECT_EQ(bench.readings.back().milliamps, 0U);
    EXPECT_NEAR(bench.readings.back().millivolts, 220'000, 300);
}

TEST(Cse7766, CountsEnergyAcrossTheEndOfItsCounter) {
    for (const unsigned start : {0U, 0xFFFFU, 0xFFF0U}) {
        CseBench bench;
        bench.chip.restart();
        bench.chip.set_counter(static_cast<std::uint16_t>(start));
        bench.run(seconds{1});
        const auto before = bench.readings.back().milliwatt_hours;
        bench.run(minutes{60});
        EXPECT_NEAR(static_cast<double>(bench.readings.back().milliwatt_hours - before), 66'000, 66) << start;
    }
}

TEST(Cse7766, ACounterThatBeganAnewAddsNothing) {
    CseBench bench;
    bench.run(minutes{60});
    bench.load.unplug();
    bench.run(seconds{1});
    const auto before = bench.readings.back().milliwatt_hours;
    bench.chip.restart();
    bench.run(seconds{10});
    EXPECT_EQ(bench.readings.back().milliwatt_hours, before);
    bench.load.plug(66'000);
    bench.run(minutes{6});
    EXPECT_NEAR(static_cast<double>(bench.readings.back().milliwatt_hours - before), 6'600, 66);
}

TEST(Cse7766, FramesInAnySplitAreRead) {
    for (const std::size_t chunk : {1U, 2U, 5U, 23U}) {
        CseBench bench;
        bench.chip.knobs().chunk = chunk;
        const auto before = bench.readings.size();
        bench.run(seconds{1});
        EXPECT_GE(bench.readings.size(), before + 18) << chunk;
        EXPECT_EQ(bench.meter.status().bad_frames, 0U);
    }
}

TEST(Cse7766, AWrongByteCostsOneFrame) {
    CseBench bench;
    const auto before = bench.readings.size();
    bench.chip.knobs().garbage = 3;
    bench.run(seconds{1});
    EXPECT_EQ(bench.readings.size(), before + 15);
    EXPECT_EQ(bench.meter.status().bad_frames, 3U);
}

TEST(Cse7766, EveryWrongByteIsNoticedAndTheNextFrameRead) {
    const auto good = bytes_of(a_frame);
    for (std::size_t at = 0; at < good.size(); ++at) {
        for (const unsigned flip : {0x01U, 0x80U, 0xFFU}) {
            CseBench bench;
            bench.chip.knobs().silent = true;
            const auto before = bench.readings.size();
            auto bad = good;
            bad[at] ^= static_cast<std::byte>(flip);
            bench.port.deliver(bad, bench.now);
            // Its first byte alone may become another that is good: "something is beyond what can be measured".
            EXPECT_LE(bench.readings.size(), before + (at == 0 ? 1 : 0)) << at;
            bench.port.deliver(good, bench.now);
            bench.port.deliver(good, bench.now);
            EXPECT_GE(bench.readings.size(), before + 1) << at << " " << flip;
        }
    }
}

TEST(Cse7766, WhatIsCutOffIsForgottenAfterSilence) {
    CseBench bench;
    bench.chip.knobs().silent = true;
    const auto good = bytes_of(a_frame);
    const auto before = bench.readings.size();
    bench.port.deliver(std::span(good).first(12), bench.now);
    bench.run(Cse7766Meter::frame_gap + milliseconds{1});
    bench.port.deliver(good, bench.now);
    EXPECT_EQ(bench.readings.size(), before + 1);
    EXPECT_EQ(bench.meter.status().bad_frames, 1U);
}

TEST(Cse7766, NoiseBeforeAFrameIsSkipped) {
    CseBench bench;
    bench.chip.knobs().silent = true;
    auto noise = bytes_of(a_frame);
    const std::array<std::byte, 5> before{std::byte{0x55}, std::byte{0x55}, std::byte{0xF2}, std::byte{0x00},
                                          std::byte{0xAA}};
    noise.insert(noise.begin(), before.begin(), before.end());
    const auto count = bench.readings.size();
    bench.port.deliver(noise, bench.now);
    EXPECT_EQ(bench.readings.size(), count + 1);
}

TEST(Cse7766, OneThatCannotMeasureSaysSo) {
    for (const bool damaged : {false, true}) {
        CseBench bench;
        bench.chip.knobs().damaged = damaged;
        bench.chip.knobs().uncalibrated = !damaged;
        const auto before = bench.readings.size();
        bench.run(seconds{1});
        EXPECT_EQ(bench.readings.size(), before);
        EXPECT_NE(bench.meter.status().verdict, "");
        EXPECT_EQ(bench.meter.status().cure, "replace the meter");
    }
}

TEST(Cse7766, SilenceIsNamedAndSoIsAMissingCable) {
    CseBench bench;
    EXPECT_EQ(bench.meter.status().verdict, "");
    bench.chip.knobs().silent = true;
    bench.run(Cse7766Meter::patience - milliseconds{100});
    EXPECT_EQ(bench.meter.status().verdict, "");
    bench.run(milliseconds{200});
    EXPECT_EQ(bench.meter.status().verdict, "says nothing that can be understood");
    bench.chip.detach();
    bench.run(seconds{1});
    EXPECT_EQ(bench.meter.status().verdict, "not connected: was pulled out");
    bench.chip.knobs().silent = false;
    bench.chip.attach();
    bench.run(seconds{1});
    EXPECT_EQ(bench.meter.status().verdict, "");
}

}  // namespace
}  // namespace yizhan::testing
