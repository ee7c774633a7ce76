#pragma once

#include <cstdint>
#include <functional>

#include "drivers/simulated/event_loop.h"
#include "hal/worker.h"

namespace yizhan::simulated {

// A Worker whose jobs take simulated time and happen, all at once, at its end: nothing they do can be seen before.
// Destroying it is a kill, unlike with the real one: the job under way has never happened. For an orderly stop call
// finish() before.
class Worker : public yizhan::Worker, private LoopMember {
 public:
    explicit Worker(EventLoop& loop, milliseconds latency = milliseconds{1});
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;
    ~Worker() override;

    bool idle() const override { return !busy_; }
    void start(std::function<void()> job, std::function<void()> done) override;

    // How long each job takes, from the next start() on.
    void set_latency(milliseconds latency) { latency_ = latency; }
    // The job under way, and those that follow, do not get done until resume().
    void stall() { stalled_ = true; }
    void resume() { stalled_ = false; }
    // Does the job under way now, as the real one's destructor awaits it. Its `done` follows in a later turn.
    void finish();
    std::uint64_t jobs_done() const { return jobs_done_; }

 private:
    // A member of the world: its thread goes on while the loop does something else.
    Mono next_deadline() const override { return stalled_ ? never : completes_at_; }
    void advance(Now) override { finish(); }

    EventLoop& loop_;
    milliseconds latency_;
    bool stalled_ = false;
    bool busy_ = false;
    Mono completes_at_ = never;
    std::function<void()> job_;
    std::function<void()> done_;
    std::uint64_t jobs_done_ = 0;
    Wake wake_;
};

}  // namespace yizhan::simulated
