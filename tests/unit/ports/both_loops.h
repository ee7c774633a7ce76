// The two implementations of the loop seam behind one face, for tests of what both must hold.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <type_traits>

#include "drivers/ports/event_loop.h"
#include "drivers/simulated/event_loop.h"

namespace yizhan {

// Every wait of a test ends after some seconds, so that a lost wake-up fails a test instead of hanging it.
struct RealWorld {
    using Loop = SdEventLoop;
    SdEventLoop loop{ClockPolicy::always};
    void turn() { loop.turn(milliseconds{0}); }
    bool run_while(const std::function<bool()>& condition) {
        for (int turns = 0; turns < 100'000 && condition(); ++turns) {
            const Mono before = loop.now().mono;
            loop.turn(seconds{5});
            if (loop.now().mono - before >= seconds{5}) break;
        }
        return !condition();
    }
};

struct SimulatedWorld {
    using Loop = simulated::EventLoop;
    simulated::Scheduler scheduler;
    simulated::EventLoop loop{scheduler};
    void turn() { loop.run_turn(); }
    bool run_while(const std::function<bool()>& condition) { return scheduler.run_while(condition, seconds{5}); }
};

using EitherWorld = testing::Types<RealWorld, SimulatedWorld>;

struct WorldNames {
    template <class World>
    static std::string GetName(int) {
        return std::is_same_v<World, RealWorld> ? "Real" : "Simulated";
    }
};

// A member made of functions; what is not set does nothing.
struct TestMember : LoopMember {
    Mono deadline = never;
    std::function<void(Now)> on_advance = [](Now) {};
    std::function<void(Now)> on_settle = [](Now) {};

    Mono next_deadline() const override { return deadline; }
    void advance(Now now) override {
        deadline = never;
        on_advance(now);
    }
    void settle(Now now) override { on_settle(now); }
};

}  // namespace yizhan
