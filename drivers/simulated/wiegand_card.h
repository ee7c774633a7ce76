// Cards held to a Wiegand reader: pulses on two lines, as the reader's manual draws them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "drivers/simulated/gpio.h"
#include "hal/event_loop.h"

namespace yizhan::simulated {

struct WiegandTiming {
    microseconds pulse{50};
    microseconds spacing{1000};  // from one falling edge to the next
};

// A frame of 26, 34 or 37 bits around a payload of 24, 32 or 35, as text of 0 and 1, with parity.
std::string wiegand_frame(std::size_t length, std::uint64_t payload);

// Joins the scheduler, as part of the world.
class WiegandCard final : public LoopMember {
 public:
    // Both lines go high, as a reader with power holds them. `gpio` outlives this.
    WiegandCard(Gpio& gpio, LineName d0, LineName d1, WiegandTiming timing = {});

    // Sends `bits` (0 and 1, at most 1024), the first pulse at `start`. False while another frame is being sent.
    bool present(std::string_view bits, Mono start);
    Mono spoke_at() const { return spoke_at_; }  // the last falling edge
    bool sending() const { return next_bit_ < bits_.size(); }

    Mono next_deadline() const override { return next_; }
    void advance(Now now) override;

 private:
    const LineName& line_of_next_bit() const { return bits_[next_bit_] == '0' ? d0_ : d1_; }

    Gpio& gpio_;
    LineName d0_;
    LineName d1_;
    WiegandTiming timing_;
    std::string bits_;
    std::size_t next_bit_ = 0;
    bool in_pulse_ = false;
    Mono next_ = never;
    Mono spoke_at_;
};

}  // namespace yizhan::simulated
