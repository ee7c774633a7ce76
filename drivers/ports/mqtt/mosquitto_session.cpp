#include "drivers/ports/mqtt/mosquitto_session.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

#include "drivers/ports/all_signals_blocked.h"
#include "hal/check.h"

namespace yizhan {
MosquittoSession::MosquittoSession(EventLoop& loop, MqttOptions options, bool ipv4_only)
    : loop_(loop),
      options_(std::move(options)),
      ipv4_only_(ipv4_only),
      wake_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    YZ_CHECK(wake_fd_ >= 0);
}

MosquittoSession::~MosquittoSession() {
    YZ_CHECK(!thread_.joinable());
    close(wake_fd_);
}

void MosquittoSession::start(std::function<void()> on_reports) {
    on_reports_ = std::move(on_reports);
    const AllSignalsBlocked blocked;
    thread_ = std::thread([self = shared_from_this()] { run_mosquitto(*self); });
}

bool MosquittoSession::send(MqttCommand command) {
    {
        const std::lock_guard lock(mutex_);
        if (command.kind != MqttCommand::Kind::disconnect) {
            const std::size_t bytes = command.topic.size() + command.payload.size();
            if (outstanding_ >= most_outstanding || outstanding_bytes_ + bytes > most_outstanding_bytes) return false;
            ++outstanding_;
            outstanding_bytes_ += bytes;
        }
        commands_.push_back(std::move(command));
    }
    wake();
    return true;
}

std::deque<MqttReport> MosquittoSession::take_reports() {
    std::deque<MqttReport> taken;
    {
        const std::lock_guard lock(mutex_);
        posted_ = false;
        taken.swap(reports_);
    }
    if (taken.size() >= most_reports) wake();  // the thread may have stopped reading
    return taken;
}

void MosquittoSession::abandon() {
    on_reports_ = nullptr;
    bool stuck = false;
    {
        const std::lock_guard lock(mutex_);
        abandoned_ = true;
        stuck = stuck_;
    }
    wake();
    if (!thread_.joinable()) return;
    if (stuck) {
        thread_.detach();
    } else {
        thread_.join();
    }
}

bool MosquittoSession::set_stuck(bool stuck) {
    const std::lock_guard lock(mutex_);
    stuck_ = stuck;
    return !abandoned_;
}

bool MosquittoSession::abandoned() {
    const std::lock_guard lock(mutex_);
    return abandoned_;
}

bool MosquittoSession::may_read() {
    const std::lock_guard lock(mutex_);
    return reports_.size() < most_reports;
}

std::deque<MqttCommand> MosquittoSession::take_commands() {
    eventfd_t ignored = 0;
    // Empty is fine: EAGAIN.
    static_cast<void>(eventfd_read(wake_fd_, &ignored));
    std::deque<MqttCommand> taken;
    const std::lock_guard lock(mutex_);
    taken.swap(commands_);
    return taken;
}

void MosquittoSession::report(MqttReport report) {
    const std::lock_guard lock(mutex_);
    if (abandoned_) return;  // the loop may be gone
    reports_.push_back(std::move(report));
    if (posted_) return;
    posted_ = true;
    // Under the lock: abandon() cannot return, and the loop not die, in the middle of it.
    loop_.post([self = shared_from_this()] {
        if (self->on_reports_) self->on_reports_();
    });
}

void MosquittoSession::settled(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    --outstanding_;
    outstanding_bytes_ -= bytes;
}

void MosquittoSession::wake() {
    // The counter cannot overflow: each read empties it.
    static_cast<void>(eventfd_write(wake_fd_, 1));
}

}  // namespace yizhan
