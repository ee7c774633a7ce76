#pragma once

#include <cstdint>
#include <memory>

#include "drivers/outputs/leased_output.h"
#include "drivers/ports/gpio.h"
#include "hal/outlet.h"

namespace yizhan {

// A charging outlet behind a relay. On-time is counted from when the line went on to when it goes off, whoever
// switched it off; only where the longest on-time was reached does it take a switch_off() before it may be on again.
class OutletSwitch final : public Outlet {
 public:
    // `active_high`: the electrical level at which the outlet has power.
    OutletSwitch(std::unique_ptr<OutputLine> line, bool active_high, milliseconds longest_lease,
                 milliseconds longest_on);

    // The electrical level to request the line with.
    static constexpr bool off_level(bool active_high) { return !active_high; }

    void start(Now) override {}  // a relay has nothing to watch
    // Also false where the line does not take the level.
    bool switch_on(Mono until, Now now) override;
    void switch_off(Now now) override;
    milliseconds longest_lease() const override { return longest_lease_; }
    // `on` is also true, with no lease, while the line does not take the off level.
    OutletStatus status() const override;
    Mono next_deadline() const override { return output_.next_deadline(); }
    void advance(Now now) override;

 private:
    void reach_longest_on();

    LeasedOutput output_;
    milliseconds longest_lease_;
    milliseconds longest_on_;
    Mono must_be_off_;  // while on
    bool cut_short_ = false;  // while on: must_be_off_ comes before the end that was asked for
    bool spent_ = false;  // the longest on-time is over
    std::uint64_t lease_expired_ = 0;
    std::uint64_t longest_on_reached_ = 0;
};

}  // namespace yizhan
