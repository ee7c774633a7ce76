#include "drivers/charging/heat_guard.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "tests/unit/charging/bench.h"

namespace yizhan::testing {
namespace {

constexpr milliseconds tick{1};
constexpr HeatLimits heat;

class SocketThermometer final : public Thermometer {
 public:
    void start(ThermometerListener& listener, Now) override { listener_ = &listener; }
    std::optional<Temperature> latest() const override { return std::nullopt; }
    MeterStatus status() const override { return {}; }
    Mono next_deadline() const override { return never; }
    void advance(Now) override {}
    void say(std::int32_t millicelsius, Now now) { listener_->on_temperature(*this, {millicelsius, now.mono}, now); }

 private:
    ThermometerListener* listener_ = nullptr;
};

// Over a plain relay, or over one that a meter watches.
class HeatBench {
 public:
    explicit HeatBench(bool with_meter = false) {
        auto line = gpio.request_output(relay, OutletSwitch::off_level(true));
        std::unique_ptr<Outlet> inner =
            std::make_unique<OutletSwitch>(std::move(line.value()), true, seconds{60}, std::chrono::hours{8});
        if (with_meter) {
            std::unique_ptr<OutletSwitch> switched(static_cast<OutletSwitch*>(inner.release()));
            inner = std::make_unique<ChargingOutlet>(std::move(switched), meter, phone_limits);
        }
        outlet.emplace(std::move(inner), thermometer, heat);
        outlet->start(now);
    }
    void say(std::int32_t millicelsius) { thermometer.say(millicelsius, now); }
    bool switch_on() { return outlet->switch_on(now.mono + seconds{60}, now); }
    bool on() const { return gpio.level(relay); }
    Trip trip() const { return outlet->status().trip; }
    void pass(milliseconds duration) {
        now.mono += duration;
        if (outlet->next_deadline() <= now.mono) outlet->advance(now);
    }

    const LineName relay{"chip", "RELAY"};
    Now now{Mono{std::chrono::hours{1}}, Wall{}, true};
    simulated::Gpio gpio;
    MeterByHand meter;
    SocketThermometer thermometer;
    std::optional<HeatGuard> outlet;
};

TEST(HeatGuard, ASocketThatIsTooHotGoesOffInTheSameCall) {
    for (const std::int32_t millicelsius : {heat.off - 1, heat.off, heat.off + 1}) {
        HeatBench bench;
        ASSERT_TRUE(bench.switch_on());
        bench.say(millicelsius);
        EXPECT_EQ(bench.on(), millicelsius < heat.off);
        EXPECT_EQ(bench.trip(), millicelsius < heat.off ? Trip::none : Trip::too_hot);
    }
}

TEST(HeatGuard, WarnsBeforeAndUntilItHasCooled) {
    HeatBench bench;
    ASSERT_TRUE(bench.switch_on());
    for (const auto& [millicelsius, hot] : {std::pair{heat.warn - 1, false},
                                            {heat.warn, true},
                                            {heat.warn - 1, true},
                                            {heat.cooled, true},
                                            {heat.cooled - 1, false},
                                            {heat.warn - 1, false}}) {
        bench.say(millicelsius);
        EXPECT_EQ(bench.outlet->status().too_hot, hot) << millicelsius;
        EXPECT_TRUE(bench.on());
    }
}

TEST(HeatGuard, DoesNotGoOnAgainBeforeItHasCooledNorByItself) {
    HeatBench bench;
    ASSERT_TRUE(bench.switch_on());
    bench.say(heat.off);
    bench.say(heat.cooled - 1);
    EXPECT_FALSE(bench.on());
    EXPECT_FALSE(bench.switch_on()) << "somebody has to switch it off first";
    bench.outlet->switch_off(bench.now);
    bench.say(heat.off);
    bench.say(heat.cooled);
    EXPECT_FALSE(bench.switch_on());
    EXPECT_EQ(bench.trip(), Trip::too_hot);
    bench.outlet->switch_off(bench.now);
    bench.say(heat.cooled - 1);
    EXPECT_TRUE(bench.switch_on());
    EXPECT_TRUE(bench.on());
    EXPECT_EQ(bench.outlet->status().trips, 2U);
}

TEST(HeatGuard, AThermometerThatFallsSilentEndsIt) {
    HeatBench bench;
    ASSERT_TRUE(bench.switch_on());
    bench.say(20'000);
    bench.pass(HeatLimits::silent_after - tick);
    EXPECT_TRUE(bench.on());
    EXPECT_FALSE(bench.outlet->status().meter_silent);
    bench.pass(tick);
    EXPECT_FALSE(bench.on());
    EXPECT_EQ(bench.trip(), Trip::meter_silent);
    EXPECT_TRUE(bench.outlet->status().meter_silent);
    bench.outlet->switch_off(bench.now);
    EXPECT_FALSE(bench.switch_on());
    bench.outlet->switch_off(bench.now);
    bench.say(20'000);
    EXPECT_FALSE(bench.outlet->status().meter_silent);
    EXPECT_TRUE(bench.switch_on());
}

TEST(HeatGuard, WhatWaitsForItsMeterDoesNotGoOnInTheHeat) {
    HeatBench bench(true);
    ASSERT_TRUE(bench.switch_on());
    EXPECT_FALSE(bench.on()) << "its meter has not spoken";
    bench.say(heat.off);
    EXPECT_EQ(bench.trip(), Trip::too_hot);
    bench.meter.say(watts(0), bench.now);
    EXPECT_FALSE(bench.on());
}

TEST(HeatGuard, WhatItsMeterSaysStillCounts) {
    HeatBench bench(true);
    bench.meter.say(watts(0), bench.now);
    bench.pass(phone_limits.shortest_off);
    ASSERT_TRUE(bench.switch_on());
    EXPECT_TRUE(bench.on());
    bench.pass(phone_limits.inrush);
    bench.meter.say(amps(30'000), bench.now);
    EXPECT_FALSE(bench.on());
    EXPECT_EQ(bench.trip(), Trip::over_current);
}

}  // namespace
}  // namespace yizhan::testing
