#include "drivers/ports/device_thread.h"

#include <pthread.h>

#include <condition_variable>
#include <mutex>
#include <utility>

#include "drivers/ports/all_signals_blocked.h"
#include "hal/check.h"

namespace yizhan {

struct DeviceThread::Shared {
    enum class Task : std::uint8_t { none, open, close, end };

    Shared(EventLoop& of_port, DeviceAccess ways) : access(std::move(ways)), loop(&of_port) {}

    Task next() {
        std::unique_lock lock(mutex);
        changed.wait(lock, [this] { return task != Task::none; });
        return task == Task::end ? Task::end : std::exchange(task, Task::none);
    }
    void give(Task what) {
        {
            const std::lock_guard lock(mutex);
            task = what;
        }
        changed.notify_all();
    }

    const DeviceAccess access;  // the thread's
    std::function<void(const Result<int>&)> done;  // the loop's; none: nothing is under way

    std::mutex mutex;  // guards the rest
    std::condition_variable changed;
    Task task = Task::none;
    EventLoop* loop;  // none: nobody is there any more
    bool ended = false;
};

DeviceThread::DeviceThread(EventLoop& loop, DeviceAccess access)
    : shared_(std::make_shared<Shared>(loop, std::move(access))) {
    const AllSignalsBlocked blocked;
    thread_ = std::thread([shared = shared_] { work(shared); });
    YZ_CHECK(pthread_setname_np(thread_.native_handle(), "device-file") == 0);
}

DeviceThread::~DeviceThread() {
    shared_->done = nullptr;
    bool ended = false;
    {
        std::unique_lock lock(shared_->mutex);
        shared_->loop = nullptr;
        shared_->task = Shared::Task::end;
        shared_->changed.notify_all();
        ended = shared_->changed.wait_for(lock, patience, [this] { return shared_->ended; });
    }
    ended ? thread_.join() : thread_.detach();
}

void DeviceThread::open(std::function<void(const Result<int>&)> done) {
    YZ_CHECK(!shared_->done);
    shared_->done = std::move(done);
    shared_->give(Shared::Task::open);
}

void DeviceThread::close(std::function<void()> done) {
    YZ_CHECK(!shared_->done);
    shared_->done = [done = std::move(done)](const Result<int>&) { done(); };
    shared_->give(Shared::Task::close);
}

void DeviceThread::work(const std::shared_ptr<Shared>& shared) {
    using Task = Shared::Task;
    UniqueFd fd;
    const auto close = [&] {
        if (fd) shared->access.let_go(fd.get());
        fd.reset();
    };
    for (Task task = shared->next(); task != Task::end; task = shared->next()) {
        Result<int> result;
        if (task == Task::close) {
            close();
        } else if (auto opened = shared->access.open()) {
            fd = std::move(*opened);
            result = fd.get();
        } else {
            result = std::unexpected(opened.error());
        }
        const std::lock_guard lock(shared->mutex);
        if (shared->loop == nullptr) continue;
        shared->loop->post([shared, result = std::move(result)] {
            // None: the port died meanwhile.
            if (const auto done = std::exchange(shared->done, nullptr)) done(result);
        });
    }
    close();
    const std::lock_guard lock(shared->mutex);
    shared->ended = true;
    shared->changed.notify_all();
}

}  // namespace yizhan
