// Levels that cannot be read: neither open nor closed, neither burning nor not.
#include "tests/unit/station/bench.h"

namespace yizhan::testing {
namespace {

TEST(UnknownInputs, AFireGoesOnUntilALevelSaysOtherwise) {
    Bench bench;
    bench.handle(InputChanged{fire_input, true});
    bench.handle(InputChanged{fire_input, std::nullopt});
    bench.pass(std::chrono::hours{1});
    EXPECT_TRUE(bench.state().fire);
    EXPECT_TRUE(bench.released());
    bench.handle(InputChanged{fire_input, false});
    EXPECT_FALSE(bench.state().fire);
    EXPECT_FALSE(bench.released());
}

TEST(UnknownInputs, AFireThatBeganMeanwhileIsHeardOfAsSoonAsItCanBe) {
    Bench bench;
    bench.handle(InputChanged{fire_input, false});
    bench.handle(InputChanged{fire_input, std::nullopt});
    bench.pass(seconds{60});
    EXPECT_FALSE(bench.state().fire);
    bench.handle(InputChanged{fire_input, true});
    EXPECT_TRUE(bench.state().fire);
}

TEST(UnknownInputs, AnOpenDoorStaysOpen) {
    Bench bench;
    bench.contact(false);
    bench.card(entry, 1);
    bench.contact(true);
    bench.handle(DoorContactChanged{front, std::nullopt});
    bench.pass(bench.config.doors[0].held_open_after);
    EXPECT_TRUE(bench.alarm(AlarmKind::door_held_open));
    EXPECT_EQ(bench.count(RecordType::door_closed), 0U);
}

TEST(UnknownInputs, ADoorThatStoodOpenWhenThePowerWentIsNoAlarmBeforeSomebodyHasLooked) {
    Bench before;
    before.contact(false);
    before.card(entry, 1);
    before.contact(true);
    State state = before.state();
    for (auto* stamp : {&state.newest, &std::get<DoorOpen>(state.doors[0].phase).since}) {
        stamp->boot = test_boot + 1;
        stamp->wall -= std::chrono::hours{1};
    }
    for (const bool still_open : {false, true}) {
        Bench after(before.config, state);
        EXPECT_FALSE(after.alarm(AlarmKind::door_held_open));
        after.contact(still_open);
        EXPECT_EQ(after.alarm(AlarmKind::door_held_open), still_open);
        EXPECT_EQ(after.count(RecordType::alarm_raised), still_open ? 1U : 0U);
    }
}

TEST(UnknownInputs, AtADoorThatCannotBeSeenWhoeverWasLetInHasPassed) {
    Bench bench;
    bench.contact(false);
    bench.handle(DoorContactChanged{front, std::nullopt});
    bench.card(entry, 1);
    EXPECT_TRUE(bench.released());
    bench.pass(seconds{60});
    EXPECT_EQ(bench.count(RecordType::not_entered), 0U);
    EXPECT_EQ(bench.state().count(), 1U);
}

TEST(UnknownInputs, ADoorThatOpenedWhileNobodyWatchedWasNotForced) {
    Bench bench;
    bench.contact(false);
    bench.pass(seconds{60});
    bench.handle(DoorContactChanged{front, std::nullopt});
    bench.contact(true);
    EXPECT_EQ(bench.last(RecordType::door_opened).cause, OpenCause::exit_by_handle);
    EXPECT_FALSE(bench.alarm(AlarmKind::door_forced));
}

TEST(UnknownInputs, AButtonThatCannotBeReadIsNotPressed) {
    Bench bench;
    bench.contact(false);
    bench.pass(seconds{60});
    bench.handle(ExitButtonChanged{front, true});
    bench.pass(seconds{60});
    bench.handle(ExitButtonChanged{front, std::nullopt});
    bench.contact(true);
    EXPECT_EQ(bench.last(RecordType::door_opened).cause, OpenCause::forced);
    EXPECT_EQ(bench.count(RecordType::exit_requested), 1U);
}

// Otherwise a dead sensor empties a station full of people.
TEST(UnknownInputs, ProveNoStationEmpty) {
    for (const bool sensor : {true, false}) {
        Bench bench;
        bench.contact(false);
        bench.handle(InputChanged{presence_input, false});
        bench.enter(1);
        const auto unknown = [&](std::optional<bool> level) {
            if (sensor) {
                bench.handle(InputChanged{presence_input, level});
            } else {
                bench.handle(DoorContactChanged{front, level});
            }
        };
        unknown(std::nullopt);
        bench.pass(std::chrono::hours{10});
        EXPECT_EQ(bench.state().count(), 1U);
        unknown(false);
        bench.pass(bench.config.proven_empty_after - milliseconds{1});
        EXPECT_EQ(bench.state().count(), 1U) << "quiet is counted from when it could be read again";
        bench.pass(milliseconds{1});
        EXPECT_EQ(bench.state().count(), 0U);
    }
}

}  // namespace
}  // namespace yizhan::testing
