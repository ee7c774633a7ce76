#include "drivers/outputs/door_lock.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "drivers/simulated/door_model.h"
#include "drivers/simulated/gpio.h"
#include "tests/support/allocations.h"
#include "tests/unit/outputs/now.h"

namespace yizhan {
namespace {

using simulated::Gpio;
using testing::at;
using testing::noon;

const LineName lock_line{"gpiochip0", "LOCK1"};
constexpr milliseconds longest_lease{5000};

class LockBench {
 public:
    explicit LockBench(bool active_high_level = true, LockKind lock_kind = LockKind::strike)
        : active_high(active_high_level), kind(lock_kind) {
        auto line = gpio.request_output(lock_line, DoorLock::secure_level(active_high, kind));
        lock.emplace(std::move(line.value()), active_high, kind, longest_lease);
        lock->advance(at(noon));  // the loop's first turn
    }
    bool line_is_secure() const { return gpio.level(lock_line) == DoorLock::secure_level(active_high, kind); }

    bool active_high;
    LockKind kind;
    Gpio gpio;
    std::optional<DoorLock> lock;
};

TEST(DoorLock, DrivesEveryKindOfLockAtEveryActiveLevel) {
    struct Case {
        LockKind kind;
        bool active_high;
        bool secure_level;
    };
    for (const auto& [kind, active_high, secure] : {Case{LockKind::strike, true, false},
                                                    {LockKind::strike, false, true},
                                                    {LockKind::maglock, true, true},
                                                    {LockKind::maglock, false, false}}) {
        EXPECT_EQ(DoorLock::secure_level(active_high, kind), secure);
        LockBench bench(active_high, kind);
        EXPECT_EQ(bench.gpio.level(lock_line), secure);
        EXPECT_EQ(bench.gpio.output_changes(lock_line), 1U) << "never another level before";
        EXPECT_FALSE(bench.lock->status().released);
        bench.lock->release(noon + seconds{1}, at(noon));
        EXPECT_EQ(bench.gpio.level(lock_line), !secure);
        EXPECT_TRUE(bench.lock->status().released);
        bench.lock->secure(at(noon));
        EXPECT_EQ(bench.gpio.level(lock_line), secure);
        EXPECT_FALSE(bench.lock->status().released);
        bench.lock->release(noon + seconds{1}, at(noon));
        bench.lock.reset();
        EXPECT_EQ(bench.gpio.level(lock_line), secure) << "secured when it dies";
    }
}

TEST(DoorLock, SecuresALineThatWasRequestedOtherwise) {
    Gpio gpio;
    auto line = gpio.request_output(lock_line, true);
    const DoorLock lock(std::move(line.value()), true, LockKind::strike, longest_lease);
    EXPECT_FALSE(gpio.level(lock_line));
}

TEST(DoorLock, CutsALeaseToTheLongest) {
    for (const auto asked : {longest_lease - nanoseconds{1}, nanoseconds{longest_lease}, longest_lease + nanoseconds{1},
                             nanoseconds{hours{10}}}) {
        LockBench bench;
        bench.lock->release(noon + asked, at(noon));
        const Mono end = noon + std::min<nanoseconds>(asked, longest_lease);
        EXPECT_EQ(bench.lock->status().lease_ends, end);
        EXPECT_LE(bench.lock->next_deadline(), end);
        bench.lock->advance(at(end));
        EXPECT_TRUE(bench.line_is_secure());
    }
    LockBench bench;
    bench.lock->release(never, at(noon));
    EXPECT_EQ(bench.lock->status().lease_ends, noon + longest_lease);
}

TEST(DoorLock, SecuresItselfAtTheEndOfALeaseAndNotBefore) {
    for (const auto passed : {nanoseconds{-1}, nanoseconds{0}, nanoseconds{1}}) {
        LockBench bench;
        const Mono end = noon + seconds{3};
        bench.lock->release(end, at(noon));
        bench.lock->advance(at(end + passed));
        const bool over = passed >= nanoseconds{0};
        EXPECT_EQ(bench.lock->status().released, !over);
        EXPECT_EQ(bench.line_is_secure(), over);
        EXPECT_EQ(bench.lock->status().lease_expired, over ? 1U : 0U);
        EXPECT_EQ(bench.lock->status().lease_ends, over ? never : end);
    }
}

TEST(DoorLock, RenewingMovesTheEndAndNotTheLine) {
    LockBench bench;
    bench.lock->release(noon + seconds{2}, at(noon));
    for (int second = 1; second < 100; ++second) {
        const Mono now = noon + seconds{second};
        const auto calls = bench.gpio.output_calls(lock_line);
        bench.lock->release(now + seconds{2}, at(now));
        EXPECT_EQ(bench.gpio.output_calls(lock_line), calls);
        bench.lock->advance(at(now));
        EXPECT_EQ(bench.lock->status().lease_ends, now + seconds{2});
    }
    // Also to an earlier end.
    bench.lock->release(noon + milliseconds{99'500}, at(noon + seconds{99}));
    EXPECT_EQ(bench.lock->status().lease_ends, noon + milliseconds{99'500});
    EXPECT_EQ(bench.gpio.output_changes(lock_line), 2U);
    EXPECT_EQ(bench.lock->status().lease_expired, 0U);
}

TEST(DoorLock, ALateRenewalBeforeTheLoopCameRoundIsStillARenewal) {
    LockBench bench;
    bench.lock->release(noon + seconds{2}, at(noon));
    bench.lock->release(noon + seconds{6}, at(noon + seconds{3}));
    EXPECT_EQ(bench.gpio.output_changes(lock_line), 2U);
    EXPECT_TRUE(bench.lock->status().released);
}

TEST(DoorLock, AnEndThatIsNotInTheFutureSecures) {
    for (const auto end : {noon, noon - seconds{1}}) {
        LockBench bench;
        bench.lock->release(end, at(noon));
        EXPECT_FALSE(bench.lock->status().released);
        EXPECT_EQ(bench.gpio.output_changes(lock_line), 1U);
        bench.lock->release(noon + seconds{1}, at(noon));
        bench.lock->release(end, at(noon));
        EXPECT_TRUE(bench.line_is_secure());
        EXPECT_EQ(bench.lock->status().lease_expired, 0U);
    }
}

TEST(DoorLock, SecuringASecuredDoorTouchesNoLine) {
    LockBench bench;
    const auto calls = bench.gpio.output_calls(lock_line);
    bench.lock->secure(at(noon));
    EXPECT_EQ(bench.gpio.output_calls(lock_line), calls);
}

// As on a bus whose driver has no way to say that a write failed.
TEST(DoorLock, RepairsALevelThatWasLostThoughReportedAsTaken) {
    for (const bool lose_release : {true, false}) {
        LockBench bench;
        const Mono released = noon + milliseconds{300};
        if (lose_release) bench.gpio.lose_writes(lock_line, 1);
        bench.lock->release(noon + seconds{4}, at(released));
        EXPECT_EQ(bench.line_is_secure(), lose_release);
        bench.lock->advance(at(bench.lock->next_deadline()));
        EXPECT_FALSE(bench.line_is_secure());
        const Mono relocked = noon + milliseconds{2400};
        if (!lose_release) bench.gpio.lose_writes(lock_line, 1);
        bench.lock->secure(at(relocked));
        EXPECT_EQ(bench.line_is_secure(), lose_release);
        bench.lock->advance(at(relocked + LeasedOutput::repeat));
        EXPECT_TRUE(bench.line_is_secure());
        EXPECT_EQ(bench.lock->status().output_errors, 0U) << "nobody was told of it";
    }
}

TEST(DoorLock, WritesItsLevelAgainAtWholeSeconds) {
    LockBench bench;
    bench.lock->advance(at(noon + milliseconds{900}));
    for (int second = 1; second <= 10; ++second) {
        ASSERT_EQ(bench.lock->next_deadline(), noon + seconds{second}) << "locks share a wake-up";
        const auto calls = bench.gpio.output_calls(lock_line);
        bench.lock->advance(at(bench.lock->next_deadline() + milliseconds{5}));
        EXPECT_EQ(bench.gpio.output_calls(lock_line), calls + 1);
    }
    EXPECT_EQ(bench.gpio.output_changes(lock_line), 1U) << "the level never moves";
}

TEST(DoorLock, StaysSecuredWhereTheLineDoesNotTakeTheRelease) {
    LockBench bench;
    bench.gpio.fail_output(lock_line, true);
    bench.lock->release(noon + seconds{1}, at(noon));
    EXPECT_FALSE(bench.lock->status().released);
    EXPECT_EQ(bench.lock->status().output_errors, 1U);
    EXPECT_TRUE(bench.lock->status().output_failed);
    bench.gpio.fail_output(lock_line, false);
    bench.lock->release(noon + seconds{1}, at(noon));
    EXPECT_TRUE(bench.lock->status().released);
    EXPECT_FALSE(bench.lock->status().output_failed);
}

TEST(DoorLock, SaysThatItsLineFailsUntilItTakesALevelAgain) {
    for (const bool released : {true, false}) {
        LockBench bench;
        if (released) bench.lock->release(noon + seconds{5}, at(noon));
        bench.gpio.fail_output(lock_line, true);
        for (int second = 1; second <= 3; ++second) {
            EXPECT_EQ(bench.lock->status().output_failed, second > 1) << "found without anybody asking for a release";
            bench.lock->advance(at(noon + seconds{second}));
        }
        EXPECT_EQ(bench.lock->status().released, released);
        bench.gpio.fail_output(lock_line, false);
        bench.lock->advance(at(noon + seconds{4}));
        EXPECT_FALSE(bench.lock->status().output_failed);
        EXPECT_EQ(bench.lock->status().released, released);
        EXPECT_EQ(bench.lock->status().output_errors, 3U);
    }
}

TEST(DoorLock, TriesAgainUntilTheLineIsSecure) {
    LockBench bench;
    bench.lock->release(noon + seconds{1}, at(noon));
    bench.gpio.fail_output(lock_line, true);
    Mono now = noon + seconds{1};
    for (std::uint64_t errors = 1; errors <= 10; ++errors) {
        ASSERT_EQ(bench.lock->next_deadline(), now);
        bench.lock->advance(at(now));
        EXPECT_EQ(bench.lock->status().output_errors, errors);
        EXPECT_TRUE(bench.lock->status().released) << "it says so";
        EXPECT_EQ(bench.lock->status().lease_ends, never);
        now += LeasedOutput::retry;
    }
    bench.gpio.fail_output(lock_line, false);
    bench.lock->advance(at(now));
    EXPECT_TRUE(bench.line_is_secure());
    EXPECT_FALSE(bench.lock->status().released);
    EXPECT_EQ(bench.lock->status().lease_expired, 1U);
}

TEST(DoorLock, TriesAgainWhereItCouldNotBeSecuredAtTheStart) {
    Gpio gpio;
    auto line = gpio.request_output(lock_line, true);
    gpio.fail_output(lock_line, true);
    DoorLock lock(std::move(line.value()), true, LockKind::strike, longest_lease);
    EXPECT_TRUE(lock.status().released);
    EXPECT_EQ(lock.status().output_errors, 1U);
    EXPECT_LE(lock.next_deadline(), noon);
    gpio.fail_output(lock_line, false);
    lock.advance(at(noon));
    EXPECT_FALSE(gpio.level(lock_line));
    EXPECT_FALSE(lock.status().released);
}

TEST(DoorLock, ReleasesAndSecuresWithoutAllocating) {
    LockBench bench;
    const auto before = testing::allocations();
    bench.lock->release(noon + seconds{1}, at(noon));
    bench.lock->release(noon + seconds{2}, at(noon));
    bench.lock->advance(at(noon + seconds{2}));
    bench.lock->release(noon + seconds{4}, at(noon + seconds{3}));
    bench.lock->secure(at(noon + seconds{3}));
    EXPECT_EQ(testing::allocations(), before);
    EXPECT_EQ(bench.gpio.output_changes(lock_line), 5U);
}

TEST(DoorLock, LetsAPersonThroughOnlyWhileItIsReleased) {
    for (const auto kind : {LockKind::strike, LockKind::maglock}) {
        for (const bool active_high : {false, true}) {
            LockBench bench(active_high, kind);
            simulated::Door door(bench.gpio,
                                 {.lock = lock_line, .released_level = !DoorLock::secure_level(active_high, kind)});
            EXPECT_FALSE(door.push(noon));
            bench.lock->release(noon + seconds{1}, at(noon));
            EXPECT_TRUE(door.push(noon));
            door.pull_close(noon);
            bench.lock->advance(at(noon + seconds{1}));
            EXPECT_FALSE(door.push(noon + seconds{1}));
            door.handle_from_inside(noon + seconds{2});
            EXPECT_TRUE(door.open());
        }
    }
}

}  // namespace
}  // namespace yizhan
