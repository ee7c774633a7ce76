// What both loops must hold.
#include "hal/event_loop.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/ports/both_loops.h"

namespace yizhan {
namespace {

template <class World>
class EitherEventLoop : public testing::Test {
 public:
    World world;
    typename World::Loop& loop = world.loop;
};
TYPED_TEST_SUITE(EitherEventLoop, EitherWorld, WorldNames);

TYPED_TEST(EitherEventLoop, AdvancesAndSettlesMembersInTheOrderInWhichTheyJoined) {
    std::string diary;
    std::vector<TestMember> members(5);
    for (const int i : {3, 1, 4, 0, 2}) {
        auto& member = members[static_cast<std::size_t>(i)];
        member.deadline = this->loop.now().mono;
        member.on_advance = [&diary, i](Now) { diary += static_cast<char>('0' + i); };
        member.on_settle = [&diary, i](Now) { diary += static_cast<char>('a' + i); };
        this->loop.join(member);
    }
    this->world.turn();
    EXPECT_EQ(diary, "31402dbeac");
    for (auto& member : members) this->loop.leave(member);
}

TYPED_TEST(EitherEventLoop, IsNeverEarlyAndNeedsOneTurnForADeadline) {
    TestMember member;
    this->loop.join(member);
    for (const auto wait : {nanoseconds{1}, nanoseconds{999}, nanoseconds{1'000'001}, nanoseconds{5'000'500}}) {
        const Mono deadline = this->loop.now().mono + wait;
        member.deadline = deadline;
        Mono called = never;
        member.on_advance = [&](Now now) { called = now.mono; };
        ASSERT_TRUE(this->world.run_while([&] { return called == never; }));
        EXPECT_GE(called, deadline);
    }
    this->loop.leave(member);
}

TYPED_TEST(EitherEventLoop, ShowsOneTimeForTheWholeOfATurn) {
    std::vector<Mono> seen;
    TestMember member;
    member.deadline = this->loop.now().mono;
    member.on_advance = [&](Now now) { seen.push_back(now.mono); };
    member.on_settle = [&](Now now) { seen.push_back(now.mono); };
    this->loop.join(member);
    this->loop.post([&] { seen.push_back(this->loop.now().mono); });
    this->world.turn();
    EXPECT_EQ(seen, std::vector(3, this->loop.now().mono));
    this->loop.leave(member);
}

TYPED_TEST(EitherEventLoop, RunsPostedTasksInOrderBeforeMembersAndNewOnesInALaterTurn) {
    std::string diary;
    TestMember member;
    member.on_settle = [&](Now) { diary += '.'; };
    this->loop.join(member);
    this->loop.post([&] {
        diary += 'a';
        member.deadline = this->loop.now().mono;
        this->loop.post([&] { diary += 'c'; });
    });
    this->loop.post([&] { diary += 'b'; });
    member.on_advance = [&](Now) { diary += '!'; };
    EXPECT_EQ(diary, "");
    ASSERT_TRUE(this->world.run_while([&] { return diary.find('c') == std::string::npos; }));
    EXPECT_EQ(diary, "ab!.c.");
    this->loop.leave(member);
}

TYPED_TEST(EitherEventLoop, AdvancesInTheSameTurnWhoeverBecameDueInIt) {
    std::string diary;
    TestMember first;
    TestMember second;
    second.deadline = this->loop.now().mono;
    second.on_advance = [&](Now now) {
        diary += '2';
        first.deadline = now.mono;
    };
    first.on_advance = [&](Now) { diary += '1'; };
    first.on_settle = [&](Now) { diary += '.'; };
    this->loop.join(first);
    this->loop.join(second);
    this->world.turn();
    EXPECT_EQ(diary, "21.");
    this->loop.leave(first);
    this->loop.leave(second);
}

TYPED_TEST(EitherEventLoop, LetsMembersThatKeepEachOtherBusyNotStarveTheRest) {
    TestMember busy;
    busy.deadline = this->loop.now().mono;
    int advanced = 0;
    busy.on_advance = [&](Now now) {
        ++advanced;
        busy.deadline = now.mono;
    };
    bool heard = false;
    this->loop.join(busy);
    this->world.turn();
    EXPECT_GT(advanced, 1);
    this->loop.post([&] { heard = true; });
    this->world.turn();
    EXPECT_TRUE(heard);
    this->loop.leave(busy);
}

TYPED_TEST(EitherEventLoop, CallsNobodyWhoHasLeft) {
    // Whichever of three members removes whichever, in advance or in settle: who left is not called any more, the
    // others are called once, in order.
    for (const bool in_settle : {false, true}) {
        for (std::size_t who = 0; who < 3; ++who) {
            for (std::size_t whom = 0; whom < 3; ++whom) {
                std::string calls;
                std::vector<TestMember> members(3);
                for (std::size_t i = 0; i < 3; ++i) {
                    members[i].deadline = this->loop.now().mono;
                    members[i].on_advance = [&, i](Now) {
                        calls += static_cast<char>('0' + i);
                        if (i == who && !in_settle) this->loop.leave(members[whom]);
                    };
                    members[i].on_settle = [&, i](Now) {
                        calls += static_cast<char>('a' + i);
                        if (i == who && in_settle) this->loop.leave(members[whom]);
                    };
                    this->loop.join(members[i]);
                }
                this->world.turn();
                std::string expected;
                for (std::size_t i = 0; i < 3; ++i) {
                    if (in_settle || i != whom || i <= who) expected += static_cast<char>('0' + i);
                }
                for (std::size_t i = 0; i < 3; ++i) {
                    if (i != whom || (in_settle && i <= who)) expected += static_cast<char>('a' + i);
                }
                EXPECT_EQ(calls, expected) << "member " << who << " removed " << whom;
                for (std::size_t i = 0; i < 3; ++i) {
                    if (i != whom) this->loop.leave(members[i]);
                }
            }
        }
    }
}

TYPED_TEST(EitherEventLoop, SettlesWhoeverJoinsDuringTheTurn) {
    std::string diary;
    TestMember first;
    TestMember second;
    second.on_settle = [&](Now) { diary += '2'; };
    first.on_settle = [&](Now) {
        diary += '1';
        if (diary.size() == 1) this->loop.join(second);
    };
    this->loop.join(first);
    this->world.turn();
    EXPECT_EQ(diary, "12");
    this->loop.leave(first);
    this->loop.leave(second);
}

TYPED_TEST(EitherEventLoop, GoesOnFromTheWallFloorOnlyWhileTheClockIsNotTrusted) {
    this->loop.set_wall_floor(this->loop.now().wall + hours{1});
    this->world.turn();
    EXPECT_TRUE(this->loop.now().wall_trusted);
    const Wall trusted = this->loop.now().wall;
    this->loop.set_wall_floor(trusted + hours{1});
    EXPECT_LT(this->loop.now().wall, trusted + minutes{30});
}

template <class World>
void post_too_much() {
    World world;
    for (int i = 0; i < 1025; ++i) world.loop.post([] {});
}

TEST(EitherEventLoopDeathTest, TakesOneThousandAndTwentyFourTasksAndNoMore) {
    SimulatedWorld world;
    for (int i = 0; i < 1024; ++i) world.loop.post([] {});
    EXPECT_DEATH(post_too_much<RealWorld>(), "most_posted");
    EXPECT_DEATH(post_too_much<SimulatedWorld>(), "most_waiting");
}

TEST(WallFloor, HoldsUntilTheClockCatchesUp) {
    WallFloor floor;
    const Mono start{hours{1}};
    const Wall newest{hours{1000}};
    EXPECT_EQ(floor.apply(newest, false, start), newest);
    floor.set(newest, start);
    EXPECT_EQ(floor.apply(Wall{hours{3}}, false, start), newest);
    EXPECT_EQ(floor.apply(Wall{hours{3}}, false, start + minutes{5}), newest + minutes{5});
    EXPECT_EQ(floor.apply(newest + hours{9}, false, start + minutes{5}), newest + hours{9});
    EXPECT_EQ(floor.apply(Wall{hours{3}}, true, start + minutes{5}), Wall{hours{3}});
}

}  // namespace
}  // namespace yizhan
