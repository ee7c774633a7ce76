#include "drivers/outputs/outlet_switch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "drivers/simulated/gpio.h"
#include "drivers/simulated/load_model.h"
#include "tests/unit/outputs/now.h"

namespace yizhan {
namespace {

using simulated::Gpio;
using testing::at;
using testing::noon;

const LineName relay{"gpiochip0", "OUTLET1"};
constexpr milliseconds longest_lease{10'000};
constexpr milliseconds longest_on{60'000};
constexpr nanoseconds tick{1};

class OutletBench {
 public:
    explicit OutletBench(bool active_high = true, milliseconds lease = longest_lease) {
        auto line = gpio.request_output(relay, OutletSwitch::off_level(active_high));
        outlet.emplace(std::move(line.value()), active_high, lease, longest_on);
    }
    // Renews each second, from the second after `from` up to `to`.
    void renew_through(Mono from, Mono to) {
        for (Mono now = from + seconds{1}; now <= to; now += seconds{1}) {
            outlet->advance(at(now));
            outlet->switch_on(now + longest_lease, at(now));
        }
    }

    Gpio gpio;
    std::optional<OutletSwitch> outlet;
};

TEST(OutletSwitch, DrivesBothActiveLevelsAndIsOffWhenItDies) {
    for (const bool active_high : {false, true}) {
        OutletBench bench(active_high);
        EXPECT_EQ(bench.gpio.level(relay), !active_high);
        EXPECT_EQ(bench.gpio.output_changes(relay), 1U);
        EXPECT_TRUE(bench.outlet->switch_on(noon + seconds{1}, at(noon)));
        EXPECT_EQ(bench.gpio.level(relay), active_high);
        EXPECT_TRUE(bench.outlet->status().on);
        bench.outlet->switch_off(at(noon));
        EXPECT_EQ(bench.gpio.level(relay), !active_high);
        EXPECT_TRUE(bench.outlet->switch_on(noon + seconds{1}, at(noon)));
        bench.outlet.reset();
        EXPECT_EQ(bench.gpio.level(relay), !active_high);
    }
}

TEST(OutletSwitch, CutsALeaseToTheLongestAndToTheLongestOnTime) {
    for (const milliseconds lease : {longest_on - milliseconds{1}, longest_on, longest_on + milliseconds{1}}) {
        for (const auto asked : {lease - tick, nanoseconds{lease}, lease + tick, longest_on - tick,
                                 nanoseconds{longest_on}, longest_on + tick}) {
            OutletBench bench(true, lease);
            EXPECT_TRUE(bench.outlet->switch_on(noon + asked, at(noon)));
            const auto kept = std::min({asked, nanoseconds{lease}, nanoseconds{longest_on}});
            EXPECT_EQ(bench.outlet->status().lease_ends, noon + kept);
            bench.outlet->advance(at(noon + kept - tick));
            EXPECT_TRUE(bench.outlet->status().on);
            bench.outlet->advance(at(noon + kept));
            EXPECT_FALSE(bench.outlet->status().on);
            EXPECT_FALSE(bench.gpio.level(relay));
            const bool cut_by_on_time = std::min(asked, nanoseconds{lease}) > longest_on;
            EXPECT_EQ(bench.outlet->status().longest_on_reached, cut_by_on_time ? 1U : 0U);
            EXPECT_EQ(bench.outlet->status().lease_expired, cut_by_on_time ? 0U : 1U);
        }
    }
}

TEST(OutletSwitch, RenewingMovesTheLeaseButNotTheLongestOnTime) {
    OutletBench bench;
    bench.outlet->switch_on(noon + seconds{10}, at(noon));
    const auto changes = bench.gpio.output_changes(relay);
    bench.renew_through(noon, noon + seconds{59});
    EXPECT_TRUE(bench.outlet->status().on);
    EXPECT_EQ(bench.gpio.output_changes(relay), changes);
    bench.outlet->advance(at(noon + longest_on));
    EXPECT_FALSE(bench.outlet->status().on);
    EXPECT_EQ(bench.outlet->status().longest_on_reached, 1U);
    EXPECT_EQ(bench.outlet->status().lease_expired, 0U);
}

TEST(OutletSwitch, AfterTheLongestOnTimeItMustBeSwitchedOffFirst) {
    OutletBench bench;
    bench.outlet->switch_on(noon + seconds{10}, at(noon));
    bench.renew_through(noon, noon + seconds{70});
    EXPECT_FALSE(bench.outlet->status().on);
    EXPECT_FALSE(bench.outlet->switch_on(noon + seconds{80}, at(noon + seconds{75})));
    EXPECT_FALSE(bench.gpio.level(relay));
    EXPECT_EQ(bench.outlet->status().longest_on_reached, 1U);
    bench.outlet->switch_off(at(noon + seconds{76}));
    EXPECT_TRUE(bench.outlet->switch_on(noon + seconds{80}, at(noon + seconds{77})));
    EXPECT_TRUE(bench.gpio.level(relay));
}

TEST(OutletSwitch, ARenewalThatComesWhenTheOnTimeIsOverSwitchesOff) {
    for (const auto late : {-tick, nanoseconds{0}, tick}) {
        OutletBench bench;
        bench.outlet->switch_on(noon + seconds{10}, at(noon));
        bench.renew_through(noon, noon + seconds{59});
        // The loop did not come round in between.
        const Mono now = noon + longest_on + late;
        const bool in_time = late < nanoseconds{0};
        EXPECT_EQ(bench.outlet->switch_on(now + seconds{5}, at(now)), in_time);
        EXPECT_EQ(bench.gpio.level(relay), in_time);
        EXPECT_EQ(bench.outlet->status().longest_on_reached, in_time ? 0U : 1U);
    }
}

TEST(OutletSwitch, SwitchingOffEndsTheOnTime) {
    OutletBench bench;
    bench.outlet->switch_on(noon + seconds{10}, at(noon));
    bench.renew_through(noon, noon + seconds{50});
    bench.outlet->switch_off(at(noon + seconds{50}));
    bench.outlet->switch_on(noon + seconds{60}, at(noon + seconds{51}));
    bench.renew_through(noon + seconds{51}, noon + seconds{51} + longest_on - seconds{1});
    EXPECT_TRUE(bench.outlet->status().on);
}

TEST(OutletSwitch, AnEndThatIsNotInTheFutureIsOff) {
    OutletBench bench;
    EXPECT_FALSE(bench.outlet->switch_on(noon, at(noon)));
    EXPECT_TRUE(bench.outlet->switch_on(noon + seconds{1}, at(noon)));
    EXPECT_FALSE(bench.outlet->switch_on(noon, at(noon)));
    EXPECT_FALSE(bench.gpio.level(relay));
}

TEST(OutletSwitch, SaysThatALineDoesNotTakeItsLevelAndTriesAgain) {
    OutletBench bench;
    bench.gpio.fail_output(relay, true);
    EXPECT_FALSE(bench.outlet->switch_on(noon + seconds{5}, at(noon)));
    EXPECT_FALSE(bench.outlet->status().on);
    EXPECT_TRUE(bench.outlet->status().output_failed);
    bench.gpio.fail_output(relay, false);
    EXPECT_TRUE(bench.outlet->switch_on(noon + seconds{5}, at(noon)));
    bench.gpio.fail_output(relay, true);
    bench.outlet->switch_off(at(noon + seconds{1}));
    EXPECT_TRUE(bench.outlet->status().on);
    EXPECT_EQ(bench.outlet->status().output_errors, 2U);
    bench.gpio.fail_output(relay, false);
    bench.outlet->advance(at(bench.outlet->next_deadline()));
    EXPECT_FALSE(bench.outlet->status().on);
    EXPECT_EQ(bench.outlet->status().lease_expired, 0U);
}

TEST(OutletSwitch, ALoadDrawsPowerOnlyWhileItIsOn) {
    OutletBench bench;
    simulated::Load load(bench.gpio, relay, true);
    load.plug(110'000);
    load.advance(at(noon));
    EXPECT_EQ(load.draw().milliwatts, 0U);
    bench.outlet->switch_on(noon + seconds{10}, at(noon));
    for (Mono now = noon; now <= noon + seconds{36}; now = load.next_deadline()) {
        load.advance(at(now));
        bench.outlet->switch_on(now + seconds{10}, at(now));
    }
    EXPECT_EQ(load.draw().milliwatts, 110'000U);
    EXPECT_EQ(load.draw().milliamps, 500U);
    EXPECT_EQ(load.draw().microjoules / 3'600'000, 1100U);
    const Mono off = noon + seconds{37};
    bench.outlet->switch_off(at(off));
    load.advance(at(off));
    EXPECT_EQ(load.draw().milliwatts, 0U);
    load.weld(true);
    load.advance(at(off + seconds{1}));
    EXPECT_EQ(load.draw().milliwatts, 110'000U);
}

}  // namespace
}  // namespace yizhan
