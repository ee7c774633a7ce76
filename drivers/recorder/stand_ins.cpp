#include "drivers/recorder/stand_ins.h"

namespace yizhan {

std::size_t StandIns::of(const Credential& card) {
    for (std::size_t i = 0; i < most; ++i) {
        if (known_[i] == card) return i + 1;
    }
    const std::size_t taken = next_;
    next_ = (next_ + 1) % most;
    known_[taken] = card;
    return taken + 1;
}

void StandIns::advance(Mono now) {
    if (now < forget_at_) return;
    for (auto& card : known_) card.reset();
    forget_at_ = never;
}

}  // namespace yizhan
