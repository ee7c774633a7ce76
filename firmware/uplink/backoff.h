#pragma once

#include "hal/random.h"
#include "hal/time.h"

namespace yizhan {

// Evenly drawn, both ends included.
milliseconds random_wait(Random& random, milliseconds least, milliseconds most);

// How long to wait before the next try: 1 s, 2 s, 4 s … 60 s, of which the last half is random, so that a thousand
// stations do not come back to a restarted broker in the same second. Never gives up.
class Backoff {
 public:
    static constexpr milliseconds shortest{1000};
    static constexpr milliseconds longest{60000};

    explicit Backoff(Random& random, milliseconds first = shortest, milliseconds last = longest)
        : random_(random), first_(first), last_(last) {}
    milliseconds next();  // at least half of the present step, at most all of it
    void reset() { step_ = first_; }

 private:
    Random& random_;
    const milliseconds first_;
    const milliseconds last_;
    milliseconds step_ = first_;
};

}  // namespace yizhan
