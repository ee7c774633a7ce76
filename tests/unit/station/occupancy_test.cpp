#include "tests/unit/station/bench.h"

namespace yizhan::testing {
namespace {

// Nothing tells that somebody leaves.
StationConfig station_with_unwatched_handle() {
    StationConfig config = usual_station();
    config.doors[0].has_exit_button = false;
    config.readers[1] = {.name = "other-in", .place = ReaderPlace::entry, .door = front};
    return config;
}

TEST(Occupancy, WhereNothingWatchesTheHandleWhoComesInMayTurnRoundAndGoOnTheSameOpening) {
    Bench bench(station_with_unwatched_handle());
    bench.contact(false);
    bench.card(entry, 1);
    bench.contact(true);
    bench.contact(false);
    EXPECT_EQ(bench.state().count(), 1U);
    EXPECT_EQ(bench.state().confidence(), Confidence::estimated);
}

TEST(Occupancy, WhereNothingWatchesTheHandleAnEmptyStationStaysCertainWhenNobodyComesInByAnOpening) {
    Bench bench(station_with_unwatched_handle());
    bench.contact(false);
    bench.card(entry, 1);
    bench.pass(bench.config.doors[0].release + seconds{1});
    EXPECT_EQ(bench.state().count(), 0U);
    EXPECT_EQ(bench.state().confidence(), Confidence::certain);
}

TEST(Occupancy, WhereNothingWatchesTheHandleAnOpeningIsForAnybodyWhileItLasts) {
    Bench bench(station_with_unwatched_handle());
    bench.contact(false);
    bench.card(entry, 1);
    bench.contact(true);
    EXPECT_EQ(bench.state().count(), 1U);
    EXPECT_EQ(bench.state().confidence(), Confidence::estimated);
}

Confidence confidence(const Bench& bench) { return bench.state().confidence(); }

StationConfig station_for(std::uint16_t capacity) {
    StationConfig config = usual_station();
    config.capacity = capacity;
    return config;
}

TEST(Occupancy, InAndOutReadersCountForCertain) {
    Bench bench;
    bench.contact(false);
    for (std::uint8_t who = 1; who <= 5; ++who) bench.enter(who);
    EXPECT_EQ(bench.state().count(), 5U);
    for (std::uint8_t who = 1; who <= 5; ++who) {
        EXPECT_EQ(confidence(bench), Confidence::certain);
        bench.leave(who);
    }
    EXPECT_EQ(bench.state().count(), 0U);
    EXPECT_EQ(bench.count(RecordType::entered), 5U);
    EXPECT_EQ(bench.count(RecordType::left), 5U);
}

// Who was late, and finds the door released for somebody slow: both may have passed, or one, or the other.
TEST(Occupancy, WhoIsLateAndFindsTheDoorReleasedForOthersMakesTheCountAnEstimate) {
    Bench bench;
    bench.contact(false);
    bench.enter(1);
    bench.enter(2);
    bench.order(SetOccupancy{2});
    bench.card(leaving, 1);
    bench.pass(seconds{1});
    bench.card(entry, 3);
    const std::size_t late = bench.count(RecordType::not_entered);
    bench.pass(bench.config.doors[0].release - milliseconds{400});
    ASSERT_EQ(bench.count(RecordType::not_entered), late + 1);
    bench.contact(true);
    bench.contact(false);
    bench.leave(3);
    EXPECT_EQ(confidence(bench), Confidence::estimated);
}

// Let in while the door stands open, and in only after it has closed again, on the opening of somebody who does not
// come.
TEST(Occupancy, WhoComesBehindADoorThatClosedBeforeThemMakesTheCountAnEstimate) {
    Bench bench;
    bench.contact(false);
    bench.card(entry, 1);
    bench.contact(true);
    bench.card(entry, 2);
    bench.contact(false);
    bench.card(entry, 3);
    bench.contact(true);
    bench.contact(false);
    bench.pass(seconds{10});
    bench.leave(2);
    EXPECT_EQ(confidence(bench), Confidence::estimated);
}

// A button in the magnet's supply opens the door by itself: whoever has the finger on it may go on what is released for
// somebody else, also where their own release was taken back.
TEST(Occupancy, WhoHasTheFingerOnTheButtonMayGoOnAnotherOnesOpening) {
    Bench bench;
    bench.contact(false);
    bench.enter(1);
    bench.order(SetOccupancy{1});
    bench.handle(ExitButtonChanged{front, true});
    bench.order(LockDoor{front});
    bench.card(entry, 2);
    bench.contact(true);
    bench.contact(false);
    EXPECT_EQ(confidence(bench), Confidence::estimated);
}

TEST(Occupancy, WhoIsSeenInAClosedStationThatCountsNobodyMakesTheCountAnEstimate) {
    Bench bench;
    bench.contact(false);
    bench.order(SetOccupancy{0});
    bench.handle(InputChanged{presence_input, true});
    EXPECT_EQ(bench.state().confidence(), Confidence::estimated);
}

TEST(Occupancy, WhoIsSeenWhileSomebodyIsComingOrIsInIsNoDoubt) {
    Bench bench;
    bench.contact(false);
    bench.order(SetOccupancy{0});
    bench.card(entry, 1);
    bench.handle(InputChanged{presence_input, true});
    bench.contact(true);
    bench.contact(false);
    bench.handle(InputChanged{presence_input, false});
    bench.handle(InputChanged{presence_input, true});
    EXPECT_EQ(bench.state().confidence(), Confidence::certain);
}

TEST(Occupancy, WhoSwipesAndDoesNotComeInIsNotCounted) {
    Bench bench;
    bench.contact(false);
    bench.card(entry, 1);
    bench.pass(seconds{6});
    EXPECT_EQ(bench.state().count(), 0U);
    EXPECT_EQ(confidence(bench), Confidence::certain);
}

TEST(Occupancy, TwoOnOneOpeningAreCountedWithDoubt) {
    Bench bench;
    bench.contact(false);
    bench.card(entry, 1);
    bench.card(entry, 2);
    bench.open_and_close();
    EXPECT_EQ(bench.state().count(), 2U);
    EXPECT_EQ(confidence(bench), Confidence::estimated);
}

TEST(Occupancy, AnExitByButtonTakesOneOffAndLeavesDoubt) {
    Bench bench;
    bench.contact(false);
    bench.enter(1);
    bench.enter(2);
    bench.button();
    bench.open_and_close();
    EXPECT_EQ(bench.state().count(), 1U);
    EXPECT_EQ(confidence(bench), Confidence::estimated);
}

TEST(Occupancy, OfThoseWhoMayHaveLeftUnseenTheOneWithoutAnOutletIsTaken) {
    Bench bench;
    bench.contact(false);
    bench.enter(1);
    bench.enter(2);
    bench.card(desk, 1);
    bench.button();
    bench.open_and_close();
    EXPECT_NE(bench.state().visit_of(credential(1)), nullptr);
    EXPECT_EQ(bench.state().visit_of(credential(2)), nullptr);
    EXPECT_TRUE(bench.outlet_on(0));
}

TEST(Occupancy, NobodyIsTakenOffAnEmptyStation) {
    Bench bench;
    bench.contact(false);
    bench.button();
    bench.open_and_close();
    EXPECT_EQ(bench.state().count(), 0U);
    EXPECT_EQ(bench.count(RecordType::left), 0U);
}

TEST(Occupancy, WhoSwipesOutsideAgainHadLeftUnseen) {
    Bench bench;
    bench.contact(false);
    bench.enter(1);
    bench.enter(1);
    EXPECT_EQ(bench.state().count(), 1U);
    EXPECT_EQ(confidence(bench), Confidence::estimated);
}

TEST(Occupancy, AFullStationRefusesOneMoreAndTakesOneWhenOneHasLeft) {
    Bench bench(station_for(2));
    bench.contact(false);
    bench.enter(1);
    bench.enter(2);
    bench.card(entry, 3);
    EXPECT_EQ(bench.shown, Outcome::full);
    EXPECT_FALSE(bench.released());
    bench.leave(1);
    bench.card(entry, 3);
    EXPECT_EQ(bench.shown, Outcome::welcome);
}

TEST(Occupancy, WhoeverWasLetInAndHasNotComeThroughYetTakesAPlaceToo) {
    Bench bench(station_for(2));
    bench.contact(false);
    bench.enter(1);
    bench.card(entry, 2);
    EXPECT_EQ(bench.shown, Outcome::welcome);
    bench.card(entry, 3);
    EXPECT_EQ(bench.shown, Outcome::full);
    bench.card(entry, 2);
    EXPECT_EQ(bench.shown, Outcome::welcome) << "the same once more takes no further place";
    bench.pass(seconds{60});
    ASSERT_EQ(bench.count(RecordType::entered), 1u);
    bench.card(entry, 3);
    EXPECT_EQ(bench.shown, Outcome::welcome) << "the second one never came";
}

TEST(Occupancy, IsAnEstimateOnceADoorWasHeldOpenForWhoeverCameBy) {
    Bench bench;
    bench.contact(false);
    bench.card(entry, 1);
    bench.contact(true);
    bench.pass(bench.config.doors[0].held_open_after);
    ASSERT_TRUE(bench.alarm(AlarmKind::door_held_open));
    bench.order(SetOccupancy{1});
    EXPECT_EQ(confidence(bench), Confidence::estimated) << "somebody may come in while they are counted";
    bench.contact(false);
    EXPECT_EQ(confidence(bench), Confidence::estimated);
    bench.order(SetOccupancy{1});
    EXPECT_EQ(confidence(bench), Confidence::certain);
}

TEST(Occupancy, IsAnEstimateWhereSomebodyLeavesByADoorThatNobodySeesOpen) {
    for (const bool fitted : {false, true}) {
        StationConfig config = usual_station();
        config.doors[0].has_contact = fitted;
        Bench bench(config);
        if (fitted) bench.contact(false);
        bench.order(SetOccupancy{2});
        if (fitted) bench.handle(DoorContactChanged{front, std::nullopt});
        ASSERT_EQ(confidence(bench), Confidence::certain);
        bench.button();
        EXPECT_EQ(confidence(bench), Confidence::estimated);
    }
}

TEST(Occupancy, ACountThatIsNotCertainRefusesNobody) {
    Bench bench(station_for(1));
    bench.contact(false);
    bench.enter(1);
    bench.button();
    bench.open_and_close();
    bench.enter(2);
    EXPECT_EQ(confidence(bench), Confidence::estimated);
    bench.card(entry, 3);
    EXPECT_EQ(bench.shown, Outcome::welcome);
}

TEST(Occupancy, IsProvenEmptyAfterItsTimeWithoutMotionBehindClosedDoorsAndNotBefore) {
    Bench bench;
    bench.contact(false);
    bench.handle(InputChanged{presence_input, true});
    bench.enter(1);
    bench.button();
    bench.open_and_close();
    bench.handle(InputChanged{presence_input, false});
    bench.pass(minutes{15} - milliseconds{1});
    EXPECT_EQ(confidence(bench), Confidence::estimated);
    bench.pass(milliseconds{1});
    EXPECT_EQ(confidence(bench), Confidence::certain);
    EXPECT_EQ(bench.state().count(), 0U);
    EXPECT_EQ(bench.count(RecordType::occupancy_set), 1U);
}

TEST(Occupancy, AnOpenDoorOrMotionProvesNothing) {
    Bench open;
    open.contact(false);
    open.enter(1);
    open.handle(InputChanged{presence_input, false});
    open.button();
    open.contact(true);
    open.pass(std::chrono::hours{2});
    EXPECT_EQ(open.count(RecordType::occupancy_set), 0U);

    Bench moving;
    moving.contact(false);
    moving.enter(1);
    for (int i = 0; i < 12; ++i) {
        moving.handle(InputChanged{presence_input, i % 2 == 0});
        moving.pass(minutes{14});
    }
    EXPECT_EQ(moving.count(RecordType::occupancy_set), 0U);
    EXPECT_EQ(moving.state().count(), 1U);
}

TEST(Occupancy, WhoeverAsksToLeaveWhileTheDoorIsOpenMayGoUnseen) {
    Bench bench;
    bench.contact(false);
    bench.card(entry, 1);
    bench.contact(true);
    EXPECT_EQ(confidence(bench), Confidence::certain);
    bench.button();
    EXPECT_EQ(confidence(bench), Confidence::estimated);
}

TEST(Occupancy, WhoeverMayWalkInWhileTheDoorIsOpenMayGoUnseen) {
    const auto after = [](auto event) {
        Bench bench;
        bench.contact(false);
        bench.card(entry, 1);
        bench.contact(true);
        EXPECT_EQ(confidence(bench), Confidence::certain);
        event(bench);
        bench.contact(false);
        return confidence(bench);
    };
    EXPECT_EQ(after([](Bench&) {}), Confidence::certain);
    EXPECT_EQ(after([](Bench& bench) { bench.handle(InputChanged{fire_input, true}); }), Confidence::estimated);
    EXPECT_EQ(after([](Bench& bench) { bench.order(SetMode{Mode::free_access}); }), Confidence::estimated);
    EXPECT_EQ(after([](Bench& bench) { bench.order(SetMode{Mode::closed}); }), Confidence::certain);
    EXPECT_EQ(after([](Bench& bench) { bench.order(HoldDoor{front}); }), Confidence::estimated);
    EXPECT_EQ(after([](Bench& bench) { bench.order(UnlockDoor{front}); }), Confidence::estimated);
}

TEST(Occupancy, NobodyCountsWhileTheStationStandsStill) {
    const auto after = [](unsigned people, bool cleanly) {
        State state;
        for (unsigned i = 1; i <= people; ++i) apply(state, {.type = RecordType::entered, .visit = i});
        apply(state, {.type = RecordType::started, .value = cleanly ? 1 : 0});
        return state.confidence();
    };
    EXPECT_EQ(after(1, true), Confidence::estimated) << "whoever was in may have left";
    EXPECT_EQ(after(0, false), Confidence::estimated) << "whoever came last may not be in the log";
    EXPECT_EQ(after(0, true), Confidence::certain);
}

TEST(Occupancy, WhoMayHaveComeInWhileTheStationStoodStillCounts) {
    // After a clean stop of an empty station, in which …
    const auto certain = [](bool fail_safe, auto before) {
        Bench bench;
        bench.contact(false);
        before(bench);
        bench.handle(Stopping{});
        StationConfig config = usual_station();
        config.doors[0].fail_safe = fail_safe;
        return confidence(Bench(config, bench.state())) == Confidence::certain;
    };
    EXPECT_TRUE(certain(false, [](Bench&) {}));
    EXPECT_FALSE(certain(true, [](Bench&) {})) << "a magnet holds nothing without its controller";
    EXPECT_FALSE(certain(false, [](Bench& bench) { bench.card(entry, 1); })) << "somebody was just let in";
    EXPECT_FALSE(certain(false, [](Bench& bench) { bench.contact(true); })) << "the door stood open";
    EXPECT_FALSE(certain(false, [](Bench& bench) { bench.order(HoldDoor{front}); })) << "the door was held";
}

TEST(Occupancy, SomebodyWhoLookedMakesItCertain) {
    Bench bench;
    bench.contact(false);
    bench.card(entry, 1);
    bench.card(entry, 2);
    bench.open_and_close();
    bench.order(SetOccupancy{3});
    EXPECT_EQ(bench.state().count(), 3U);
    EXPECT_EQ(confidence(bench), Confidence::certain);
    EXPECT_EQ(bench.last(RecordType::occupancy_set).actor.uid, 1000U);
}

TEST(Occupancy, MorePeopleThanVisitsToldApartAreStillCounted) {
    Bench bench;
    bench.contact(false);
    for (std::size_t i = 0; i < max_inside; ++i) {
        bench.handle(CardPresented{.reader = entry,
                                   .credential = {.key_id = static_cast<std::uint32_t>(i), .digest = {}},
                                   .genuine = true,
                                   .fresh_visit = 1000 + i});
        bench.open_and_close();
    }
    bench.enter(1);
    EXPECT_EQ(bench.state().count(), max_inside + 1);
}

}  // namespace
}  // namespace yizhan::testing
