#include "tests/unit/station/bench.h"

namespace yizhan::testing {
namespace {

TEST(Doors, ASwipeReleasesTheLockForItsTimeAndNoLonger) {
    Bench bench;
    bench.card(entry, 1);
    EXPECT_TRUE(bench.released());
    EXPECT_EQ(bench.shown, Outcome::welcome);
    bench.pass(milliseconds{4999});
    EXPECT_TRUE(bench.released());
    bench.pass(milliseconds{1});
    EXPECT_FALSE(bench.released());
    bench.pass(milliseconds{500});  // an opening in the last moment would be known by now
    EXPECT_EQ(bench.count(RecordType::not_entered), 1U);
    EXPECT_EQ(bench.state().count(), 0U);
}

TEST(Doors, AnOpeningInTheLastMomentOfAReleaseIsHeardOfAfterItAndIsNotForced) {
    for (const milliseconds late : {milliseconds{0}, milliseconds{400}, milliseconds{499}, milliseconds{500}}) {
        Bench bench;
        bench.contact(false);
        bench.card(entry, 1);
        bench.pass(milliseconds{5000} + late);
        EXPECT_FALSE(bench.released());
        bench.contact(true);
        const bool in_time = late < milliseconds{500};
        EXPECT_EQ(bench.last(RecordType::door_opened).cause, in_time ? OpenCause::granted : OpenCause::forced);
        EXPECT_EQ(bench.state().count(), in_time ? 1U : 0U);
        EXPECT_FALSE(bench.released());
    }
}

TEST(Doors, TheRecordIsQueuedBeforeTheLockIsSetAndTheOutcomeShownAfter) {
    Bench bench;
    bench.card(entry, 1);
    ASSERT_EQ(bench.actions.size(), 3U);
    EXPECT_TRUE(std::holds_alternative<AppendRecord>(bench.actions[0]));
    EXPECT_TRUE(std::holds_alternative<ReleaseLock>(bench.actions[1]));
    EXPECT_TRUE(std::holds_alternative<ShowAtReader>(bench.actions[2]));
}

TEST(Doors, ClosingRelocksAtOnce) {
    Bench bench;
    bench.card(entry, 1);
    bench.contact(true);
    EXPECT_TRUE(bench.released());
    bench.contact(false);
    EXPECT_FALSE(bench.released());
    EXPECT_EQ(bench.state().count(), 1U);
}

TEST(Doors, WhoeverDidNotComeByTheEndOfTheirReleaseIsNotCountedWithSomebodyBehindThem) {
    Bench bench;
    bench.contact(false);
    bench.card(entry, 1);
    bench.pass(seconds{4});
    bench.card(entry, 2);  // the lock stays released, for this one
    bench.pass(seconds{2});
    EXPECT_EQ(bench.count(RecordType::not_entered), 1U);
    EXPECT_TRUE(bench.released());
    bench.contact(true);
    EXPECT_EQ(bench.state().count(), 1U);
    EXPECT_EQ(bench.state().confidence(), Confidence::estimated) << "the door would have opened for the first as well";
}

TEST(Doors, WhoeverFoundTheDoorLockedInBetweenLeavesNoDoubt) {
    Bench bench;
    bench.contact(false);
    bench.card(entry, 1);
    bench.pass(milliseconds{5100});  // secured, and still awaited for a moment
    bench.card(entry, 2);
    bench.pass(seconds{1});
    bench.contact(true);
    EXPECT_EQ(bench.state().count(), 1U);
    EXPECT_EQ(bench.state().confidence(), Confidence::certain);
}

TEST(Doors, OfTwoUnknownWhoLeaveTheOneWhoseTimeIsOverIsMissed) {
    Bench bench;
    bench.contact(false);
    bench.card(leaving, 1);
    bench.pass(seconds{1});
    bench.card(leaving, 2);
    bench.pass(seconds{3});
    bench.card(leaving, 1);  // again: until 9 s
    bench.pass(milliseconds{2600});
    EXPECT_EQ(bench.count(RecordType::not_entered), 1U);
    bench.contact(true);
    EXPECT_EQ(bench.count(RecordType::left), 1U);
}

TEST(Doors, ALockThatFailedIsToldAgainWhenItWorks) {
    Bench bench;
    bench.contact(false);
    bench.handle(OutputFault{.door = front, .outlet = {}, .faulty = true});
    bench.card(entry, 1);
    bench.handle(OutputFault{.door = front, .outlet = {}, .faulty = false});
    const bool told = std::ranges::any_of(
        bench.actions, [](const Action& action) { return std::holds_alternative<ReleaseLock>(action); });
    EXPECT_TRUE(told);
    bench.pass(seconds{6});
    bench.handle(OutputFault{.door = front, .outlet = {}, .faulty = true});
    bench.handle(OutputFault{.door = front, .outlet = {}, .faulty = false});
    EXPECT_FALSE(bench.released()) << "only what is still to be";
}

TEST(Doors, AReleaseForTheNextOneOutlastsTheClosing) {
    for (const bool by_button : {false, true}) {
        Bench bench;
        bench.card(entry, 1);
        bench.contact(true);
        bench.pass(seconds{2});
        by_button ? bench.button() : bench.card(entry, 2);
        bench.pass(milliseconds{200});
        bench.contact(false);
        EXPECT_TRUE(bench.released()) << "told yes, and the door closed before them";
        bench.pass(milliseconds{4799});
        EXPECT_TRUE(bench.released());
        bench.pass(milliseconds{1});
        EXPECT_FALSE(bench.released());
    }
}

TEST(Doors, AShorterReleaseBehindAnOpenDoorEndsNoLongerOne) {
    Bench bench;
    bench.card(entry, 1);
    bench.contact(true);
    bench.order(UnlockDoor{front, seconds{15}});
    bench.pass(seconds{1});
    bench.card(entry, 2);
    bench.contact(false);
    bench.pass(milliseconds{13'999});
    EXPECT_TRUE(bench.released()) << "whoever needs longer has it, also where others come behind";
    bench.pass(milliseconds{1});
    EXPECT_FALSE(bench.released());
}

TEST(Doors, ASecondSwipeExtendsTheReleaseAndDoesNotStack) {
    Bench bench;
    bench.card(entry, 1);
    bench.pass(seconds{3});
    bench.card(entry, 1);
    bench.pass(milliseconds{4999});
    EXPECT_TRUE(bench.released());
    bench.pass(milliseconds{1});
    EXPECT_FALSE(bench.released());
    bench.pass(milliseconds{500});
    EXPECT_EQ(bench.count(RecordType::granted), 2U);
    EXPECT_EQ(bench.count(RecordType::not_entered), 1U) << "one visit, however often it swiped";
}

TEST(Doors, ADoorOpenedWithoutAReasonIsForcedUntilItCloses) {
    Bench bench;
    bench.contact(false);
    bench.pass(seconds{10});
    bench.contact(true);
    EXPECT_TRUE(bench.alarm(AlarmKind::door_forced));
    EXPECT_EQ(bench.last(RecordType::door_opened).cause, OpenCause::forced);
    EXPECT_FALSE(bench.released());
    bench.pass(seconds{60});
    EXPECT_FALSE(bench.alarm(AlarmKind::door_held_open)) << "one alarm for one door";
    bench.contact(false);
    EXPECT_FALSE(bench.alarm(AlarmKind::door_forced));
}

TEST(Doors, TheExitButtonReleasesWithoutACardAndMasksForced) {
    Bench bench;
    bench.contact(false);
    bench.button();
    EXPECT_TRUE(bench.released());
    bench.contact(true);
    EXPECT_EQ(bench.last(RecordType::door_opened).cause, OpenCause::exit_button);
    EXPECT_FALSE(bench.alarm(AlarmKind::door_forced));
}

TEST(Doors, TheExitButtonWorksInEveryMode) {
    for (const Mode mode : {Mode::normal, Mode::lockdown, Mode::free_access, Mode::closed, Mode::service}) {
        Bench bench;
        bench.order(SetMode{mode, minutes{10}});
        bench.button();
        EXPECT_TRUE(bench.released()) << name_of(mode);
    }
}

TEST(Doors, AnExitCardReleasesInEveryModeWhoeverHoldsIt) {
    for (const Mode mode : {Mode::normal, Mode::lockdown, Mode::free_access, Mode::closed, Mode::service}) {
        Bench bench;
        bench.order(SetMode{mode, minutes{10}});
        bench.card(leaving, 99);
        EXPECT_TRUE(bench.released()) << name_of(mode);
    }
}

TEST(Doors, ASlammedDoorThatSpringsOpenIsNotForced) {
    Bench bench;
    bench.enter(1);
    bench.card(leaving, 1);
    bench.contact(true);
    bench.contact(false);
    bench.pass(milliseconds{499});
    bench.contact(true);
    EXPECT_FALSE(bench.alarm(AlarmKind::door_forced));
    bench.contact(false);
    bench.pass(milliseconds{500});
    bench.contact(true);
    EXPECT_TRUE(bench.alarm(AlarmKind::door_forced));
}

// Somebody inside who takes the handle in that moment looks the same.
TEST(Doors, ADoorThatOpensAgainAsItClosesMakesTheCountAnEstimate) {
    for (const milliseconds after : {milliseconds{0}, milliseconds{499}}) {
        Bench bench;
        bench.enter(1);
        bench.order(SetOccupancy{1});
        bench.card(entry, 2);
        bench.contact(true);
        bench.contact(false);
        ASSERT_EQ(bench.station.state().confidence(), Confidence::certain);
        bench.pass(after);
        bench.contact(true);
        EXPECT_EQ(bench.station.state().confidence(), Confidence::estimated) << after.count();
        EXPECT_EQ(bench.station.state().count(), 2U);
    }
}

TEST(Doors, AHeldDoorWarnsFirstAndAlarmsAtItsTime) {
    Bench bench;
    bench.card(entry, 1);
    bench.contact(true);
    bench.pass(milliseconds{24999});
    EXPECT_TRUE(bench.said.empty());
    bench.pass(milliseconds{1});
    EXPECT_EQ(bench.said, std::vector{Outcome::close_the_door});
    bench.pass(milliseconds{4999});
    EXPECT_FALSE(bench.alarm(AlarmKind::door_held_open));
    bench.pass(milliseconds{1});
    EXPECT_TRUE(bench.alarm(AlarmKind::door_held_open));
    bench.contact(false);
    EXPECT_FALSE(bench.alarm(AlarmKind::door_held_open));
}

TEST(Doors, FireReleasesForAsLongAsItLasts) {
    Bench bench;
    bench.order(SetMode{Mode::lockdown});
    bench.handle(InputChanged{fire_input, true});
    for (int i = 0; i < 600; ++i) {
        bench.pass(seconds{1});
        ASSERT_TRUE(bench.released());
        ASSERT_LE(bench.lock_until - bench.now.mono, seconds{10}) << "a lease, not a switch";
    }
    bench.handle(InputChanged{fire_input, false});
    EXPECT_FALSE(bench.released());
    EXPECT_EQ(bench.count(RecordType::fire_started), 1U);
    EXPECT_EQ(bench.count(RecordType::fire_ended), 1U);
}

TEST(Doors, WhoOpensInTheMomentAFireEndsForcesNothing) {
    for (const auto& [after, cause] : {std::pair{milliseconds{0}, OpenCause::fire},
                                       {milliseconds{499}, OpenCause::fire},
                                       {milliseconds{500}, OpenCause::forced}}) {
        Bench bench;
        bench.contact(false);
        bench.handle(InputChanged{fire_input, true});
        bench.pass(seconds{60});
        bench.handle(InputChanged{fire_input, false});
        bench.pass(after);
        bench.contact(true);
        EXPECT_EQ(bench.last(RecordType::door_opened).cause, cause) << after.count();
    }
}

TEST(Doors, AHeldReleaseLastsUntilLocked) {
    Bench bench;
    bench.order(HoldDoor{front});
    bench.pass(std::chrono::hours{1});
    EXPECT_TRUE(bench.released());
    bench.order(LockDoor{front});
    EXPECT_FALSE(bench.released());
    EXPECT_EQ(bench.last(RecordType::secured).actor.uid, 1000U);
}

TEST(Doors, ServiceEndsByItself) {
    Bench bench;
    bench.order(SetMode{Mode::service, milliseconds{0}});
    bench.pass(minutes{59});
    EXPECT_EQ(bench.state().mode, Mode::service);
    bench.pass(minutes{1});
    EXPECT_EQ(bench.state().mode, Mode::normal);
}

TEST(Doors, ADoorWithoutAContactTakesTheGrantForThePassage) {
    auto config = usual_station();
    config.doors[0].has_contact = false;
    Bench bench(config);
    bench.card(entry, 1);
    EXPECT_EQ(bench.state().count(), 1U);
    EXPECT_EQ(bench.state().confidence(), Confidence::estimated);
    bench.pass(seconds{5});
    EXPECT_FALSE(bench.released());
}

TEST(Doors, ACommandReleasesNoLongerThanTheLockMayStand) {
    Bench bench;
    bench.order(UnlockDoor{front, std::chrono::hours{1}});
    bench.pass(milliseconds{29999});
    EXPECT_TRUE(bench.released());
    bench.pass(milliseconds{1});
    EXPECT_FALSE(bench.released());
}

}  // namespace
}  // namespace yizhan::testing
