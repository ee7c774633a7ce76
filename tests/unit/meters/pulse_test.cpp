#include <gtest/gtest.h>

#include <array>

#include "drivers/meters/pulse_meter.h"
#include "drivers/simulated/pulse_output.h"
#include "tests/unit/meters/bench.h"

namespace yizhan::testing {
namespace {

const LineName line{"chip", "S0"};

class PulseBench : public MeterBench {
 public:
    explicit PulseBench(bool active_high = false, std::uint32_t pulses = 1000)
        : output(gpio, line, active_high, load, pulses),
          meter(std::move(gpio.request_inputs(std::array{line}, EdgeKind::both, Bias::pull_up, 64).value()),
                active_high, pulses) {
        meter.start(this, now);
        join(load);
        join(output);
        join(meter);
        load.plug(360'000);
        switch_relay(true);
        run(milliseconds{1});
    }
    void pulse(milliseconds duration) {
        gpio.drive(line, false, now.mono);
        run(duration);
        gpio.drive(line, true, now.mono);
        run(milliseconds{100});
    }
    simulated::PulseOutput output;
    PulseMeter meter;
};

TEST(PulseMeter, CountsEnergyAtEitherLevel) {
    for (const bool active_high : {false, true}) {
        for (const std::uint32_t pulses : {100U, 1000U, 2000U}) {
            PulseBench bench(active_high, pulses);
            bench.run(minutes{60});
            EXPECT_NEAR(static_cast<double>(bench.meter.latest()->milliwatt_hours), 360'000, 1'000'000.0 / pulses);
        }
    }
}

TEST(PulseMeter, TellsPowerFromTheTimeBetweenPulses) {
    PulseBench bench;
    bench.run(minutes{2});
    EXPECT_NEAR(bench.meter.latest()->milliwatts, 360'000, 8'000);
    EXPECT_FALSE(bench.meter.follows_power());
}

TEST(PulseMeter, PowerFallsWhileNoPulseComes) {
    PulseBench bench;
    bench.run(minutes{2});
    bench.load.unplug();
    bench.run(minutes{10});
    EXPECT_LT(bench.meter.latest()->milliwatts, 7'000U);
}

TEST(PulseMeter, WhatIsShorterThanAPulseIsNone) {
    for (const milliseconds duration : {PulseMeter::shortest_pulse - milliseconds{1}, PulseMeter::shortest_pulse,
                                        PulseMeter::shortest_pulse + milliseconds{1}}) {
        PulseBench bench;
        bench.output.silence(true);
        bench.pulse(duration);
        const bool counts = duration >= PulseMeter::shortest_pulse;
        EXPECT_EQ(bench.meter.latest()->milliwatt_hours, counts ? 1000U : 0U) << duration.count();
        EXPECT_EQ(bench.meter.status().bad_frames, counts ? 0U : 1U);
    }
}

TEST(PulseMeter, EdgesThatTheKernelDroppedAreTold) {
    PulseBench bench;
    bench.output.silence(true);
    bench.pulse(milliseconds{50});
    bench.gpio.lose_edges(line, 1, simulated::Gpio::Loss::counted);
    bench.pulse(milliseconds{50});
    bench.pulse(milliseconds{50});
    EXPECT_EQ(bench.meter.latest()->milliwatt_hours, 2000U);
    EXPECT_EQ(bench.meter.status().verdict, "may have lost pulses, 1 times");
}

TEST(PulseMeter, ALineThatCannotBeReadIsNamed) {
    PulseBench bench;
    bench.gpio.unplug("chip", bench.now.mono);
    bench.run(seconds{2});
    EXPECT_NE(bench.meter.status().verdict, "");
    bench.gpio.plug_in("chip", bench.now.mono);
    bench.run(seconds{2});
    EXPECT_EQ(bench.meter.status().verdict, "");
    bench.output.silence(true);
    const auto before = bench.meter.latest()->milliwatt_hours;
    bench.pulse(milliseconds{50});
    EXPECT_EQ(bench.meter.latest()->milliwatt_hours, before + 1000);
}

}  // namespace
}  // namespace yizhan::testing
