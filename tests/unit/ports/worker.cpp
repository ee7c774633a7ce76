// What both workers must hold, and where they differ on purpose.
#include "hal/worker.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>

#include "drivers/ports/worker.h"
#include "drivers/simulated/worker.h"
#include "tests/unit/ports/both_loops.h"

namespace yizhan {
namespace {

template <class World>
std::unique_ptr<Worker> make_worker(World& world) {
    if constexpr (std::is_same_v<World, RealWorld>) {
        return std::make_unique<ThreadWorker>(world.loop, "worker-under-test");
    } else {
        return std::make_unique<simulated::Worker>(world.loop);
    }
}

template <class World>
class EitherWorker : public testing::Test {
 public:
    World world;
    std::unique_ptr<Worker> worker = make_worker(world);
};
TYPED_TEST_SUITE(EitherWorker, EitherWorld, WorldNames);

TYPED_TEST(EitherWorker, RunsTheJobThenDoneOnTheLoop) {
    int value = 0;  // no lock: that is the contract
    bool done = false;
    EXPECT_TRUE(this->worker->idle());
    this->worker->start([&] { value = 42; },
                        [&, loop_thread = std::this_thread::get_id()] {
                            EXPECT_EQ(std::this_thread::get_id(), loop_thread);
                            EXPECT_TRUE(this->worker->idle());
                            EXPECT_EQ(value, 42);
                            done = true;
                        });
    EXPECT_FALSE(this->worker->idle());
    EXPECT_FALSE(done);
    EXPECT_TRUE(this->world.run_while([&] { return !done; }));
}

TYPED_TEST(EitherWorker, TakesTheNextJobFromInsideDone) {
    int jobs = 0;
    std::function<void()> next = [&] {
        if (jobs < 100) this->worker->start([&] { ++jobs; }, next);
    };
    next();
    EXPECT_TRUE(this->world.run_while([&] { return !this->worker->idle() || jobs < 100; }));
    EXPECT_EQ(jobs, 100);
}

TYPED_TEST(EitherWorker, MayDieInsideDone) {
    bool done = false;
    this->worker->start([] {},
                        [&] {
                            this->worker.reset();
                            done = true;
                        });
    EXPECT_TRUE(this->world.run_while([&] { return !done; }));
}

TYPED_TEST(EitherWorker, DoesNotCallDoneOnceItIsDead) {
    for (int i = 0; i < 20; ++i) {
        auto short_lived = make_worker(this->world);
        short_lived->start([] {}, [] { ADD_FAILURE() << "called after its worker died"; });
        if (i % 2 == 1) std::this_thread::yield();
        short_lived.reset();
        this->world.turn();
        this->world.turn();
    }
}

TEST(ThreadWorker, FinishesItsJobBeforeItDies) {
    RealWorld world;
    std::string text;
    {
        ThreadWorker worker(world.loop, "short");
        worker.start([&] { text = "whole"; }, [] {});
    }
    EXPECT_EQ(text, "whole");
}

TEST(SimulatedWorker, TakesItsTime) {
    SimulatedWorld world;
    simulated::Worker worker(world.loop, seconds{30});
    bool ran = false;
    Mono done = never;
    worker.start([&] { ran = true; }, [&] { done = world.loop.now().mono; });
    world.scheduler.run_for(milliseconds{29'999});
    EXPECT_FALSE(ran);
    world.scheduler.run_for(milliseconds{1});
    EXPECT_EQ(done, simulated::Scheduler::start_mono + seconds{30});
}

TEST(SimulatedWorker, DropsTheJobUnderWayWhenItIsKilled) {
    SimulatedWorld world;
    bool ran = false;
    {
        simulated::Worker worker(world.loop, seconds{30});
        worker.start([&] { ran = true; }, [] {});
        world.scheduler.run_for(seconds{29});
    }
    world.scheduler.run_for(seconds{10});
    EXPECT_FALSE(ran);
}

TEST(SimulatedWorker, CanBeKilledBetweenTheJobAndItsDone) {
    SimulatedWorld world;
    bool ran = false;
    bool done = false;
    {
        simulated::Worker worker(world.loop);
        worker.start([&] { ran = true; }, [&] { done = true; });
        EXPECT_TRUE(world.scheduler.run_while([&] { return !ran; }, seconds{1}));
    }
    world.scheduler.run_for(seconds{1});
    EXPECT_FALSE(done);
}

TEST(SimulatedWorker, StallsUntilItIsResumed) {
    SimulatedWorld world;
    simulated::Worker worker(world.loop);
    bool done = false;
    worker.stall();
    worker.start([] {}, [&] { done = true; });
    world.scheduler.run_for(hours{1});
    EXPECT_FALSE(done);
    worker.resume();
    world.scheduler.run_for(milliseconds{0});
    EXPECT_TRUE(done);
    EXPECT_EQ(worker.jobs_done(), 1u);
}

}  // namespace
}  // namespace yizhan
