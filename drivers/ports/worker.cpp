#include "drivers/ports/worker.h"

#include <pthread.h>

#include <utility>

#include "drivers/ports/all_signals_blocked.h"
#include "hal/check.h"

namespace yizhan {

ThreadWorker::ThreadWorker(EventLoop& loop, const std::string& name) : loop_(loop) {
    const AllSignalsBlocked blocked;
    thread_ = std::thread([this] { work(); });
    YZ_CHECK(pthread_setname_np(thread_.native_handle(), name.substr(0, 15).c_str()) == 0);
}

ThreadWorker::~ThreadWorker() {
    *alive_ = false;
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
}

void ThreadWorker::start(std::function<void()> job, std::function<void()> done) {
    YZ_CHECK(!busy_);
    busy_ = true;
    done_ = std::move(done);
    {
        const std::lock_guard lock(mutex_);
        job_ = std::move(job);
    }
    changed_.notify_one();
}

void ThreadWorker::work() {
    for (;;) {
        std::function<void()> job;
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return job_ || stopping_; });
            if (!job_) return;
            job = std::exchange(job_, nullptr);
        }
        job();
        job = nullptr;  // what it holds dies here, before `done` may look at it
        loop_.post([this, alive = alive_] {
            if (*alive) job_finished();
        });
    }
}

void ThreadWorker::job_finished() {
    busy_ = false;  // before the call: `done` may start the next job, or destroy the worker
    const auto done = std::exchange(done_, nullptr);
    done();
}

}  // namespace yizhan
