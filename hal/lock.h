#pragma once

#include <cstdint>

#include "hal/event_loop.h"
#include "hal/time.h"

namespace yizhan {

struct LockStatus {
    bool released = false;
    Mono lease_ends = never;  // while released
    std::uint64_t lease_expired = 0;  // times the driver secured the door because nobody renewed
    std::uint64_t output_errors = 0;  // times the line did not take the level
    bool output_failed = false;  // the last time it was told: it has not recovered
};

// A door lock. Secured from the moment it exists and again when it dies. Being released is a lease: it ends by itself
// unless renewed, so that a stuck or dead decider never leaves a door unlocked. Loop thread only.
class Lock : public LoopMember {
 public:
    // Released until `until`, at most `longest_lease()` from now: a later `until` is cut to that. Calling again moves
    // the end; it never pulses the line. No allocation, one output call when the level changes, none otherwise.
    virtual void release(Mono until, Now now) = 0;
    virtual void secure(Now now) = 0;
    virtual milliseconds longest_lease() const = 0;
    virtual LockStatus status() const = 0;
};

}  // namespace yizhan
