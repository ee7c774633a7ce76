// What holds in every state of a door.
#include "tests/unit/station/door_states.h"

namespace yizhan::testing {
namespace {

TEST(DoorStates, InEveryStateTheExitButtonAndAnyReadableExitCardLeaveTheDoorReleased) {
    for (const Step& state : door_states) {
        for (const Step& way_out :
             {Step{"button", [](Bench& b) { b.button(); }}, Step{"card", [](Bench& b) { b.card(leaving, 99); }}}) {
            Bench bench;
            state.take(bench);
            way_out.take(bench);
            EXPECT_TRUE(bench.released()) << state.name << ", " << way_out.name;
        }
    }
}

TEST(DoorStates, NoStateOutlastsItsReasonToBeReleased) {
    for (const Step& state : door_states) {
        Bench bench;
        state.take(bench);
        bench.contact(false);
        bench.handle(InputChanged{fire_input, false});
        bench.order(SetMode{Mode::normal});
        bench.order(LockDoor{front});
        EXPECT_FALSE(bench.released()) << state.name;
        bench.pass(std::chrono::hours{24});
        EXPECT_FALSE(bench.released()) << state.name;
    }
}

TEST(DoorStates, NoCardFromOutsideReleasesADoorInLockdown) {
    for (const Step& state : door_states) {
        Bench bench;
        state.take(bench);
        bench.contact(false);
        bench.handle(InputChanged{fire_input, false});
        bench.pass(seconds{60});
        bench.order(SetMode{Mode::lockdown});
        bench.card(entry, 2);
        EXPECT_FALSE(bench.released()) << state.name;
        EXPECT_EQ(bench.shown, Outcome::lockdown) << state.name;
    }
}

}  // namespace
}  // namespace yizhan::testing
