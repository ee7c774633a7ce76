// What an outlet has given to whom, and what becomes of it over a gap in which nobody watched.
#include "tests/unit/station/bench.h"

namespace yizhan::testing {
namespace {

constexpr OutletIndex first{0};
constexpr std::uint64_t counted_before = 5'000'000;  // mWh: meters do not begin at 0

// With one person inside, who has the first outlet, where a meter counts.
class Charging : public Bench {
 public:
    Charging() {
        contact(false);
        meter(0);
        enter(1);
        card(desk, 1);
    }
    void meter(std::uint64_t milliwatt_hours) { handle(OutletMetered{first, counted_before + milliwatt_hours}); }
};

// Begins `gap` after the newest record of `before`, in another boot, with a clock to trust.
class NextBoot : public Bench {
 public:
    NextBoot(const Bench& before, milliseconds gap) : Bench(usual_station(), later(before.state(), gap)) {}

 private:
    // The bench begins at a fixed time: the state is moved so that it ended before that.
    static State later(State state, milliseconds gap) {
        const Now begins{Mono{std::chrono::hours{1}}, Wall{std::chrono::hours{24 * 20500}}, true};
        const auto shift = begins.wall - gap - state.newest.wall;
        const auto move = [&](Stamp& stamp) {
            stamp.boot = test_boot + 1;
            stamp.wall += shift;
        };
        move(state.newest);
        for (auto& outlet : state.outlets) {
            auto* in_use = std::get_if<OutletInUse>(&outlet);
            if (in_use == nullptr) continue;
            move(in_use->since);
            move(in_use->began);
        }
        return state;
    }
};

TEST(Sessions, TheirEndTellsWhatWasDrawnAndForHowLong) {
    Charging bench;
    bench.pass(minutes{7});
    bench.meter(1'200);
    bench.order(SwitchOutlet{first, false});
    EXPECT_EQ(bench.last(RecordType::outlet_off).value, 1'200);
    EXPECT_EQ(bench.last(RecordType::outlet_off).lasts, minutes{7});
    EXPECT_EQ(bench.station.drawn(first), 0);
}

TEST(Sessions, WhatFlowedBeforeThemIsNotTheirs) {
    Charging bench;
    bench.meter(900);
    bench.order(SwitchOutlet{first, false});
    bench.meter(4'000);
    bench.enter(2);
    bench.card(desk, 2);
    bench.meter(4'250);
    bench.order(SwitchOutlet{first, false});
    EXPECT_EQ(bench.last(RecordType::outlet_off).value, 250);
}

TEST(Sessions, ARenewalGoesOnCounting) {
    Charging bench;
    bench.pass(minutes{1});
    bench.meter(300);
    bench.card(desk, 1);
    EXPECT_EQ(bench.shown, Outcome::outlet_renewed);
    bench.pass(minutes{2});
    bench.meter(700);
    bench.order(SwitchOutlet{first, false});
    EXPECT_EQ(bench.last(RecordType::outlet_off).value, 700);
    EXPECT_EQ(bench.last(RecordType::outlet_off).lasts, minutes{3});
}

TEST(Sessions, WhatIsDrawnIsRecordedWithTheTenthWattHour) {
    Charging bench;
    bench.meter(9'999);
    EXPECT_EQ(bench.count(RecordType::outlet_metered), 0U);
    bench.meter(10'000);
    EXPECT_EQ(bench.last(RecordType::outlet_metered).value, 10'000);
    bench.meter(19'999);
    EXPECT_EQ(bench.count(RecordType::outlet_metered), 1U);
    bench.meter(20'001);
    EXPECT_EQ(bench.last(RecordType::outlet_metered).value, 20'001);
}

TEST(Sessions, ALittleIsRecordedAfterTenMinutes) {
    Charging bench;
    bench.meter(1);
    bench.pass(minutes{10} - milliseconds{1});
    EXPECT_EQ(bench.count(RecordType::outlet_metered), 0U);
    bench.pass(milliseconds{1});
    EXPECT_EQ(bench.last(RecordType::outlet_metered).value, 1);
    bench.pass(minutes{30});
    EXPECT_EQ(bench.count(RecordType::outlet_metered), 1U) << "nothing is recorded while nothing flows";
}

TEST(Sessions, AMeterThatBeganAnewTakesNothingAway) {
    Charging bench;
    bench.meter(500);
    bench.handle(OutletMetered{first, 7});
    bench.handle(OutletMetered{first, 107});
    EXPECT_EQ(bench.station.drawn(first), 600);
}

TEST(Sessions, AfterALongGapTheyAreOverAndTheirEndTellsWhatWasRecorded) {
    for (const milliseconds more : {milliseconds{0}, milliseconds{1}}) {
        Charging before;
        before.pass(minutes{3});
        before.meter(12'345);
        const NextBoot after(before, before.config.resume_within + more);
        const bool over = more > milliseconds{0};
        EXPECT_EQ(after.outlet_on(0), !over);
        ASSERT_EQ(after.count(RecordType::outlet_off), over ? 1U : 0U);
        if (!over) continue;
        EXPECT_EQ(after.last(RecordType::outlet_off).off_reason, OffReason::restart);
        EXPECT_EQ(after.last(RecordType::outlet_off).value, 12'345);
    }
}

TEST(Sessions, WhereNobodyKnowsHowLongTheGapWasTheyAreOver) {
    const Charging before;
    State state = before.state();
    for (auto* stamp : {&state.newest, &std::get<OutletInUse>(state.outlets[0]).since}) {
        stamp->boot = test_boot + 1;
        stamp->trusted = false;
    }
    const Bench after(usual_station(), state);
    EXPECT_FALSE(after.outlet_on(0));
}

TEST(Sessions, AfterAStartOutletsGoOnOneAfterTheOther) {
    Bench before;
    before.contact(false);
    for (std::uint8_t who = 1; who <= 3; ++who) {
        before.enter(who);
        before.card(desk, who);
    }
    NextBoot after(before, seconds{20});
    EXPECT_TRUE(after.outlet_on(0));
    EXPECT_FALSE(after.outlet_on(1));
    after.pass(milliseconds{999});
    EXPECT_FALSE(after.outlet_on(1));
    after.pass(milliseconds{1});
    EXPECT_TRUE(after.outlet_on(1));
    EXPECT_FALSE(after.outlet_on(2));
    after.pass(seconds{1});
    EXPECT_TRUE(after.outlet_on(2));
}

}  // namespace
}  // namespace yizhan::testing
