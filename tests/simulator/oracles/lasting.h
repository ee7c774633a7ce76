// Since when something is as it is.
#pragma once

#include <algorithm>
#include <utility>

#include "hal/time.h"

namespace yizhan::simulator {

struct Lasting {
    bool is = false;
    Mono since;

    void see(bool now_is, Mono at) {
        if (std::exchange(is, now_is) != now_is) since = at;
    }
    // As far as somebody could see it who has looked since then.
    bool longer_than(milliseconds time, Mono seen_since, Mono at) const {
        return is && seen_since < at && at - std::max(since, seen_since) > time;
    }
};

}  // namespace yizhan::simulator
