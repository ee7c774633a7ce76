#include "drivers/ports/event_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timex.h>
#include <systemd/sd-event.h>

#include <csignal>
#include <ctime>
#include <system_error>
#include <utility>

#include "hal/check.h"

namespace yizhan {
namespace {

constexpr std::size_t most_posted = 1024;
constexpr int most_calls_in_a_turn = 256;
constexpr seconds trust_asked_every{60};

nanoseconds clock_time(clockid_t clock) {
    timespec time{};
    YZ_CHECK(clock_gettime(clock, &time) == 0);
    return seconds{time.tv_sec} + nanoseconds{time.tv_nsec};
}

bool kernel_clock_is_synchronised() {
    timex state{};
    const int answer = adjtimex(&state);
    return answer >= 0 && answer != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
}

// Positive: something is ready, and sd_event_dispatch() must follow.
int wait_until_ready(sd_event* event, std::uint64_t timeout_microseconds) {
    int ready = sd_event_prepare(event);
    if (ready == 0) ready = sd_event_wait(event, timeout_microseconds);
    YZ_CHECK(ready >= 0);
    return ready;
}

}  // namespace

// Lives as long as the source, which sd-event keeps until the call under way returns: a watch may die inside it.
struct SdEventLoop::Watched {
    SdEventLoop& loop;
    std::function<void(std::uint32_t)> on_ready;
    std::uint64_t served_in_turn = 0;
};

FdWatch::~FdWatch() {
    // Not only dropped: sd-event must let go of the descriptor now, its owner is about to close it.
    sd_event_source_disable_unref(source_);
}

void FdWatch::modify(std::uint32_t events) { YZ_CHECK(sd_event_source_set_io_events(source_, events) >= 0); }

SdEventLoop::SdEventLoop(ClockPolicy policy) : policy_(policy) {
    YZ_CHECK(sd_event_new(&event_) >= 0);
    posted_.reserve(most_posted);
    running_.reserve(most_posted);
    posted_event_ = UniqueFd(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    YZ_CHECK(static_cast<bool>(posted_event_));
    posted_watch_ = watch(posted_event_.get(), EPOLLIN, [this](std::uint32_t) { run_posted(); });
    read_clocks();
}

SdEventLoop::~SdEventLoop() {
    posted_watch_.reset();
    sd_event_unref(event_);
}

void SdEventLoop::post(std::function<void()> task) {
    bool first = false;
    {
        const std::lock_guard lock(mutex_);
        YZ_CHECK(posted_.size() < most_posted);
        first = posted_.empty();
        posted_.push_back(std::move(task));
    }
    if (first) YZ_CHECK(eventfd_write(posted_event_.get(), 1) == 0);
}

void SdEventLoop::run_posted() {
    eventfd_t ignored = 0;
    // Empty only where a post() has not yet come to its write: its task is served now, and the write wakes for nothing.
    static_cast<void>(eventfd_read(posted_event_.get(), &ignored));
    {
        const std::lock_guard lock(mutex_);
        std::swap(posted_, running_);
    }
    for (auto& task : running_) task();
    running_.clear();
}

std::unique_ptr<FdWatch> SdEventLoop::watch(int fd, std::uint32_t events, std::function<void(std::uint32_t)> on_ready) {
    auto watched = std::make_unique<Watched>(Watched{*this, std::move(on_ready)});
    sd_event_source* source = nullptr;
    YZ_CHECK(sd_event_add_io(event_, &source, fd, events, on_io, watched.get()) >= 0);
    YZ_CHECK(sd_event_source_set_destroy_callback(source, [](void* dead) { delete static_cast<Watched*>(dead); }) >= 0);
    static_cast<void>(watched.release());
    return std::unique_ptr<FdWatch>(new FdWatch(source));
}

int SdEventLoop::on_io(sd_event_source*, int, std::uint32_t revents, void* userdata) {
    auto& watched = *static_cast<Watched*>(userdata);
    SdEventLoop& loop = watched.loop;
    if (watched.served_in_turn == loop.turn_) {
        // sd-event calls whoever has waited longest: everybody else who was ready has been served. What this one still
        // has is level-triggered and comes back in the next turn.
        loop.all_served_ = true;
        return 0;
    }
    watched.served_in_turn = loop.turn_;
    watched.on_ready(revents);
    return 0;
}

void SdEventLoop::add_signal(int number) {
    YZ_CHECK(sd_event_add_signal(event_, nullptr, number, on_signal, this) >= 0);
}

void SdEventLoop::handle_signals(std::function<void()> on_hangup) {
    on_hangup_ = std::move(on_hangup);
    sigset_t signals;
    sigemptyset(&signals);
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, number);
    YZ_CHECK(pthread_sigmask(SIG_BLOCK, &signals, nullptr) == 0);
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) add_signal(number);
    YZ_CHECK(std::signal(SIGPIPE, SIG_IGN) != SIG_ERR);
}

