#pragma once

#include <cstdint>
#include <memory>

#include "hal/charging_limits.h"
#include "hal/outlet.h"
#include "hal/thermometer.h"

namespace yizhan {

// An outlet whose socket has a thermometer, whatever else protects it: from the temperature that is too high to the
// relay in one call, without asking anybody. Having been too hot it does not go on before it has cooled; a thermometer
// that has not spoken yet keeps nobody waiting, one that stays silent ends it.
class HeatGuard final : public Outlet, private ThermometerListener {
 public:
    // `thermometer` outlives the outlet.
    HeatGuard(std::unique_ptr<Outlet> outlet, Thermometer& thermometer, const HeatLimits& limits);

    // Starts the thermometer as well.
    void start(Now now) override;
    bool switch_on(Mono until, Now now) override;
    void switch_off(Now now) override;
    milliseconds longest_lease() const override { return outlet_->longest_lease(); }
    OutletStatus status() const override;
    Mono next_deadline() const override;
    void advance(Now now) override;

 private:
    void on_temperature(Thermometer& thermometer, const Temperature& temperature, Now now) override;
    bool runs() const;
    void trip(Trip why, Now now);

    std::unique_ptr<Outlet> outlet_;
    Thermometer& thermometer_;
    HeatLimits limits_;
    Mono heard_;  // the last time; at first, when it was started
    bool silent_ = false;
    bool hot_ = false;  // from `warn` until it has cooled
    bool has_to_cool_ = false;  // from `off` until it has cooled
    Trip trip_ = Trip::none;
    std::uint64_t trips_ = 0;
};

}  // namespace yizhan
