#include "drivers/ports/pcsc/pcsc_session.h"

#include <winscard.h>

#include <chrono>
#include <thread>
#include <utility>

namespace yizhan {
namespace {

constexpr milliseconds between_cancels{20};

}  // namespace

void PcscSession::attached(const std::string& name) {
    const std::lock_guard lock(mutex_);
    name_ = name;
    if (std::exchange(attached_, true)) return;
    why_.reset();
    wake_loop();
}

void PcscSession::detached(std::string why) {
    const std::lock_guard lock(mutex_);
    attached_ = false;
    card_there_ = false;
    why_ = std::move(why);
    wake_loop();
}

std::string PcscSession::attached_name() {
    const std::lock_guard lock(mutex_);
    return attached_ ? name_ : std::string();
}

void PcscSession::card(const Credential& uid) {
    const std::lock_guard lock(mutex_);
    came_ = uid;
    card_there_ = true;
    wake_loop();
}

void PcscSession::removed() {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(card_there_, false)) return;
    wake_loop();
}

// Under the lock, so that the loop is still there.
void PcscSession::wake_loop() {
    if (loop_ == nullptr || std::exchange(posted_, true)) return;
    loop_->post([self = shared_from_this()] { self->tell(); });
}

bool PcscSession::stopping() {
    const std::lock_guard lock(mutex_);
    return stopping_;
}

void PcscSession::wait(milliseconds duration) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, duration, [this] { return stopping_; });
}

void PcscSession::ended() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
}

void PcscSession::set_context(long context) {
    const std::lock_guard lock(context_mutex_);
    context_ = context;
}

void PcscSession::tell() {
    std::unique_lock lock(mutex_);
    if (loop_ == nullptr) return;
    const Now now = loop_->now();
    posted_ = false;
    const bool attached = attached_;
    const bool card_there = card_there_;
    const auto why = std::exchange(why_, std::nullopt);
    const auto came = std::exchange(came_, std::nullopt);
    lock.unlock();

    if ((attached || came) && !std::exchange(told_attached_, true)) listener_->on_attached(now);
    if (came) {
        if (std::exchange(told_card_, true)) listener_->on_removed(now);
        listener_->on_card(came->bytes(), now);
    }
    if (!card_there && std::exchange(told_card_, false)) listener_->on_removed(now);
    if (!attached && why) {
        told_attached_ = false;
        listener_->on_detached(*why, now);
    }
}

bool PcscSession::stop(milliseconds patience) {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        loop_ = nullptr;
        changed_.notify_all();
    }
    // SCardCancel asks pcscd, and a pcscd that hangs would keep us here; and it does nothing for a call that is about
    // to begin, so it is repeated.
    std::thread([self = shared_from_this(), patience] {
        for (milliseconds waited{0}; waited < patience; waited += between_cancels) {
            {
                const std::lock_guard lock(self->context_mutex_);
                if (self->context_ != 0) SCardCancel(self->context_);
            }
            std::unique_lock lock(self->mutex_);
            if (self->changed_.wait_for(lock, between_cancels, [&] { return self->ended_; })) return;
        }
    }).detach();
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [this] { return ended_; });
}

}  // namespace yizhan
