#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "drivers/ports/loop_members.h"
#include "hal/event_loop.h"
#include "hal/time.h"

namespace yizhan::simulated {

class EventLoop;

// Simulated time for a whole world: any number of event loops (one per simulated program) and things of the world
// (doors, cards, loads, worker threads) that are LoopMembers of the scheduler itself. Everything happens on the one
// thread that calls step() or run_…(); a turn takes no simulated time. Same calls, same order: always.
//
// At one instant: tasks first (in the order they were given), then the world, then the loops in turns.
class Scheduler {
 public:
    // Monday 2026-03-02, 08:00 in China; the monotonic clock stands at 10 s, for a `Mono{}` is not "long ago" there.
    static constexpr Mono start_mono{seconds{10}};
    static constexpr Wall start_wall{seconds{1772409600}};

    explicit Scheduler(Wall wall = start_wall) : wall_(wall) {}
    Scheduler(const Scheduler&) = delete;
    Scheduler& operator=(const Scheduler&) = delete;
    // Every loop and world member has gone before.
    ~Scheduler();

    // The wall clock as this machine shows it; loops may report more (their wall floor).
    Now now() const { return {mono_, wall_clock(), trusted_}; }

    void set_wall(Wall wall) { rebase_wall(wall); }
    void step_wall(milliseconds by) { rebase_wall(wall_clock() + by); }
    // How much faster than true time the wall clock runs from now on; negative: slower.
    void set_wall_drift(int parts_per_million);
    void set_wall_trusted(bool trusted) { trusted_ = trusted; }

    // World members. They are advanced and settled in the order in which they joined.
    void join(LoopMember& member) { world_.join(member); }
    void leave(LoopMember& member) { world_.leave(member); }

    // Runs `task` once at `when`; at once if that has passed. Tasks cannot be taken back.
    void at(Mono when, std::function<void()> task);
    void after(milliseconds delay, std::function<void()> task) { at(mono_ + delay, std::move(task)); }

    // Goes to the next instant at which anything is due and runs one thing: a task, the world's turn, or exactly one
    // turn of one loop. False, with nothing done, where nothing is due before `latest` (inclusive).
    bool step(Mono latest = never);
    // Everything due until then, and that instant included; the clock stands at `until` afterwards.
    void run_until(Mono until);
    void run_for(milliseconds duration) { run_until(mono_ + duration); }
    // Until `condition` is false; asked between steps. False if `limit` passed first.
    bool run_while(const std::function<bool()>& condition, milliseconds limit);

    // Things run so far: two runs that agree here have very likely been the same.
    std::uint64_t steps() const { return steps_; }

 private:
    friend class EventLoop;

    struct Task {
        Mono when;
        std::uint64_t number;
        std::function<void()> run;
    };
    // Nothing sensible takes that many turns without time going on: somebody is due and makes no progress.
    static constexpr std::uint64_t longest_instant = 100'000;

    static bool runs_later(const Task& a, const Task& b);
    Wall wall_clock() const;
    void rebase_wall(Wall wall);
    void attach(EventLoop& loop);
    void detach(EventLoop& loop);
    void run_first_task();
    void go_to(Mono when);

    Mono mono_ = start_mono;
    Mono wall_set_at_ = start_mono;
    Wall wall_;
    int drift_ppm_ = 0;
    bool trusted_ = true;
    LoopMembers world_;
    std::vector<EventLoop*> loops_;
    std::size_t next_loop_ = 0;  // whose turn it is among loops due at the same instant
    std::vector<Task> tasks_;  // a heap, the earliest first
    std::uint64_t tasks_given_ = 0;
    std::uint64_t steps_ = 0;
    std::uint64_t steps_at_this_instant_ = 0;
};

}  // namespace yizhan::simulated
