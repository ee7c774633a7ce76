#include "tests/unit/station/bench.h"

namespace yizhan::testing {
namespace {

// With one person inside, who has the first outlet.
void charge(Bench& bench) {
    bench.contact(false);
    bench.enter(1);
    bench.card(desk, 1);
}

TEST(Outlets, AnInsideSwipeGivesTheFirstFreeOneAndItsLampBlinks) {
    Bench bench;
    charge(bench);
    EXPECT_EQ(bench.shown, Outcome::outlet_yours);
    EXPECT_TRUE(bench.outlet_on(0));
    const bool blinks = std::any_of(bench.actions.begin(), bench.actions.end(), [](const Action& action) {
        const auto* show = std::get_if<ShowAtOutlet>(&action);
        return show != nullptr && show->outlet == OutletIndex{0} && show->cue == Cue::yes;
    });
    EXPECT_TRUE(blinks);
    bench.enter(2);
    bench.card(desk, 2);
    EXPECT_TRUE(bench.outlet_on(1));
}

TEST(Outlets, WhoeverIsAtTheDeskBeforeTheDoorWasSeenToOpenIsTheOneWhoWasLetIn) {
    Bench bench;
    bench.contact(false);
    bench.card(entry, 1);
    const VisitId visit = bench.last(RecordType::granted).visit;
    bench.card(desk, 1);
    EXPECT_EQ(bench.shown, Outcome::outlet_yours);
    EXPECT_EQ(bench.last(RecordType::outlet_on).visit, visit);
    EXPECT_TRUE(bench.outlet_on(0));
    EXPECT_EQ(bench.state().count(), 1U);
    EXPECT_EQ(bench.state().confidence(), Confidence::estimated) << "nobody saw the door";
    bench.pass(seconds{10});
    EXPECT_TRUE(bench.outlet_on(0));
    EXPECT_EQ(bench.state().count(), 1U);
    EXPECT_EQ(bench.count(RecordType::not_entered), 0U);
}

TEST(Outlets, WhoeverIsAwaitedAtTwoDoorsIsOneAtTheDesk) {
    StationConfig config = usual_station();
    config.doors.push_back({.name = "yard", .has_contact = true, .has_exit_button = true});
    config.readers[1] = {.name = "yard-in", .place = ReaderPlace::entry, .door = DoorIndex{1}};
    Bench bench(config);
    bench.contact(false);
    bench.card(entry, 1);
    bench.card(ReaderIndex{1}, 1);
    bench.card(desk, 1);
    EXPECT_TRUE(bench.outlet_on(0));
    bench.pass(seconds{10});
    EXPECT_TRUE(bench.outlet_on(0));
    EXPECT_EQ(bench.state().count(), 1U);
}

TEST(Outlets, AReaderAtAnOutletGivesThatOneOrNone) {
    StationConfig config = usual_station();
    config.readers[2].outlet = OutletIndex{2};
    Bench bench(config);
    charge(bench);
    EXPECT_TRUE(bench.outlet_on(2));
    bench.enter(2);
    bench.card(desk, 2);
    EXPECT_EQ(bench.shown, Outcome::outlet_taken);
    EXPECT_FALSE(bench.outlet_on(0));
}

struct ChoiceBench : Bench {
    ChoiceBench() {
        contact(false);
        enter(1);
        enter(2);
    }
    Outcome choose(unsigned number) {
        handle(OutletChosen{desk, number});
        return shown;
    }
};

TEST(Outlets, IsGivenByItsNumber) {
    ChoiceBench bench;
    EXPECT_EQ(bench.choose(3), Outcome::outlet_chosen);
    bench.card(desk, 1);
    EXPECT_EQ(bench.shown, Outcome::outlet_yours);
    EXPECT_TRUE(bench.outlet_on(2));
    EXPECT_FALSE(bench.outlet_on(0));
    // For one card.
    bench.card(desk, 2);
    EXPECT_TRUE(bench.outlet_on(0));
}

TEST(Outlets, ANumberIsOneOfThoseThatAreGiven) {
    StationConfig config = usual_station();
    config.outlets[1].amenity = AmenityConfig{};
    Bench bench(config);
    for (const unsigned number : {0U, 1U, 2U, 3U, 4U, 99U}) {
        bench.handle(OutletChosen{desk, number});
        const bool given = number == 1 || number == 3;
        EXPECT_EQ(bench.shown, given ? Outcome::outlet_chosen : Outcome::no_such_outlet) << number;
    }
}

TEST(Outlets, TheOneThatWasChosenIsTakenOrBrokenOrGiven) {
    ChoiceBench bench;
    bench.choose(2);
    bench.card(desk, 1);
    bench.choose(2);
    bench.card(desk, 2);
    EXPECT_EQ(bench.shown, Outcome::outlet_taken);
    bench.handle(OutputFault{.outlet = OutletIndex{2}, .faulty = true});
    bench.choose(3);
    bench.card(desk, 2);
    EXPECT_EQ(bench.shown, Outcome::outlet_fault);
    EXPECT_FALSE(bench.outlet_on(0)) << "nobody gets what they did not ask for";
}

TEST(Outlets, ANumberCountsUntilTwentySecondsLater) {
    for (const milliseconds later : {milliseconds{19'999}, milliseconds{20'000}, milliseconds{20'001}}) {
        ChoiceBench bench;
        bench.choose(3);
        bench.pass(later);
        bench.card(desk, 1);
        EXPECT_EQ(bench.outlet_on(2), later < seconds{20}) << later.count();
        EXPECT_EQ(bench.outlet_on(0), later >= seconds{20}) << later.count();
    }
}

TEST(Outlets, WhoHasOneKeepsItWhateverTheyType) {
    ChoiceBench bench;
    bench.card(desk, 1);
    bench.choose(3);
    bench.card(desk, 1);
    EXPECT_EQ(bench.shown, Outcome::outlet_renewed);
    EXPECT_FALSE(bench.outlet_on(2));
}

TEST(Outlets, WhenAllAreTakenTheReasonIsToldAndNobodyLosesTheirs) {
    Bench bench;
    bench.contact(false);
    for (std::uint8_t who = 1; who <= 4; ++who) {
        bench.enter(who);
        bench.card(desk, who);
    }
    EXPECT_EQ(bench.shown, Outcome::no_free_outlet);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(bench.outlet_on(i));
}

TEST(Outlets, OneVisitHasOneOutlet) {
    Bench bench;
    charge(bench);
    bench.card(desk, 1);
    EXPECT_EQ(bench.shown, Outcome::outlet_renewed);
    EXPECT_FALSE(bench.outlet_on(1));
}

TEST(Outlets, GoOffAtTheTimeLimitWarnedBefore) {
    Bench bench;
    charge(bench);
    bench.pass(minutes{115} - seconds{1});
    EXPECT_TRUE(bench.said.empty());
    bench.pass(seconds{1});
    EXPECT_EQ(bench.said, std::vector{Outcome::outlet_ending});
    bench.pass(minutes{5} - milliseconds{1});
    EXPECT_TRUE(bench.outlet_on(0));
    bench.pass(milliseconds{1});
    EXPECT_FALSE(bench.outlet_on(0));
    EXPECT_EQ(bench.last(RecordType::outlet_off).off_reason, OffReason::time_limit);
}

TEST(Outlets, ARenewalGivesTheFullTimeAgainAndWarnsAgain) {
    Bench bench;
    charge(bench);
    bench.pass(minutes{118});
    bench.card(desk, 1);
    bench.pass(minutes{119});
    EXPECT_TRUE(bench.outlet_on(0));
    EXPECT_EQ(bench.said.size(), 2U);
}

TEST(Outlets, AreRenewedInLeasesSoThatTheyEndSoonAfterTheStationDoes) {
    Bench bench;
    charge(bench);
    for (int i = 0; i < 110; ++i) {
        bench.pass(minutes{1});
        ASSERT_TRUE(bench.outlet_on(0));
        ASSERT_LE(bench.outlet_until[0] - bench.now.mono, seconds{60});
    }
}

TEST(Outlets, GoOffWhenTheirUserLeaves) {
    Bench bench;
    charge(bench);
    bench.leave(1);
    EXPECT_FALSE(bench.outlet_on(0));
    EXPECT_EQ(bench.last(RecordType::outlet_off).off_reason, OffReason::left);
}

TEST(Outlets, GoOffAGraceAfterTheStationEmptiesWarnedAtItsStart) {
    Bench bench;
    bench.contact(false);
    bench.enter(1);
    bench.order(SwitchOutlet{OutletIndex{1}, true});
    bench.leave(1);
    EXPECT_EQ(bench.said, std::vector{Outcome::leaving_off});
    // It was empty when the door opened, three seconds ago.
    bench.pass(minutes{2} - seconds{3} - milliseconds{1});
    EXPECT_TRUE(bench.outlet_on(1));
    bench.pass(milliseconds{1});
    EXPECT_FALSE(bench.outlet_on(1));
    EXPECT_EQ(bench.last(RecordType::outlet_off).off_reason, OffReason::station_empty);
}

TEST(Outlets, WhoComesBackWithinTheGraceKeepsThemOn) {
    Bench bench;
    bench.contact(false);
    bench.enter(1);
    bench.order(SwitchOutlet{OutletIndex{1}, true});
    bench.leave(1);
    bench.pass(minutes{1});
    bench.enter(2);
    bench.pass(minutes{5});
    EXPECT_TRUE(bench.outlet_on(1));
}

TEST(Outlets, FireSwitchesAllOffAndKeepsThemOff) {
    Bench bench;
    charge(bench);
    bench.order(SwitchOutlet{OutletIndex{1}, true});
    bench.handle(InputChanged{fire_input, true});
    EXPECT_FALSE(bench.outlet_on(0));
    EXPECT_FALSE(bench.outlet_on(1));
    bench.order(SwitchOutlet{OutletIndex{1}, true});
    EXPECT_FALSE(bench.outlet_on(1));
    bench.handle(InputChanged{fire_input, false});
    EXPECT_FALSE(bench.outlet_on(0)) << "what fire has switched off stays off until asked for again";
}

TEST(Outlets, AFaultyOneIsPassedOver) {
    Bench bench;
    bench.handle(OutputFault{{}, OutletIndex{0}, true});
    EXPECT_TRUE(bench.alarm(AlarmKind::output_fault));
    charge(bench);
    EXPECT_FALSE(bench.outlet_on(0));
    EXPECT_TRUE(bench.outlet_on(1));
}

TEST(Outlets, WorkWithoutATrustedClock) {
    Bench bench;
    bench.now.wall_trusted = false;
    charge(bench);
    bench.pass(std::chrono::hours{2});
    EXPECT_FALSE(bench.outlet_on(0));
}

}  // namespace
}  // namespace yizhan::testing
