#include "drivers/outputs/leased_output.h"

#include <algorithm>
#include <utility>

#include "hal/check.h"

namespace yizhan {

LeasedOutput::LeasedOutput(std::unique_ptr<OutputLine> line, bool safe_high)
    : line_(std::move(line)), safe_high_(safe_high) {
    YZ_CHECK(line_ != nullptr);
    // No clock here: where it fails, the loop's first turn tries again.
    if (!write(safe_high_)) state_ = State::stuck;
}

LeasedOutput::~LeasedOutput() {
    // Last attempt: there is nobody left to tell.
    static_cast<void>(line_->set(safe_high_));
}

bool LeasedOutput::write(bool high) {
    failed_ = !line_->set(high);
    if (failed_) ++errors_;
    return !failed_;
}

void LeasedOutput::hold(Mono until, Now now) {
    if (until <= now.mono) return make_safe(now);
    if (state_ != State::held) {
        if (!write(!safe_high_)) return;
        state_ = State::held;
    }
    ends_ = until;
}

void LeasedOutput::make_safe(Now now) {
    if (state_ == State::safe) return;
    ends_ = never;
    if (write(safe_high_)) {
        state_ = State::safe;
    } else {
        state_ = State::stuck;
        retry_at_ = now.mono + retry;
    }
}

Mono LeasedOutput::next_deadline() const {
    switch (state_) {
        case State::safe:
            return repeat_at_;
        case State::held:
            return std::min(ends_, repeat_at_);
        case State::stuck:
            return retry_at_;
    }
    return never;
}

bool LeasedOutput::advance(Now now) {
    if (now.mono < next_deadline()) return false;
    const bool lease_ended = state_ == State::held && now.mono >= ends_;
    if (lease_ended || state_ == State::stuck) {
        make_safe(now);
    } else {
        write((state_ == State::held) != safe_high_);
        repeat_at_ = std::chrono::floor<seconds>(now.mono) + repeat;
    }
    return lease_ended;
}

}  // namespace yizhan
