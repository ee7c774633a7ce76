#pragma once

#include <algorithm>

#include "hal/time.h"

namespace yizhan {

// A box without a battery-backed clock starts in the past. Until its clock is trusted, wall time goes on from the
// newest record instead, so that later records never carry earlier stamps. A trusted clock is taken as it is: one
// record stamped in the far future must not stop the calendar for good.
class WallFloor {
 public:
    void set(Wall floor, Mono at) {
        floor_ = floor;
        at_ = at;
    }
    Wall apply(Wall clock, bool trusted, Mono mono) const {
        if (trusted) return clock;
        return std::max(clock, floor_ + std::chrono::floor<milliseconds>(mono - at_));
    }

 private:
    Wall floor_{milliseconds::min() / 2};  // far enough from the end for sums
    Mono at_{};
};

}  // namespace yizhan
