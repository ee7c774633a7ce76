#pragma once

#include <cstdint>

#include "hal/event_loop.h"
#include "hal/time.h"

namespace yizhan {

// Why an outlet has switched itself off, or does not go on.
enum class Trip : std::uint8_t {
    none,
    longest_on,
    over_current,  // far more than it may, at once
    overload,  // more than it may, for too long
    nothing_plugged,  // since it was switched on
    unplugged,
    full,  // what charges there takes next to nothing any more
    meter_silent,
    relay_welded,  // it does not switch off
    too_hot,
};

struct OutletStatus {
    bool on = false;
    Mono lease_ends = never;  // while on
    std::uint64_t lease_expired = 0;  // times the driver switched off because nobody renewed
    std::uint64_t longest_on_reached = 0;  // times the driver switched off although somebody renewed
    std::uint64_t output_errors = 0;  // times the line did not take the level
    bool output_failed = false;  // the last time it was told: it has not recovered
    bool waits = false;  // asked to be on, and rests first: it goes on by itself
    Trip trip = Trip::none;  // since it was switched off by somebody else
    std::uint64_t trips = 0;  // but for longest_on
    bool relay_welded = false;  // until the program starts anew
    bool meter_silent = false;  // has a meter or thermometer and hears nothing of it
    bool too_hot = false;  // from the warning on, until it has cooled
};

// A switched charging outlet. Off from the moment it exists and again when it dies. Being on is a lease, as for a Lock;
// on top of it the driver holds a longest on-time, counted from the last switch-on, that renewing does not move, and
// whatever else protects what is plugged in there. Loop thread only.
class Outlet : public LoopMember {
 public:
    // Once, before anything else: from now on it watches what flows.
    virtual void start(Now now) = 0;
    // On until `until`. False (and off) where it has tripped: it must be switched off before it can be on again.
    // `until` is cut to the lease (longest_lease()).
    virtual bool switch_on(Mono until, Now now) = 0;
    virtual void switch_off(Now now) = 0;
    virtual milliseconds longest_lease() const = 0;
    virtual OutletStatus status() const = 0;
};

}  // namespace yizhan
