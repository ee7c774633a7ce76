#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "drivers/ports/loop_members.h"
#include "drivers/ports/wall_floor.h"
#include "drivers/simulated/scheduler.h"
#include "hal/event_loop.h"
#include "hal/time.h"

namespace yizhan::simulated {

class Wake;

// The loop of one simulated program, driven by a Scheduler. A turn goes as in the real one: what is ready (posted
// tasks and raised Wakes, in their order), then due members, then everybody settles. Turns happen only when something
// is ready or due. Destroying it drops what was posted: the program was killed. All on the scheduler's thread, post()
// included.
class EventLoop : public yizhan::EventLoop {
 public:
    // The scheduler outlives the loop.
    explicit EventLoop(Scheduler& scheduler);
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;
    ~EventLoop() override;

    // The scheduler's, also between turns.
    Now now() const override;
    void join(LoopMember& member) override { members_.join(member); }
    void leave(LoopMember& member) override { members_.leave(member); }
    void post(std::function<void()> task) override;

    // As the real one has it: until the clock is trusted, wall time goes on from at least here.
    void set_wall_floor(Wall floor) { floor_.set(floor, scheduler_.now().mono); }

    // A turn right now, as if something of no interest had woken the loop. For tests; not from inside a turn.
    void run_turn();
    Scheduler& scheduler() { return scheduler_; }

 private:
    friend class Scheduler;
    friend class Wake;
    static constexpr std::size_t most_waiting = 1024;

    struct Ready {
        Wake* wake;  // or none: then it is a task, or a wake that was cancelled
        std::function<void()> task;
    };
    // When the loop would wake by itself.
    Mono next_turn() const { return ready_.empty() ? members_.next_deadline() : Mono::min(); }
    void dispatch();

    Scheduler& scheduler_;
    LoopMembers members_;
    WallFloor floor_;
    std::vector<Ready> ready_;  // for the next turn
    std::vector<Ready> dispatching_;  // of this turn; kept for its memory
};

// What a ready file descriptor is to the real loop: simulated ports raise it when they have something for their
// program, which hears of it in a later turn. Raising allocates nothing; raising a raised one changes nothing. Must die
// before its loop; dying takes back what was raised.
class Wake {
 public:
    Wake(EventLoop& loop, std::function<void()> on_ready) : loop_(loop), on_ready_(std::move(on_ready)) {}
    Wake(const Wake&) = delete;
    Wake& operator=(const Wake&) = delete;
    ~Wake() { cancel(); }

    void raise();
    void cancel();
    bool raised() const { return raised_; }

 private:
    friend class EventLoop;
    EventLoop& loop_;
    std::function<void()> on_ready_;
    bool raised_ = false;
};

}  // namespace yizhan::simulated
