// The loop seam: the one place that reads clocks, waits and calls. Two implementations: drivers/ports/event_loop
// (sd-event) and drivers/simulated/event_loop (simulated time).
#pragma once

#include <functional>

#include "hal/time.h"

namespace yizhan {

// Something that has deadlines. Owned by whoever made it; it must leave the loop before it dies.
class LoopMember {
 public:
    virtual ~LoopMember() = default;
    // When it next wants to be called, or `never`. Asked at the end of every turn; must be cheap and pure.
    virtual Mono next_deadline() const = 0;
    // Called once now.mono >= next_deadline(); afterwards next_deadline() is later or the member has made progress.
    virtual void advance(Now now) = 0;
    // Called at the end of every turn, after everything that was ready has been handled: the place for work that
    // must not stand between a swipe and the door (waking the log worker, writing to sockets, formatting).
    virtual void settle(Now) {}
};

class EventLoop {
 public:
    virtual ~EventLoop() = default;
    // The same value for the whole of a turn.
    virtual Now now() const = 0;
    // Members are advanced and settled in the order in which they joined. Loop thread only.
    virtual void join(LoopMember& member) = 0;
    virtual void leave(LoopMember& member) = 0;
    // Runs `task` on the loop thread in a later turn, in order. May be called from any thread. At most 1024 wait
    // (a library thread reports one thing at a time); more is a programmer error.
    virtual void post(std::function<void()> task) = 0;
};

}  // namespace yizhan
