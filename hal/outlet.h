#pragma once

#include <cstdint>

#include "hal/event_loop.h"
#include "hal/time.h"

namespace yizhan {

struct OutletStatus {
    bool on = false;
    Mono lease_ends = never;  // while on
    std::uint64_t lease_expired = 0;  // times the driver switched off because nobody renewed
    std::uint64_t longest_on_reached = 0;  // times the driver switched off although somebody renewed
    std::uint64_t output_errors = 0;  // times the line did not take the level
    bool output_failed = false;  // the last time it was told: it has not recovered
};

// A switched charging outlet. Off from the moment it exists and again when it dies. Being on is a lease, as for a Lock;
// on top of it the driver holds a longest on-time, counted from the last switch-on, that renewing does not move.
// Loop thread only.
class Outlet : public LoopMember {
 public:
    // On until `until`. False (and off) where the longest on-time is over: it must be switched off before it can be on
    // again. `until` is cut to the lease (longest_lease()).
    virtual bool switch_on(Mono until, Now now) = 0;
    virtual void switch_off(Now now) = 0;
    virtual milliseconds longest_lease() const = 0;
    virtual OutletStatus status() const = 0;
};

}  // namespace yizhan
