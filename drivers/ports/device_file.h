#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "drivers/ports/device_thread.h"
#include "drivers/ports/event_loop.h"
#include "hal/error.h"
#include "hal/event_loop.h"

namespace yizhan {

// What its owner hears. Called from the loop, never from inside a call to the DeviceFile but lose().
class DeviceFileUser {
 public:
    virtual ~DeviceFileUser() = default;
    virtual void on_opened(Now now) = 0;
    // It is closed: it could not be opened (told again only when the reason changes) or was lost.
    virtual void on_absent(std::string_view why, Now now) = 0;
    // EPOLLIN …; what is broken is answered with lose().
    virtual void on_ready(std::uint32_t ready, Now now) = 0;
};

// A device file that comes and goes, as those behind USB do: opened when it is there, tried again every second for as
// long as it is not. What waits for the device has a thread, one for each. Loop thread only.
class DeviceFile final : private LoopMember {
 public:
    static constexpr seconds longest_silence{3};  // of one that is being opened; then the user is told

    // Loop and user outlive it.
    DeviceFile(SdEventLoop& loop, DeviceFileUser& user, DeviceAccess access)
        : loop_(loop), user_(user), access_(std::move(access)) {}
    DeviceFile(const DeviceFile&) = delete;
    DeviceFile& operator=(const DeviceFile&) = delete;
    // Closes it; waits for that at most DeviceThread::patience.
    ~DeviceFile() override;

    // Once. Tried for the first time in this turn, after the call.
    void start();
    bool is_open() const { return std::holds_alternative<Open>(state_); }
    int fd() const { return std::get<Open>(state_).fd; }
    // What to wait for besides EPOLLIN; only while open.
    void wait_for_room(bool wanted);
    // Closes it, tells the user, and tries again a second after it is closed. Only from on_ready().
    void lose(const std::string& why, Now now);
    // The same in a later call from the loop.
    void reopen(std::string why);

 private:
    struct Closed {
        Mono open_at;
    };
    struct Opening {
        Mono tell_at;
    };
    struct Open {
        int fd;  // the thread's
        std::unique_ptr<FdWatch> watch;
        std::string reopen_why;  // empty: nobody asked
    };
    struct Closing {};
    using State = std::variant<Closed, Opening, Open, Closing>;

    Mono next_deadline() const override;
    void advance(Now now) override;
    void try_to_open(Now now);
    void on_opened(const Result<int>& opened, Now now);
    void tell_absent(std::string why, Now now);

    SdEventLoop& loop_;
    DeviceFileUser& user_;
    const DeviceAccess access_;
    std::unique_ptr<DeviceThread> thread_;  // since start()
    State state_ = Closed{never};  // dies before thread_: nothing is watched that may be closed
    std::string told_;  // why it could not be opened
};

// "/dev/…: no right to open it: …" for what open(2) and the like give.
Error device_error(const std::string& device, int error);

}  // namespace yizhan
