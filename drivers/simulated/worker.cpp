#include "drivers/simulated/worker.h"

#include <utility>

#include "hal/check.h"

namespace yizhan::simulated {

Worker::Worker(EventLoop& loop, milliseconds latency)
    : loop_(loop), latency_(latency), wake_(loop, [this] {
          busy_ = false;
          const auto done = std::exchange(done_, nullptr);
          done();
      }) {
    loop_.scheduler().join(*this);
}

Worker::~Worker() { loop_.scheduler().leave(*this); }

void Worker::start(std::function<void()> job, std::function<void()> done) {
    YZ_CHECK(!busy_);
    busy_ = true;
    job_ = std::move(job);
    done_ = std::move(done);
    completes_at_ = loop_.now().mono + latency_;
}

void Worker::finish() {
    if (completes_at_ == never) return;
    completes_at_ = never;
    const auto job = std::exchange(job_, nullptr);
    job();
    ++jobs_done_;
    wake_.raise();
}

}  // namespace yizhan::simulated
