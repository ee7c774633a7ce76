#include "drivers/outputs/door_lock.h"

#include <algorithm>
#include <utility>

#include "hal/check.h"

namespace yizhan {

DoorLock::DoorLock(std::unique_ptr<OutputLine> line, bool active_high, LockKind kind, milliseconds longest_lease)
    : output_(std::move(line), secure_level(active_high, kind)), longest_lease_(longest_lease) {
    YZ_CHECK(longest_lease > milliseconds{0});
}

void DoorLock::release(Mono until, Now now) { output_.hold(std::min(until, now.mono + longest_lease_), now); }

void DoorLock::secure(Now now) { output_.make_safe(now); }

LockStatus DoorLock::status() const {
    return {.released = !output_.safe(),
            .lease_ends = output_.held() ? output_.ends() : never,
            .lease_expired = lease_expired_,
            .output_errors = output_.errors(),
            .output_failed = output_.failed()};
}

void DoorLock::advance(Now now) {
    if (output_.advance(now)) ++lease_expired_;
}

}  // namespace yizhan
