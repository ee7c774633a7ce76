#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "drivers/ports/event_loop.h"
#include "drivers/ports/unique_fd.h"
#include "hal/error.h"
#include "hal/event_loop.h"

namespace yizhan {

// What its owner does with a device file. Called from the loop, never from inside a call to the DeviceFile but lose().
class DeviceFileUser {
 public:
    virtual ~DeviceFileUser() = default;
    // Opens it, not blocking, and makes it ready for use. Must not wait.
    virtual Result<UniqueFd> open_device() = 0;
    virtual void on_opened(Now now) = 0;
    // It is closed: it could not be opened (told again only when the reason changes) or was lost.
    virtual void on_absent(std::string_view why, Now now) = 0;
    // EPOLLIN …; what is broken is answered with lose().
    virtual void on_ready(std::uint32_t ready, Now now) = 0;
};

// A device file that comes and goes, as those behind USB do: opened when it is there, tried again every second for as
// long as it is not. Loop thread only.
class DeviceFile final : private LoopMember {
 public:
    // Both outlive it.
    DeviceFile(SdEventLoop& loop, DeviceFileUser& user) : loop_(loop), user_(user) {}
    DeviceFile(const DeviceFile&) = delete;
    DeviceFile& operator=(const DeviceFile&) = delete;
    ~DeviceFile() override;

    // Once. Tried for the first time in this turn, after the call.
    void start();
    bool is_open() const { return static_cast<bool>(fd_); }
    int fd() const { return fd_.get(); }
    // What to wait for besides EPOLLIN; only while open.
    void wait_for_room(bool wanted);
    // Closes it, tells the user, and tries again in a second. Only from on_ready().
    void lose(const std::string& why, Now now);
    // The same in a later call from the loop.
    void reopen(std::string why);

 private:
    Mono next_deadline() const override;
    void advance(Now now) override;
    void try_to_open(Now now);

    SdEventLoop& loop_;
    DeviceFileUser& user_;
    UniqueFd fd_;
    std::unique_ptr<FdWatch> watch_;  // dies before fd_
    bool started_ = false;
    Mono try_at_ = never;
    std::string reopen_why_;  // empty: nobody asked
    std::string told_;  // why it could not be opened
};

// "/dev/…: no right to open it: …" for what open(2) and the like give.
Error device_error(const std::string& device, int error);

}  // namespace yizhan