int SdEventLoop::on_signal(sd_event_source*, const signalfd_siginfo* info, void* userdata) {
    auto& loop = *static_cast<SdEventLoop*>(userdata);
    if (info->ssi_signo != SIGHUP) {
        loop.stop();
    } else if (loop.on_hangup_) {
        loop.on_hangup_();
    }
    return 0;
}

Result<bool> SdEventLoop::feed_watchdog() {
    const int answer = sd_event_set_watchdog(event_, 1);
    if (answer < 0) {
        return failure("watchdog: " + std::generic_category().message(-answer),
                       "check WatchdogSec= and NotifyAccess= of the unit");
    }
    return answer > 0;
}

void SdEventLoop::set_wall_floor(Wall floor) {
    floor_.set(floor, now_.mono);
    now_.wall = floor_.apply(now_.wall, now_.wall_trusted, now_.mono);
}

void SdEventLoop::read_clocks() {
    now_.mono = Mono{clock_time(CLOCK_MONOTONIC)};
    const Wall wall{std::chrono::floor<milliseconds>(clock_time(CLOCK_REALTIME))};
    if (policy_ == ClockPolicy::always) {
        now_.wall_trusted = true;
    } else if (now_.mono >= ask_trust_at_) {
        now_.wall_trusted = kernel_clock_is_synchronised();
        ask_trust_at_ = now_.mono + trust_asked_every;
    }
    now_.wall = floor_.apply(wall, now_.wall_trusted, now_.mono);
}

// The wait itself keeps the earliest deadline (epoll_pwait2, to the microsecond): a timer source would be set anew,
// with a system call, in nearly every turn, and sd-event would let it be late to wake together with others.
std::uint64_t SdEventLoop::microseconds_to_wait(nanoseconds longest_wait) const {
    const Mono deadline = members_.next_deadline();
    if (deadline == never && longest_wait == nanoseconds::max()) return UINT64_MAX;
    // The time at the start of this turn is too old for this, not for anything else.
    const Mono here{clock_time(CLOCK_MONOTONIC)};
    if (deadline <= here) return 0;
    return static_cast<std::uint64_t>(std::chrono::ceil<microseconds>(std::min(deadline - here, longest_wait)).count());
}

void SdEventLoop::turn(nanoseconds longest_wait) {
    ++turn_;
    all_served_ = false;
    int ready = wait_until_ready(event_, microseconds_to_wait(longest_wait));
    read_clocks();
    for (int calls = 1; ready > 0; ++calls) {
        YZ_CHECK(sd_event_dispatch(event_) >= 0);
        if (all_served_ || calls == most_calls_in_a_turn) break;
        ready = wait_until_ready(event_, 0);
    }
    members_.finish_turn(now_);
}

int SdEventLoop::run() {
    while (!stopping_) turn(nanoseconds::max());
    stopping_ = false;
    return exit_code_;
}

void SdEventLoop::stop(int exit_code) {
    if (!stopping_) exit_code_ = exit_code;
    stopping_ = true;
}

}  // namespace yizhan
