#pragma once

#include "hal/random.h"
#include "hal/time.h"

namespace yizhan {

// How long to wait before the next try: 1 s, 2 s, 4 s … 60 s, of which the last half is random, so that a thousand
// stations do not come back to a restarted broker in the same second. Never gives up.
class Backoff {
 public:
    static constexpr milliseconds shortest{1000};
    static constexpr milliseconds longest{60000};

    explicit Backoff(Random& random) : random_(random) {}
    milliseconds next();  // at least half of the present step, at most all of it
    void reset() { step_ = shortest; }

 private:
    Random& random_;
    milliseconds step_ = shortest;
};

}  // namespace yizhan
