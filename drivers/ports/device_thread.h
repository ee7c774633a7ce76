#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "drivers/ports/unique_fd.h"
#include "hal/error.h"
#include "hal/event_loop.h"

namespace yizhan {

// What waits for a device. Called on the thread only, and maybe when everybody else is gone: what it needs is its own.
struct DeviceAccess {
    std::string device;  // for messages
    // Opens it, not blocking, and makes it ready for use.
    std::function<Result<UniqueFd>()> open;
    // Before it is closed.
    std::function<void(int fd)> let_go = [](int) {};
};

// Opens and closes one device file on a thread of its own, and so holds its descriptor: both are requests to the
// device, and the drivers of USB adapters wait 5 s for each of several answers that a hung one does not give. Used by
// the loop thread.
//
// Destroying it closes what is open. That is awaited for `patience`; a thread that is stuck in a driver is then left
// behind with what it needs, and closes and ends as soon as it can.
class DeviceThread {
 public:
    static constexpr milliseconds patience{500};

    // The loop outlives it.
    DeviceThread(EventLoop& loop, DeviceAccess access);
    DeviceThread(const DeviceThread&) = delete;
    DeviceThread& operator=(const DeviceThread&) = delete;
    ~DeviceThread();

    // One at a time; `done` on the loop. The descriptor is good until close().
    void open(std::function<void(const Result<int>&)> done);
    void close(std::function<void()> done);

 private:
    struct Shared;
    static void work(const std::shared_ptr<Shared>& shared);

    const std::shared_ptr<Shared> shared_;
    std::thread thread_;
};

}  // namespace yizhan
