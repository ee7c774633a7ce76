// A thread beside the loop for what may take long: commits, member lists. One job at a time: the queue, its bound and
// its priorities belong to whoever gives the jobs. Two implementations: drivers/ports/worker and
// drivers/simulated/worker.
#pragma once

#include <functional>

namespace yizhan {

class Worker {
 public:
    // Waits for the job under way (it is never torn); its `done` is not called any more.
    virtual ~Worker() = default;
    // Loop thread only.
    virtual bool idle() const = 0;
    // Runs `job` off the loop, then `done` on the loop. Only while idle(). Jobs of one worker never overlap, so what
    // only its jobs touch needs no lock.
    virtual void start(std::function<void()> job, std::function<void()> done) = 0;
};

}  // namespace yizhan
