#include "drivers/id_card_reader/presentation.h"

namespace yizhan {

bool Presentation::found(Now now) {
    misses_ = 0;
    if (stage_ == Stage::none) stage_ = Stage::unread;
    // Also where it cannot be read now: what lies there has not been away all the time until it is missed again.
    if (absent_since_ && stage_ != Stage::unread) unsure_ = true;
    absent_since_.reset();
    if (stage_ == Stage::refused && !held_) {
        if (again_at_ == never) again_at_ = now.mono + again_after;
        if (now.mono >= again_at_) {
            again_at_ = now.mono + again_after;
            return true;
        }
    }
    return stage_ == Stage::unread || unsure_;
}

void Presentation::not_found(Mono asked, Now now) {
    if (stage_ == Stage::none) return;
    ++misses_;
    // Whatever it held, the next find must tell.
    held_ = false;
    absent_until_ = asked;
    if (!absent_since_) absent_since_ = now.mono;
}

void Presentation::blind() {
    misses_ = 0;
    absent_since_.reset();
    unsure_ = stage_ == Stage::read;
}

bool Presentation::gone() const {
    return (stage_ == Stage::read || stage_ == Stage::refused) && absent_since_ &&
           absent_until_ - *absent_since_ >= bounce;
}

bool Presentation::left_unread() const { return stage_ == Stage::unread && misses_ >= misses_of_an_unread_card; }

Presentation::Reading Presentation::read(const Credential& credential) {
    const bool same = credential_ && *credential_ == credential;
    const Reading reading = same ? Reading::same : stage_ == Stage::read ? Reading::another : Reading::first;
    clear();
    stage_ = Stage::read;
    held_ = true;
    credential_ = credential;
    return reading;
}

bool Presentation::failed(Outcome why) {
    if (stage_ == Stage::none) return false;
    if (stage_ == Stage::refused) {
        // Still the card that was refused.
        blind();
        return false;
    }
    why_ = why;
    return ++failures_ >= attempts;
}

void Presentation::refuse(bool held) {
    stage_ = Stage::refused;
    held_ = held;
    unsure_ = false;
    credential_.reset();
}

}  // namespace yizhan
