#include "tests/unit/station/bench.h"

namespace yizhan::testing {
namespace {

constexpr std::int64_t watt = 1000;

// 1000 W for three outlets of 500 W.
StationConfig station_with_a_budget() {
    StationConfig config = usual_station();
    config.most_milliwatts = 1000 * watt;
    for (OutletConfig& outlet : config.outlets) outlet.rated_milliwatts = 500 * watt;
    return config;
}

struct BudgetBench : Bench {
    explicit BudgetBench(StationConfig station_config = station_with_a_budget()) : Bench(std::move(station_config)) {
        contact(false);
        for (std::uint8_t who = 1; who <= 3; ++who) enter(who);
    }
    void flows(std::size_t outlet, std::int64_t milliwatts) {
        handle(OutletMetered{static_cast<OutletIndex>(outlet), 0, milliwatts});
    }
};

TEST(PowerBudget, WhoComesWhenThereIsNotEnoughLeftIsToldSo) {
    for (const std::int64_t budget : {1500 * watt - 1, 1500 * watt}) {
        StationConfig config = station_with_a_budget();
        config.most_milliwatts = budget;
        BudgetBench bench(config);
        for (std::uint8_t who = 1; who <= 3; ++who) bench.card(desk, who);
        EXPECT_EQ(bench.outlet_on(2), budget == 1500 * watt);
        EXPECT_EQ(bench.shown, budget == 1500 * watt ? Outcome::outlet_yours : Outcome::no_power_left);
    }
}

TEST(PowerBudget, OnceAMeterHasSeenWhatSomebodyDrawsTheOthersHaveTheRest) {
    BudgetBench bench;
    bench.card(desk, 1);
    bench.card(desk, 2);
    bench.flows(0, 20 * watt);
    bench.flows(1, 20 * watt);
    bench.card(desk, 3);
    EXPECT_EQ(bench.shown, Outcome::no_power_left) << "a charger takes its time until it draws what it will draw";
    bench.pass(minutes{1});
    bench.card(desk, 3);
    EXPECT_EQ(bench.shown, Outcome::outlet_yours);
}

TEST(PowerBudget, WhatIsSeenCountsWithAMarginAndNeverMoreThanTheRating) {
    for (const auto& [seen, given] : {std::pair{184 * watt, true}, std::pair{184 * watt + 1000, false}}) {
        BudgetBench bench;  // 500 for the new one, 250 for each of two: 184 and a quarter of it and 20
        bench.card(desk, 1);
        bench.card(desk, 2);
        bench.pass(minutes{1});
        bench.flows(0, seen);
        bench.flows(1, seen);
        bench.card(desk, 3);
        EXPECT_EQ(bench.outlet_on(2), given) << seen;
    }
}

TEST(PowerBudget, WhenAllDrawMoreThanThereIsTheNewestGoesOffAfterThreeSeconds) {
    BudgetBench bench;
    bench.card(desk, 1);
    bench.pass(seconds{1});
    bench.card(desk, 2);
    bench.flows(0, 600 * watt);
    bench.flows(1, 400 * watt);
    bench.pass(seconds{10});
    EXPECT_TRUE(bench.outlet_on(1)) << "exactly all of it";
    bench.flows(1, 400 * watt + 1);
    bench.pass(seconds{3} - milliseconds{1});
    EXPECT_TRUE(bench.outlet_on(1));
    bench.pass(milliseconds{1});
    EXPECT_FALSE(bench.outlet_on(1));
    EXPECT_EQ(bench.last(RecordType::outlet_off).off_reason, OffReason::power_budget);
    EXPECT_TRUE(bench.outlet_on(0));
}

TEST(PowerBudget, ShortOfThreeSecondsItIsNoMoreThanAStart) {
    BudgetBench bench;
    bench.card(desk, 1);
    bench.flows(0, 1200 * watt);
    bench.pass(seconds{3} - milliseconds{1});
    bench.flows(0, 300 * watt);
    bench.pass(seconds{10});
    EXPECT_TRUE(bench.outlet_on(0));
}

TEST(PowerBudget, WithoutALimitNobodyIsTurnedAway) {
    StationConfig config = station_with_a_budget();
    config.most_milliwatts = 0;
    BudgetBench bench(config);
    for (std::uint8_t who = 1; who <= 3; ++who) bench.card(desk, who);
    EXPECT_TRUE(bench.outlet_on(2));
}

}  // namespace
}  // namespace yizhan::testing
