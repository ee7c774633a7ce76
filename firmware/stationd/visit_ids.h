#pragma once

#include <array>
#include <cstring>

#include "firmware/station/record.h"
#include "hal/event_loop.h"
#include "hal/random.h"

namespace yizhan {

// Random visit ids, drawn ahead at the end of a turn so that no swipe waits for the kernel's generator.
class VisitIds {
 public:
    explicit VisitIds(Random& random) : random_(random) { refill(); }
    VisitId next() {
        if (left_ == 0) refill();
        return ids_[--left_];
    }
    void settle() {
        if (left_ < ids_.size() / 2) refill();
    }

 private:
    void refill() {
        random_.fill(std::as_writable_bytes(std::span(ids_)));
        for (auto& id : ids_) id |= id == 0 ? 1U : 0U;  // 0 means nobody
        left_ = ids_.size();
    }

    Random& random_;
    std::array<VisitId, 64> ids_{};
    std::size_t left_ = 0;
};

}  // namespace yizhan
