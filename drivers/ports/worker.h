#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "hal/event_loop.h"
#include "hal/worker.h"

namespace yizhan {

// A Worker with a thread of its own, which takes no signals. Made and destroyed on the loop thread, before its loop is
// destroyed. A job that was started is always run to its end, also when the worker dies.
class ThreadWorker : public Worker {
 public:
    // `name` for ps and debuggers; the kernel keeps 15 characters.
    ThreadWorker(EventLoop& loop, const std::string& name);
    ThreadWorker(const ThreadWorker&) = delete;
    ThreadWorker& operator=(const ThreadWorker&) = delete;
    ~ThreadWorker() override;

    bool idle() const override { return !busy_; }
    void start(std::function<void()> job, std::function<void()> done) override;

 private:
    void work();
    void job_finished();

    EventLoop& loop_;
    // Loop thread only. What the thread posts may arrive after the worker died.
    const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
    bool busy_ = false;
    std::function<void()> done_;

    std::mutex mutex_;  // guards the next two
    std::function<void()> job_;
    bool stopping_ = false;
    std::condition_variable changed_;
    std::thread thread_;
};

}  // namespace yizhan
