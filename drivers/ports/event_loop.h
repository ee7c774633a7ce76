#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "drivers/ports/loop_members.h"
#include "drivers/ports/unique_fd.h"
#include "drivers/ports/wall_floor.h"
#include "hal/error.h"
#include "hal/event_loop.h"
#include "hal/time.h"

struct sd_event;
struct sd_event_source;
struct signalfd_siginfo;

namespace yizhan {

// When the wall clock is believed.
enum class ClockPolicy : std::uint8_t {
    synchronised,  // once the kernel says that it follows a time source (NTP); asked at most once a minute
    always,  // from the start: a battery-backed clock that the settings trust
};

// A descriptor the loop listens to, while this lives. May die inside its own call. Dies before its loop and before its
// descriptor is closed. Loop thread only.
class FdWatch {
 public:
    FdWatch(const FdWatch&) = delete;
    FdWatch& operator=(const FdWatch&) = delete;
    ~FdWatch();
    // EPOLLIN, EPOLLOUT …; EPOLLERR and EPOLLHUP are always reported.
    void modify(std::uint32_t events);

 private:
    friend class SdEventLoop;
    explicit FdWatch(sd_event_source* source) : source_(source) {}
    sd_event_source* source_;
};

// The loop of a program, over sd-event. One turn: wait, read both clocks once, call whatever is ready (each descriptor
// once: a busy client cannot hold up the rest), advance due members, settle everybody. It wakes for deadlines,
// descriptors, signals and the watchdog, and for nothing else. No allocation per turn.
//
// Made, run and destroyed on one thread; only post() may be called from others. If the kernel refuses what a loop is
// made of (epoll, eventfd), that is a failed check: there is no program without it.
class SdEventLoop : public EventLoop {
 public:
    explicit SdEventLoop(ClockPolicy policy);
    SdEventLoop(const SdEventLoop&) = delete;
    SdEventLoop& operator=(const SdEventLoop&) = delete;
    ~SdEventLoop() override;

    Now now() const override { return now_; }
    void join(LoopMember& member) override { members_.join(member); }
    void leave(LoopMember& member) override { members_.leave(member); }
    void post(std::function<void()> task) override;

    // Calls `on_ready` with what is ready (EPOLLIN …), level-triggered, at most once a turn. A regular file cannot be
    // watched: that is a programmer error.
    [[nodiscard]] std::unique_ptr<FdWatch> watch(int fd, std::uint32_t events,
                                                 std::function<void(std::uint32_t)> on_ready);

    // SIGTERM and SIGINT stop the loop (exit code 0), SIGHUP calls `on_hangup`, SIGPIPE is ignored. Once, on the
    // thread that runs the loop, before other threads start: they inherit the mask.
    void handle_signals(std::function<void()> on_hangup);
    // Feeds the service manager's watchdog from the loop, if it asked for that (WatchdogSec=): true.
    Result<bool> feed_watchdog();
    // Until the clock is trusted, wall time goes on from at least here (the newest record), at once.
    void set_wall_floor(Wall floor);

    // Turns until stop(); returns its exit code. The turn in which stop() was called is finished.
    int run();
    void stop(int exit_code = 0);
    // One turn that waits at most so long. For tests.
    void turn(nanoseconds longest_wait);

 private:
    struct Watched;
    static int on_io(sd_event_source*, int fd, std::uint32_t revents, void* watched);
    static int on_signal(sd_event_source*, const signalfd_siginfo* info, void* loop);
    void add_signal(int number);
    void run_posted();
    void read_clocks();
    std::uint64_t microseconds_to_wait(nanoseconds longest_wait) const;

    const ClockPolicy policy_;
    sd_event* event_ = nullptr;
    LoopMembers members_;
    WallFloor floor_;
    Now now_;
    Mono ask_trust_at_ = Mono::min();
    std::function<void()> on_hangup_;
    std::uint64_t turn_ = 0;
    bool all_served_ = false;  // a descriptor came up for the second time in this turn
    bool stopping_ = false;
    int exit_code_ = 0;

    std::mutex mutex_;  // guards posted_
    std::vector<std::function<void()>> posted_;
    std::vector<std::function<void()>> running_;
    UniqueFd posted_event_;
    std::unique_ptr<FdWatch> posted_watch_;
};

}  // namespace yizhan
