// What a lockdown ends, and what it leaves to those who want out.
#include "tests/unit/station/bench.h"

namespace yizhan::testing {
namespace {

TEST(Lockdown, ALockdownKeepsAReleaseForWhoeverLeavesAndNotForWhoeverWasToComeIn) {
    Bench bench;
    bench.contact(false);
    bench.card(leaving, 1);
    bench.pass(seconds{1});
    bench.order(UnlockDoor{.door = front, .release = seconds{25}});
    bench.pass(seconds{2});
    bench.card(entry, 2);
    bench.order(SetMode{.mode = Mode::lockdown});
    EXPECT_EQ(bench.count(RecordType::not_entered), 1U);
    bench.pass(milliseconds{1999});
    EXPECT_TRUE(bench.released());
    bench.pass(milliseconds{1});
    EXPECT_FALSE(bench.released());
}

TEST(Lockdown, ALockdownKeepsAReleaseForTheButtonAndNoLonger) {
    Bench bench;
    bench.contact(false);
    bench.order(UnlockDoor{.door = front, .release = seconds{25}});
    bench.button();
    bench.pass(seconds{1});
    bench.order(SetMode{.mode = Mode::lockdown});
    bench.pass(milliseconds{3999});
    EXPECT_TRUE(bench.released());
    bench.pass(milliseconds{1});
    EXPECT_FALSE(bench.released());
}

TEST(Lockdown, LockdownEndsAReleaseThatCameAfterTheButtonsWasEnded) {
    Bench bench;
    bench.contact(false);
    bench.button();
    bench.pass(seconds{1});
    bench.order(LockDoor{front});
    bench.order(UnlockDoor{.door = front, .release = seconds{25}});
    bench.order(SetMode{.mode = Mode::lockdown});
    EXPECT_FALSE(bench.released());
}

TEST(Lockdown, LockdownEndsAReleaseThatCameAfterWhoPressedTheButtonHadLeft) {
    Bench bench;
    bench.contact(false);
    bench.button();
    bench.contact(true);
    bench.contact(false);
    bench.card(entry, 1);
    bench.order(SetMode{.mode = Mode::lockdown});
    EXPECT_FALSE(bench.released());
    EXPECT_EQ(bench.count(RecordType::not_entered), 1U);
}

TEST(Lockdown, LockdownEndsAReleaseForTheNextOneWhoMayComeIn) {
    for (const bool by_button : {false, true}) {
        Bench bench;
        bench.card(entry, 1);
        bench.contact(true);
        by_button ? bench.button() : bench.card(entry, 2);
        bench.order(SetMode{Mode::lockdown});
        bench.contact(false);
        EXPECT_EQ(bench.released(), by_button);
    }
}

// Behind an open door nobody tells whom a release is for: as long as the button's lasts it is for those who leave.
TEST(Lockdown, LockdownEndsWhatACardHasMadeOfTheButtonsReleaseBehindAnOpenDoor) {
    for (const milliseconds later : {milliseconds{1000}, milliseconds{20'000}}) {
        Bench bench;
        bench.enter(1);
        bench.card(leaving, 1);
        bench.contact(true);
        bench.pass(seconds{6});
        bench.button();
        bench.pass(later);
        bench.card(entry, 2);
        bench.order(SetMode{Mode::lockdown});
        bench.contact(false);
        const milliseconds left = bench.config.doors[0].release - later;
        EXPECT_EQ(bench.released(), left > milliseconds{0}) << later.count();
        bench.pass(std::max(left, milliseconds{0}));
        EXPECT_FALSE(bench.released()) << later.count();
    }
}

TEST(Lockdown, LockdownEndsWhatLetsPeopleInAndNotWhatLetsThemOut) {
    Bench held;
    held.order(HoldDoor{front});
    held.order(SetMode{Mode::lockdown});
    EXPECT_FALSE(held.released());

    Bench granted;
    granted.card(entry, 1);
    granted.order(SetMode{Mode::lockdown});
    EXPECT_FALSE(granted.released());
    EXPECT_EQ(granted.count(RecordType::not_entered), 1U);

    Bench going;
    going.enter(1);
    going.card(leaving, 1);
    going.order(SetMode{Mode::lockdown});
    EXPECT_TRUE(going.released());
}

TEST(Lockdown, AnOrderAfterTheLockdownIsObeyed) {
    Bench bench;
    bench.order(SetMode{Mode::lockdown});
    bench.order(UnlockDoor{front, std::nullopt});
    EXPECT_TRUE(bench.released());
}

}  // namespace
}  // namespace yizhan::testing
