#pragma once

#include <memory>
#include <optional>

#include "drivers/charging/outlet_protection.h"
#include "drivers/outputs/outlet_switch.h"
#include "hal/meter.h"
#include "hal/outlet.h"

namespace yizhan {

// An outlet whose meter watches over it: from the reading that says too much to the relay in one call, without asking
// anybody. Does not go on while its meter is silent or its relay welded.
class ChargingOutlet final : public Outlet, private MeterListener {
 public:
    // `meter` follows power and outlives the outlet.
    ChargingOutlet(std::unique_ptr<OutletSwitch> relay, Meter& meter, const ChargingLimits& limits);

    // Starts the meter as well.
    void start(Now now) override;
    // Goes on later where it has to rest first, or its meter has said nothing yet (OutletStatus::waits).
    bool switch_on(Mono until, Now now) override;
    void switch_off(Now now) override;
    milliseconds longest_lease() const override { return relay_->longest_lease(); }
    OutletStatus status() const override;
    Mono next_deadline() const override;
    void advance(Now now) override;

 private:
    void on_reading(Meter& meter, const MeterReading& reading, Now now) override;
    void trip(Trip why, Now now);
    void go_on(Now now);
    void follow_relay(Now now);

    std::unique_ptr<OutletSwitch> relay_;
    Meter& meter_;
    ChargingLimits limits_;
    OutletProtection protection_;
    bool held_ = false;  // the relay
    Mono rests_until_;
    std::optional<Mono> wanted_until_;  // waits, and is to be on until then
    bool heard_ = false;  // the meter, and not long ago
    bool silent_ = false;  // for so long that it is worth a word
    Trip trip_ = Trip::none;
    std::uint64_t trips_ = 0;
};

}  // namespace yizhan
