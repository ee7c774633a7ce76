#pragma once

#include <cstdint>
#include <memory>

#include "drivers/outputs/leased_output.h"
#include "drivers/ports/gpio.h"
#include "hal/lock.h"

namespace yizhan {

enum class LockKind : std::uint8_t {
    strike,  // energised = released
    maglock,  // energised = secure; fire cuts its power in hardware, not here
};

class DoorLock final : public Lock {
 public:
    // `active_high`: the electrical level at which the lock is energised.
    DoorLock(std::unique_ptr<OutputLine> line, bool active_high, LockKind kind, milliseconds longest_lease);

    // The electrical level to request the line with, so that it never shows another one before the lock exists.
    static constexpr bool secure_level(bool active_high, LockKind kind) {
        return (kind == LockKind::maglock) == active_high;
    }

    void release(Mono until, Now now) override;
    void secure(Now now) override;
    milliseconds longest_lease() const override { return longest_lease_; }
    // `released` is also true, with no lease, while the line does not take the secure level.
    LockStatus status() const override;
    Mono next_deadline() const override { return output_.next_deadline(); }
    void advance(Now now) override;

 private:
    LeasedOutput output_;
    milliseconds longest_lease_;
    std::uint64_t lease_expired_ = 0;
};

}  // namespace yizhan
