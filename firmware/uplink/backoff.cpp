#include "firmware/uplink/backoff.h"

#include <algorithm>
#include <cstdint>
#include <span>

namespace yizhan {

milliseconds Backoff::next() {
    std::uint32_t drawn = 0;
    random_.fill(std::as_writable_bytes(std::span(&drawn, 1)));
    const auto half = step_.count() / 2;
    const milliseconds wait{half + static_cast<std::int64_t>(drawn) % (half + 1)};
    step_ = std::min(step_ * 2, longest);
    return wait;
}

}  // namespace yizhan
