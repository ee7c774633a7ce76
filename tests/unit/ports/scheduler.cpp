#include "drivers/simulated/scheduler.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "drivers/simulated/event_loop.h"

namespace yizhan::simulated {
namespace {

// Due every `period`; writes its name into the diary.
class Ticker : public LoopMember {
 public:
    Ticker(std::string& diary, char name, Mono first, milliseconds period)
        : diary_(diary), name_(name), next_(first), period_(period) {}
    Mono next_deadline() const override { return next_; }
    void advance(Now now) override {
        EXPECT_EQ(now.mono, next_);
        diary_ += name_;
        next_ += period_;
    }

 private:
    std::string& diary_;
    char name_;
    Mono next_;
    milliseconds period_;
};

constexpr Mono start = Scheduler::start_mono;
constexpr milliseconds ms{1};

TEST(Scheduler, GoesFromDeadlineToDeadline) {
    Scheduler scheduler;
    EventLoop loop(scheduler);
    std::string diary;
    Ticker a(diary, 'a', start + 5 * ms, 10 * ms);
    Ticker b(diary, 'b', start + 7 * ms, 20 * ms);
    loop.join(a);
    loop.join(b);

    EXPECT_TRUE(scheduler.step());
    EXPECT_EQ(scheduler.now().mono, start + 5 * ms);
    EXPECT_TRUE(scheduler.step());
    EXPECT_EQ(scheduler.now().mono, start + 7 * ms);
    scheduler.run_until(start + 27 * ms);
    EXPECT_EQ(diary, "abaab");
    EXPECT_EQ(scheduler.now().mono, start + 27 * ms);
    EXPECT_EQ(scheduler.steps(), 5u);

    loop.leave(a);
    loop.leave(b);
    EXPECT_FALSE(scheduler.step());
}

TEST(Scheduler, RunsTasksThenTheWorldThenTheLoopsAtOneInstant) {
    Scheduler scheduler;
    EventLoop first(scheduler);
    EventLoop second(scheduler);
    std::string diary;
    Ticker in_first(diary, '1', start + ms, hours{1});
    Ticker in_second(diary, '2', start + ms, hours{1});
    Ticker in_world(diary, 'w', start + ms, hours{1});
    second.join(in_second);
    first.join(in_first);
    scheduler.join(in_world);
    scheduler.at(start + ms, [&] { diary += 't'; });
    scheduler.at(start + ms, [&] { diary += 'u'; });

    scheduler.run_for(ms);
    EXPECT_EQ(diary, "tuw12");

    first.leave(in_first);
    second.leave(in_second);
    scheduler.leave(in_world);
}

TEST(Scheduler, TakesTurnsAmongLoopsThatAreBusyAtOneInstant) {
    Scheduler scheduler;
    EventLoop first(scheduler);
    EventLoop second(scheduler);
    std::string diary;
    std::function<void()> busy_first = [&] {
        diary += '1';
        if (diary.size() < 9) first.post(busy_first);
    };
    std::function<void()> busy_second = [&] {
        diary += '2';
        if (diary.size() < 9) second.post(busy_second);
    };
    first.post(busy_first);
    second.post(busy_second);
    scheduler.run_for(milliseconds{0});
    EXPECT_EQ(diary, "1212121212");
}

TEST(Scheduler, RunsATaskInThePastAtOnce) {
    Scheduler scheduler;
    scheduler.run_for(seconds{5});
    Mono ran = never;
    scheduler.at(start, [&] { ran = scheduler.now().mono; });
    scheduler.run_for(milliseconds{0});
    EXPECT_EQ(ran, start + seconds{5});
}

TEST(Scheduler, StopsWhenTheConditionEndsOrTheLimitPasses) {
    Scheduler scheduler;
    int ticks = 0;
    std::function<void()> tick = [&] {
        ++ticks;
        scheduler.after(10 * ms, tick);
    };
    scheduler.after(10 * ms, tick);
    EXPECT_TRUE(scheduler.run_while([&] { return ticks < 3; }, seconds{1}));
    EXPECT_EQ(scheduler.now().mono, start + 30 * ms);
    EXPECT_FALSE(scheduler.run_while([&] { return ticks < 3000; }, 15 * ms));
    EXPECT_EQ(scheduler.now().mono, start + 45 * ms);
}

TEST(Scheduler, MovesTheWallClockByItsStepsAndItsDrift) {
    Scheduler scheduler;
    EXPECT_EQ(scheduler.now().wall, Scheduler::start_wall);
    EXPECT_TRUE(scheduler.now().wall_trusted);
    scheduler.run_for(seconds{10});
    EXPECT_EQ(scheduler.now().wall, Scheduler::start_wall + seconds{10});

    scheduler.step_wall(-hours{1});
    EXPECT_EQ(scheduler.now().wall, Scheduler::start_wall + seconds{10} - hours{1});
    EXPECT_EQ(scheduler.now().mono, start + seconds{10});

    scheduler.set_wall(Scheduler::start_wall);
    scheduler.set_wall_drift(100);  // 0.1 ms in a second
    scheduler.run_for(hours{24 * 365});
    EXPECT_EQ(scheduler.now().wall, Scheduler::start_wall + hours{24 * 365} + milliseconds{3'153'600});
    scheduler.set_wall_drift(-100);
    scheduler.run_for(hours{24 * 365});
    EXPECT_EQ(scheduler.now().wall, Scheduler::start_wall + hours{2 * 24 * 365});
}

TEST(SchedulerDeathTest, RefusesAMemberThatIsDueAndMakesNoProgress) {
    Scheduler scheduler;
    EventLoop loop(scheduler);
    std::string diary;
    std::function<void()> again = [&] { loop.post(again); };
    loop.post(again);
    EXPECT_DEATH(scheduler.run_for(ms), "longest_instant");
}

TEST(Wake, IsHeardOnceHoweverOftenItIsRaised) {
    Scheduler scheduler;
    EventLoop loop(scheduler);
    std::string diary;
    Wake wake(loop, [&] { diary += 'w'; });
    loop.post([&] { diary += '1'; });
    wake.raise();
    wake.raise();
    loop.post([&] { diary += '2'; });
    EXPECT_EQ(diary, "");
    EXPECT_TRUE(scheduler.step());
    EXPECT_EQ(diary, "1w2");
    EXPECT_FALSE(scheduler.step());
    wake.raise();
    EXPECT_TRUE(scheduler.step());
    EXPECT_EQ(diary, "1w2w");
}

TEST(Wake, IsSilentOnceItIsDeadAlsoWithinTheTurn) {
    Scheduler scheduler;
    EventLoop loop(scheduler);
    int heard = 0;
    auto wake = std::make_unique<Wake>(loop, [&] { ++heard; });
    std::unique_ptr<Wake> own;
    own = std::make_unique<Wake>(loop, [&] { own.reset(); });
    loop.post([&] { wake.reset(); });
    wake->raise();
    own->raise();
    scheduler.run_for(milliseconds{0});
    EXPECT_EQ(heard, 0);
    EXPECT_EQ(own, nullptr);
}

TEST(SimulatedEventLoop, DropsWhatWasPostedWhenItIsKilled) {
    Scheduler scheduler;
    bool ran = false;
    {
        EventLoop loop(scheduler);
        loop.post([&] { ran = true; });
    }
    scheduler.run_for(seconds{1});
    EXPECT_FALSE(ran);
}

TEST(SimulatedEventLoop, GoesOnFromTheWallFloorWhileTheClockIsNotTrusted) {
    Scheduler scheduler(Wall{hours{1}});  // 1970: no battery
    scheduler.set_wall_trusted(false);
    EventLoop loop(scheduler);
    loop.set_wall_floor(Scheduler::start_wall);
    EXPECT_EQ(loop.now().wall, Scheduler::start_wall);
    scheduler.run_for(seconds{3});
    EXPECT_EQ(loop.now().wall, Scheduler::start_wall + seconds{3});
    EXPECT_FALSE(loop.now().wall_trusted);

    scheduler.set_wall(Scheduler::start_wall - hours{2});
    scheduler.set_wall_trusted(true);
    EXPECT_EQ(loop.now().wall, Scheduler::start_wall - hours{2});
}

}  // namespace
}  // namespace yizhan::simulated
