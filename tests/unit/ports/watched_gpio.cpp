#include "drivers/ports/watched_gpio.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "drivers/simulated/event_loop.h"
#include "drivers/simulated/gpio.h"
#include "drivers/simulated/scheduler.h"

namespace yizhan {
namespace {

const LineName d0{"board", "D0"};
const LineName d1{"board", "D1"};
const LineName lock{"board", "LOCK"};

class Listener final : public EdgeListener {
 public:
    void on_edges(std::span<const Edge> edges, Now) override { heard += edges.size(); }
    void on_lost(Now) override { ++lost; }
    std::size_t lost = 0;
    std::size_t heard = 0;
};

class Bench {
 public:
    Bench() { scheduler.join(chip); }
    ~Bench() { scheduler.leave(chip); }
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;
    void pulse(const LineName& line) {
        chip.drive(line, false, scheduler.now().mono);
        scheduler.run_for(milliseconds{1});
        chip.drive(line, true, scheduler.now().mono);
        scheduler.run_for(milliseconds{1});
    }
    LineActivity activity(const LineName& line) { return gpio.activity(line, scheduler.now()); }

    simulated::Scheduler scheduler;
    simulated::EventLoop loop{scheduler};
    simulated::Gpio chip;
    WatchedGpio gpio{chip};
};

TEST(WatchedGpio, CountsEachLineOfARequestAndPassesEveryEdgeOn) {
    Bench bench;
    auto lines = bench.gpio.request_inputs(std::array{d0, d1}, EdgeKind::falling, Bias::as_is, 64);
    ASSERT_TRUE(lines);
    Listener listener;
    (*lines)->start(listener);
    for (int i = 0; i < 3; ++i) bench.pulse(d1);
    bench.pulse(d0);
    EXPECT_EQ(listener.heard, 4u);
    EXPECT_EQ(bench.activity(d0).edges, 1u);
    EXPECT_EQ(bench.activity(d1).edges, 3u);
    EXPECT_LT(*bench.activity(d1).last_edge, *bench.activity(d0).last_edge);
    EXPECT_EQ(bench.activity(d1).high, true);
    bench.chip.drive(d1, false, bench.scheduler.now().mono);
    EXPECT_EQ(bench.activity(d1).high, false);
    bench.chip.unplug(d1.chip, bench.scheduler.now().mono);
    bench.scheduler.run_for(milliseconds{1});
    EXPECT_EQ(listener.lost, 1u);
    EXPECT_FALSE(bench.activity(d1).high.has_value());
}

TEST(WatchedGpio, TellsHowBusyALineIsNowAndForgetsIt) {
    Bench bench;
    auto lines = bench.gpio.request_inputs(std::array{d0}, EdgeKind::both, Bias::as_is, 64);
    Listener listener;
    (*lines)->start(listener);
    EXPECT_EQ(bench.activity(d0).per_minute, 0u);
    for (int i = 0; i < 50; ++i) bench.pulse(d0);
    EXPECT_EQ(bench.activity(d0).per_minute, 100u);
    bench.scheduler.run_for(seconds{70});
    bench.pulse(d0);
    EXPECT_EQ(bench.activity(d0).per_minute, 100u) << "of the minute before";
    bench.scheduler.run_for(minutes{3});
    EXPECT_EQ(bench.activity(d0).per_minute, 0u);
    EXPECT_EQ(bench.activity(d0).edges, 102u);
}

TEST(WatchedGpio, KnowsTheLevelAnOutputTookAndTheOneItDidNot) {
    Bench bench;
    auto line = bench.gpio.request_output(lock, false);
    ASSERT_TRUE(line);
    EXPECT_EQ(bench.activity(lock).high, false);
    EXPECT_TRUE((*line)->set(true));
    EXPECT_TRUE((*line)->set(true));
    EXPECT_TRUE((*line)->set(false));
    EXPECT_EQ(bench.activity(lock).edges, 2u);
    bench.chip.fail_output(lock, true);
    EXPECT_FALSE((*line)->set(true));
    EXPECT_EQ(bench.activity(lock).high, false);
    EXPECT_EQ(bench.activity(lock).errors, 1u);
    EXPECT_FALSE(bench.activity(lock).problem.empty());
    bench.chip.fail_output(lock, false);
    EXPECT_TRUE((*line)->set(true));
    EXPECT_TRUE(bench.activity(lock).problem.empty());
}

TEST(WatchedGpio, ALevelThatCannotBeReadIsUnknown) {
    Bench bench;
    auto lines = bench.gpio.request_inputs(std::array{d0}, EdgeKind::both, Bias::as_is, 64);
    bench.chip.fail_level(d0, true);
    EXPECT_FALSE(bench.activity(d0).high);
    EXPECT_FALSE(bench.activity(d0).problem.empty());
    lines->reset();
    EXPECT_FALSE(bench.activity(d0).high) << "nobody holds it";
    EXPECT_FALSE(bench.activity(lock).high) << "nobody ever did";
}

}  // namespace
}  // namespace yizhan
