#include "drivers/outputs/leased_output.h"

#include <utility>

#include "hal/check.h"

namespace yizhan {

LeasedOutput::LeasedOutput(std::unique_ptr<OutputLine> line, bool safe_high)
    : line_(std::move(line)), safe_high_(safe_high) {
    YZ_CHECK(line_ != nullptr);
    // No clock here: where it fails, the loop's first turn tries again.
    if (!line_->set(safe_high_)) {
        ++errors_;
        state_ = State::stuck;
    }
}

LeasedOutput::~LeasedOutput() {
    // Last attempt: there is nobody left to tell.
    static_cast<void>(line_->set(safe_high_));
}

void LeasedOutput::hold(Mono until, Now now) {
    if (until <= now.mono) return make_safe(now);
    if (state_ != State::held) {
        if (!line_->set(!safe_high_)) {
            ++errors_;
            return;
        }
        state_ = State::held;
    }
    ends_ = until;
}

void LeasedOutput::make_safe(Now now) {
    if (state_ == State::safe) return;
    ends_ = never;
    if (line_->set(safe_high_)) {
        state_ = State::safe;
    } else {
        ++errors_;
        state_ = State::stuck;
        retry_at_ = now.mono + retry;
    }
}

Mono LeasedOutput::next_deadline() const {
    switch (state_) {
        case State::safe:
            return never;
        case State::held:
            return ends_;
        case State::stuck:
            return retry_at_;
    }
    return never;
}

bool LeasedOutput::advance(Now now) {
    if (now.mono < next_deadline()) return false;
    const bool lease_ended = state_ == State::held;
    make_safe(now);
    return lease_ended;
}

}  // namespace yizhan
