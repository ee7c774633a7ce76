// Help, smoke, water, power: what raises an alarm, what keeps it, who ends it.
#include "firmware/station/alarm_kinds.h"
#include "tests/unit/station/bench.h"

namespace yizhan::testing {
namespace {

constexpr InputIndex added{3};

StationConfig station_with(InputKind kind) {
    StationConfig config = usual_station();
    config.inputs.push_back({.name = "added", .kind = kind});
    return config;
}

AcknowledgeAlarm of(AlarmKind kind) { return {{.kind = kind, .input = added}}; }

TEST(Emergencies, EveryKindOfInputThatIsAnAlarmRaisesItsOwnAndTheOthersNone) {
    for (std::size_t i = 0; i < input_kind_count; ++i) {
        const auto kind = static_cast<InputKind>(i);
        SCOPED_TRACE(name_of(kind));
        Bench bench(station_with(kind));
        bench.handle(InputChanged{added, true});
        const AlarmKind expected = kind == InputKind::fire ? AlarmKind::fire : alarm_of(kind);
        EXPECT_EQ(bench.count(RecordType::alarm_raised), expected == AlarmKind::none ? 0U : 1U);
        EXPECT_TRUE(expected == AlarmKind::none || bench.alarm(expected));
        EXPECT_EQ(expected == AlarmKind::none ? name_of(kind) : name_of(expected), name_of(kind))
            << "one name for both";
    }
}

TEST(Emergencies, ACallForHelpIsAnsweredAtOnceAndStaysUntilSomebodyHasHeardIt) {
    Bench bench(station_with(InputKind::help));
    bench.handle(InputChanged{added, true});
    EXPECT_EQ(bench.said.back(), Outcome::help_called);
    bench.handle(InputChanged{added, false});
    bench.pass(std::chrono::hours{5});
    EXPECT_TRUE(bench.alarm(AlarmKind::help)) << "nobody may have been looking";
    bench.order(of(AlarmKind::help));
    EXPECT_EQ(bench.said.back(), Outcome::help_heard);
    EXPECT_FALSE(bench.alarm(AlarmKind::help));
    EXPECT_EQ(bench.last(RecordType::alarm_acknowledged).actor.uid, 1000U);
    EXPECT_EQ(bench.count(RecordType::alarm_cleared), 1U);
}

TEST(Emergencies, OneThatIsAcknowledgedWhileItLastsEndsWithItsReason) {
    Bench bench(station_with(InputKind::smoke));
    bench.handle(InputChanged{added, true});
    bench.order(of(AlarmKind::smoke));
    ASSERT_TRUE(bench.alarm(AlarmKind::smoke));
    EXPECT_TRUE(bench.state().alarms[0].acknowledged.has_value());
    bench.handle(InputChanged{added, false});
    EXPECT_FALSE(bench.alarm(AlarmKind::smoke));
}

TEST(Emergencies, WhoeverCallsAgainIsAnsweredAgainAndIsANewAlarmOnlyAfterTheFirstWasHeard) {
    Bench bench(station_with(InputKind::help));
    for (int i = 0; i < 3; ++i) {
        bench.handle(InputChanged{added, true});
        bench.handle(InputChanged{added, false});
    }
    EXPECT_EQ(std::ranges::count(bench.said, Outcome::help_called), 3);
    EXPECT_EQ(bench.count(RecordType::alarm_raised), 1U);
    bench.order(of(AlarmKind::help));
    bench.handle(InputChanged{added, true});
    EXPECT_EQ(bench.count(RecordType::alarm_raised), 2U);
    EXPECT_FALSE(bench.state().alarms[0].acknowledged.has_value());
}

TEST(Emergencies, ACallOutlivesARestart) {
    Bench before(station_with(InputKind::help));
    before.handle(InputChanged{added, true});
    before.handle(InputChanged{added, false});
    Bench after(station_with(InputKind::help), before.state());
    after.handle(InputChanged{added, false});
    EXPECT_TRUE(after.alarm(AlarmKind::help));
    after.order(of(AlarmKind::help));
    EXPECT_FALSE(after.alarm(AlarmKind::help));
}

TEST(Emergencies, AcknowledgingWhatIsNoAlarmChangesNothing) {
    Bench bench(station_with(InputKind::help));
    bench.order(of(AlarmKind::help));
    EXPECT_EQ(bench.count(RecordType::alarm_acknowledged), 0U);
}

TEST(Emergencies, AnyAlarmCanBeAcknowledgedAndEndsWhenItsReasonDoes) {
    Bench bench;
    bench.contact(true);
    bench.pass(seconds{60});
    ASSERT_TRUE(bench.alarm(AlarmKind::door_held_open));
    bench.order(AcknowledgeAlarm{{.kind = AlarmKind::door_held_open, .door = front}});
    EXPECT_TRUE(bench.alarm(AlarmKind::door_held_open));
    bench.contact(false);
    EXPECT_FALSE(bench.alarm(AlarmKind::door_held_open));
}

TEST(Emergencies, SmokeSwitchesOutletsOffAndGivesNone) {
    Bench bench(station_with(InputKind::smoke));
    bench.contact(false);
    bench.enter(1);
    bench.card(desk, 1);
    ASSERT_TRUE(bench.outlet_on(0));
    bench.handle(InputChanged{added, true});
    EXPECT_FALSE(bench.outlet_on(0));
    EXPECT_EQ(bench.last(RecordType::outlet_off).off_reason, OffReason::smoke);
    EXPECT_EQ(bench.said.back(), Outcome::smoke_leave);
    EXPECT_FALSE(bench.released()) << "doors stay as they are: whoever is inside has the way out";
    bench.card(desk, 1);
    EXPECT_EQ(bench.shown, Outcome::smoke_leave);
    bench.order(SwitchOutlet{OutletIndex{0}, true});
    EXPECT_FALSE(bench.outlet_on(0));
    bench.handle(InputChanged{added, false});
    bench.card(desk, 1);
    EXPECT_FALSE(bench.outlet_on(0)) << "what burned may be on an outlet: somebody has to look first";
    bench.order(of(AlarmKind::smoke));
    bench.card(desk, 1);
    EXPECT_TRUE(bench.outlet_on(0));
}

TEST(Emergencies, ARestartGivesNoPowerBeforeTheSmokeDetectorHasSpoken) {
    Bench before(station_with(InputKind::smoke));
    before.contact(false);
    before.enter(1);
    before.card(desk, 1);
    State state = before.state();
    before.handle(InputChanged{added, true});
    Record raised = before.last(RecordType::alarm_raised);
    apply(state, raised);  // the power went before the outlets' own records were stored
    ASSERT_TRUE(std::holds_alternative<OutletInUse>(state.outlets[0]));
    Bench after(station_with(InputKind::smoke), state);
    EXPECT_FALSE(after.outlet_on(0));
}

TEST(Emergencies, ARestartEndsNoFireBeforeEachDetectorHasSaidSo) {
    Bench before(station_with(InputKind::fire));
    before.handle(InputChanged{added, true});
    Bench after(station_with(InputKind::fire), before.state());
    after.handle(InputChanged{fire_input, false});
    EXPECT_TRUE(after.state().fire) << "the other one has not spoken";
    after.handle(InputChanged{added, std::nullopt});
    EXPECT_TRUE(after.state().fire);
    after.handle(InputChanged{added, false});
    EXPECT_FALSE(after.state().fire);
}

TEST(Emergencies, ARestartEndsNoSmokeThatSomebodyHasOnlyHeardOf) {
    Bench before(station_with(InputKind::smoke));
    before.handle(InputChanged{added, true});
    before.order(of(AlarmKind::smoke));
    Bench after(station_with(InputKind::smoke), before.state());
    EXPECT_TRUE(after.alarm(AlarmKind::smoke));
    after.handle(InputChanged{added, true});
    EXPECT_EQ(after.count(RecordType::alarm_raised), 0U);
    after.handle(InputChanged{added, false});
    EXPECT_FALSE(after.alarm(AlarmKind::smoke));
}

TEST(Emergencies, AHelpButtonThatStaysPressedOpensItsDoorOnce) {
    StationConfig config = station_with(InputKind::help);
    config.inputs[pos(added)].releases = front;
    Bench before(config);
    before.handle(InputChanged{added, true});
    before.handle(InputChanged{added, std::nullopt});
    before.handle(InputChanged{added, true});
    EXPECT_EQ(before.count(RecordType::released), 1U);
    before.order(of(AlarmKind::help));
    Bench after(config, before.state());
    after.handle(InputChanged{added, true});
    EXPECT_EQ(after.count(RecordType::released), 0U) << "nobody has pressed it";
    after.handle(InputChanged{added, false});
    after.handle(InputChanged{added, true});
    EXPECT_EQ(after.count(RecordType::released), 1U);
}

TEST(Emergencies, ASmokeDetectorThatCannotBeReadClearsNothing) {
    Bench bench(station_with(InputKind::smoke));
    bench.handle(InputChanged{added, true});
    bench.order(of(AlarmKind::smoke));
    bench.handle(InputChanged{added, std::nullopt});
    EXPECT_TRUE(bench.alarm(AlarmKind::smoke));
}

}  // namespace
}  // namespace yizhan::testing
