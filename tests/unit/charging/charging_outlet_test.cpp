#include "drivers/charging/charging_outlet.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/charging/bench.h"

namespace yizhan::testing {
namespace {

constexpr milliseconds tick{1};

// On, behind its inrush, with `reading` flowing.
class Charging : public ChargingBench {
 public:
    explicit Charging(const MeterReading& reading, const ChargingLimits& with = phone_limits) : ChargingBench(with) {
        EXPECT_TRUE(switch_on());
        EXPECT_TRUE(on());
        pass(limits.inrush);
        draw(reading);
    }
};

TEST(ChargingOutlet, FarTooMuchCurrentSwitchesItOffInTheSameCall) {
    for (const auto& limits : {phone_limits, e_bike_limits}) {
        const std::uint32_t most = limits.most_milliamps * 3 / 2;
        EXPECT_TRUE(Charging(amps(most - 1), limits).on());
        EXPECT_TRUE(Charging(amps(most), limits).on());
        Charging bench(amps(most + 1), limits);
        EXPECT_FALSE(bench.on());
        EXPECT_EQ(bench.trip(), Trip::over_current);
    }
}

TEST(ChargingOutlet, FarTooMuchPowerDoesToo) {
    const std::uint32_t most = phone_limits.most_milliwatts * 3 / 2;
    EXPECT_TRUE(Charging({.milliwatts = most}).on());
    EXPECT_EQ(Charging({.milliwatts = most + 1}).trip(), Trip::over_current);
}

TEST(ChargingOutlet, TheInrushIsNotJudged) {
    for (const milliseconds after : {phone_limits.inrush - tick, phone_limits.inrush, phone_limits.inrush + tick}) {
        ChargingBench bench;
        bench.switch_on();
        bench.pass(after);
        bench.draw(amps(30'000));
        EXPECT_EQ(bench.on(), after < phone_limits.inrush) << after.count();
    }
}

TEST(ChargingOutlet, TooMuchForTooLongSwitchesItOff) {
    const std::uint32_t most = phone_limits.most_milliamps * 11 / 10;
    for (const std::uint32_t milliamps : {most - 1, most, most + 1}) {
        Charging bench(amps(milliamps));
        bench.pass(phone_limits.overload_time - tick);
        EXPECT_TRUE(bench.on());
        bench.pass(tick);
        EXPECT_EQ(bench.on(), milliamps <= most);
        bench.pass(tick);
        EXPECT_EQ(bench.trip(), milliamps > most ? Trip::overload : Trip::none);
    }
}

TEST(ChargingOutlet, AnOverloadThatPassesCountsAnew) {
    Charging bench(amps(3'500));
    bench.pass(phone_limits.overload_time - tick);
    bench.draw(amps(3'000));
    bench.pass(tick);
    bench.draw(amps(3'500));
    bench.pass(phone_limits.overload_time - tick);
    EXPECT_TRUE(bench.on());
    bench.pass(tick);
    EXPECT_FALSE(bench.on());
}

TEST(ChargingOutlet, AnOverloadEndsInTimeAlsoWhereNothingMoreIsHeard) {
    Charging bench(amps(3'500));
    bench.silence(true);
    bench.pass(phone_limits.overload_time);
    EXPECT_EQ(bench.trip(), Trip::overload);
}

TEST(ChargingOutlet, WhereNothingIsPluggedInItGoesOff) {
    for (const auto& limits : {phone_limits, e_bike_limits}) {
        for (const std::uint32_t milliwatts : {limits.idle_milliwatts - 1, limits.idle_milliwatts}) {
            Charging bench(watts(milliwatts), limits);
            bench.pass(limits.nothing_after - tick);
            EXPECT_TRUE(bench.on());
            bench.pass(ChargingBench::every);
            EXPECT_EQ(bench.trip(), milliwatts < limits.idle_milliwatts ? Trip::nothing_plugged : Trip::none);
        }
    }
}

TEST(ChargingOutlet, UnpluggingIsNoticed) {
    for (const std::uint32_t before : {phone_limits.unplugged_from, phone_limits.unplugged_from + 1}) {
        Charging bench(watts(before));
        bench.pass(seconds{60});
        bench.draw(watts(0));
        bench.pass(phone_limits.unplugged_after - tick);
        EXPECT_TRUE(bench.on());
        bench.pass(ChargingBench::every);
        EXPECT_EQ(bench.trip(), before > phone_limits.unplugged_from ? Trip::unplugged : Trip::none);
    }
}

TEST(ChargingOutlet, WhatFadesWasNotUnplugged) {
    Charging bench(watts(60'000));
    bench.pass(seconds{60});
    bench.draw(watts(10'000));
    bench.pass(seconds{1});
    bench.draw(watts(0));
    bench.pass(minutes{2});
    EXPECT_TRUE(bench.on());
}

TEST(ChargingOutlet, WhatIsFullIsSwitchedOff) {
    // By its own floor, and by its share of the most.
    struct Case {
        std::uint32_t peak;
        std::uint32_t limit;
    };
    for (const Case& one : {Case{18'000, phone_limits.full_milliwatts}, Case{90'000, 4'500}}) {
        for (const std::uint32_t rest : {one.limit - 1, one.limit}) {
            Charging bench(watts(one.peak));
            bench.pass(minutes{5});
            bench.draw(watts(std::max(one.limit, 2'500U)));  // on its way down, so that it does not look unplugged
            bench.pass(seconds{1});
            bench.draw(watts(rest));
            bench.pass(phone_limits.full_after - tick);
            EXPECT_TRUE(bench.on());
            bench.pass(ChargingBench::every);
            EXPECT_EQ(bench.trip(), rest < one.limit ? Trip::full : Trip::none) << one.peak << " " << rest;
        }
    }
}

TEST(ChargingOutlet, WhatDrawsAgainInBetweenIsNotFull) {
    Charging bench(watts(18'000));
    bench.pass(minutes{5});
    for (int i = 0; i < 3; ++i) {
        bench.draw(watts(1'000));
        bench.pass(phone_limits.full_after - seconds{1});
        bench.draw(watts(18'000));
        bench.pass(seconds{1});
    }
    EXPECT_TRUE(bench.on());
}

TEST(ChargingOutlet, ASilentMeterSwitchesItOff) {
    Charging bench(watts(18'000));
    bench.silence(true);
    bench.pass(phone_limits.silent_after - tick);
    EXPECT_TRUE(bench.on());
    EXPECT_FALSE(bench.outlet->status().meter_silent);
    bench.pass(tick);
    EXPECT_EQ(bench.trip(), Trip::meter_silent);
    EXPECT_TRUE(bench.outlet->status().meter_silent);
    bench.switch_off();
    bench.pass(minutes{1});
    EXPECT_FALSE(bench.switch_on());
    EXPECT_FALSE(bench.on());
    bench.switch_off();
    bench.silence(false);
    bench.pass(seconds{1});
    EXPECT_TRUE(bench.switch_on());
    EXPECT_TRUE(bench.on());
    EXPECT_FALSE(bench.outlet->status().meter_silent);
}

// Asked to be on before its meter has said anything.
struct Unheard {
    Unheard() {
        auto line = gpio.request_output({"chip", "RELAY"}, false);
        outlet.emplace(std::make_unique<OutletSwitch>(std::move(line.value()), true, seconds{60}, seconds{600}), meter,
                       phone_limits);
        outlet->start(now);
        EXPECT_TRUE(outlet->switch_on(never, now));
    }
    Now now{Mono{std::chrono::hours{1}}, Wall{}, true};
    simulated::Gpio gpio;
    MeterByHand meter;
    std::optional<ChargingOutlet> outlet;
};

TEST(ChargingOutlet, BeforeItsMeterIsHeardItWaits) {
    Unheard bench;
    EXPECT_TRUE(bench.outlet->status().waits);
    EXPECT_FALSE(bench.outlet->status().on);
    bench.now.mono += phone_limits.silent_after - tick;
    bench.outlet->advance(bench.now);
    EXPECT_TRUE(bench.outlet->status().waits);
    bench.meter.say(watts(0), bench.now);
    EXPECT_TRUE(bench.outlet->status().on);
    EXPECT_FALSE(bench.outlet->status().waits);
}

TEST(ChargingOutlet, OneWhoseMeterNeverSpeaksIsNotWaitedFor) {
    Unheard bench;
    bench.now.mono += phone_limits.silent_after;
    bench.outlet->advance(bench.now);
    EXPECT_EQ(bench.outlet->status().trip, Trip::meter_silent);
    EXPECT_FALSE(bench.outlet->status().waits);
}

TEST(ChargingOutlet, ItRestsBeforeItGoesOnAgain) {
    for (const milliseconds after :
         {phone_limits.shortest_off - tick, phone_limits.shortest_off, phone_limits.shortest_off + tick}) {
        Charging bench(watts(18'000));
        bench.switch_off();
        bench.draw(watts(0));
        bench.pass(after);
        EXPECT_TRUE(bench.switch_on());
        EXPECT_EQ(bench.on(), after >= phone_limits.shortest_off);
        EXPECT_EQ(bench.outlet->status().waits, after < phone_limits.shortest_off);
        bench.pass(tick);
        EXPECT_TRUE(bench.on());
    }
}

TEST(ChargingOutlet, WhoChangesTheirMindMeanwhileIsNotGivenPower) {
    Charging bench(watts(18'000));
    bench.switch_off();
    EXPECT_TRUE(bench.switch_on());
    bench.switch_off();
    bench.pass(minutes{1});
    EXPECT_FALSE(bench.on());
}

TEST(ChargingOutlet, AWeldedRelayIsNoticed) {
    constexpr auto noticed = ChargingLimits::welded_after + ChargingLimits::welded_for;
    for (const std::uint32_t milliamps : {ChargingLimits::welded_milliamps, ChargingLimits::welded_milliamps + 1}) {
        Charging bench(watts(18'000));
        bench.switch_off();
        bench.draw({.milliamps = milliamps, .milliwatts = 11'000});
        bench.pass(noticed - tick);
        EXPECT_FALSE(bench.outlet->status().relay_welded);
        bench.pass(2 * ChargingBench::every);
        EXPECT_EQ(bench.outlet->status().relay_welded, milliamps > ChargingLimits::welded_milliamps);
        EXPECT_EQ(bench.trip(), milliamps > ChargingLimits::welded_milliamps ? Trip::relay_welded : Trip::none);
        bench.switch_off();
        bench.pass(minutes{1});
        EXPECT_EQ(bench.switch_on(), milliamps <= ChargingLimits::welded_milliamps);
    }
}

TEST(ChargingOutlet, OneThatOpensLateIsNotWelded) {
    Charging bench(watts(18'000));
    bench.switch_off();
    bench.pass(seconds{1});
    bench.draw(watts(0));
    bench.pass(minutes{1});
    EXPECT_FALSE(bench.outlet->status().relay_welded);
}

TEST(ChargingOutlet, OneThatWasWeldedBeforeIsNoticedAtTheStart) {
    ChargingBench bench;
    bench.draw(watts(18'000));
    bench.pass(seconds{3});
    EXPECT_TRUE(bench.outlet->status().relay_welded);
    EXPECT_FALSE(bench.switch_on());
}

TEST(ChargingOutlet, WhatTrippedStaysOffUntilSomebodySwitchesItOff) {
    Charging bench(amps(9'000));
    EXPECT_EQ(bench.trip(), Trip::over_current);
    bench.draw(watts(0));
    bench.pass(minutes{1});
    EXPECT_FALSE(bench.switch_on());
    bench.switch_off();
    EXPECT_EQ(bench.trip(), Trip::none);
    EXPECT_TRUE(bench.switch_on());
    EXPECT_TRUE(bench.on());
    EXPECT_EQ(bench.outlet->status().trips, 1U);
}

TEST(ChargingOutlet, ALineThatDoesNotLetGoKeepsNobodyBusy) {
    Charging bench(watts(18'000));
    bench.gpio.fail_output(bench.relay, true);
    bench.silence(true);
    bench.pass(minutes{5});
    EXPECT_TRUE(bench.outlet->status().output_failed);
    EXPECT_EQ(bench.trip(), Trip::meter_silent);
    bench.gpio.fail_output(bench.relay, false);
    bench.pass(seconds{1});
    EXPECT_FALSE(bench.on());
}

}  // namespace
}  // namespace yizhan::testing
