#include "firmware/uplink/backoff.h"

#include <algorithm>
#include <cstdint>
#include <span>

namespace yizhan {

milliseconds random_wait(Random& random, milliseconds least, milliseconds most) {
    std::uint32_t drawn = 0;
    random.fill(std::as_writable_bytes(std::span(&drawn, 1)));
    return least + milliseconds{static_cast<std::int64_t>(drawn) % ((most - least).count() + 1)};
}

milliseconds Backoff::next() {
    const milliseconds half{step_.count() / 2};
    const milliseconds wait = random_wait(random_, half, half + half);
    step_ = std::min(step_ * 2, last_);
    return wait;
}

}  // namespace yizhan
