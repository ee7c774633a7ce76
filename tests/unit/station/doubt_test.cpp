// What makes the count of those inside an estimate though each of the doors was heard.
#include "tests/unit/station/bench.h"

namespace yizhan::testing {
namespace {

// One of the two whom the station can name may be somebody else; that the other one is not in says nothing about it.
TEST(Doubt, WhoIsFoundInsideThoughAllHaveNamesLeavesADoubtBehind) {
    Bench bench;
    bench.contact(false);
    bench.order(SetOccupancy{0});
    bench.card(entry, 1);
    bench.contact(true);
    bench.card(entry, 2);
    bench.contact(false);
    bench.pass(seconds{6});
    bench.card(desk, 3);
    EXPECT_EQ(bench.state().count(), 3U);
    bench.card(entry, 2);
    EXPECT_EQ(bench.state().count(), 2U);
    EXPECT_EQ(bench.state().confidence(), Confidence::estimated);
}

TEST(Doubt, WhoeverIsLateWhileSomebodyAsksAgainLeavesADoubt) {
    Bench bench;
    bench.contact(false);
    bench.card(entry, 1);
    bench.pass(seconds{4});
    bench.card(entry, 2);
    bench.pass(milliseconds{1200});  // the first one's time is over, and they may still be on the way
    bench.card(entry, 2);
    bench.pass(seconds{1});
    bench.contact(true);
    EXPECT_EQ(bench.state().count(), 1U);
    EXPECT_EQ(bench.state().confidence(), Confidence::estimated);
}

TEST(Doubt, WhoeverIsLateAtALockThatTakesNoLevelMayComeOnTheNextRelease) {
    Bench bench;
    bench.contact(false);
    bench.card(entry, 1);
    bench.pass(seconds{3});
    bench.handle(OutputFault{.door = front, .outlet = {}, .faulty = true});
    bench.pass(milliseconds{2200});
    bench.handle(OutputFault{.door = front, .outlet = {}, .faulty = false});
    bench.card(entry, 2);
    bench.pass(seconds{1});
    bench.contact(true);
    EXPECT_EQ(bench.state().count(), 1U);
    EXPECT_EQ(bench.state().confidence(), Confidence::estimated);
}

}  // namespace
}  // namespace yizhan::testing
