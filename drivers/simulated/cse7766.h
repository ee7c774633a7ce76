// A model of a CSE7766 meter chip at the far end of a simulated BytePort: it says what it measures, frame by frame,
// asked or not. Written from its data sheet, not from the driver.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "drivers/simulated/byte_port.h"
#include "drivers/simulated/load_model.h"
#include "hal/event_loop.h"

namespace yizhan::simulated {

class Cse7766 final : public LoopMember {
 public:
    static constexpr milliseconds frame_takes{55};  // 24 bytes at 4800 8E1, one behind the other

    struct Knobs {
        bool silent = false;
        bool uncalibrated = false;
        bool damaged = false;  // its calibration
        std::size_t chunk = 0;  // bytes handed over at a time; 0: whole frames
        int garbage = 0;  // in so many next frames one byte is another
        int cut = 0;  // of so many next frames only the first half comes
        milliseconds pause = frame_takes;  // from frame to frame
    };

    // Plugged in from the beginning. Both outlive it.
    Cse7766(BytePort& port, const Load& load) : port_(port), load_(load) {}

    Knobs& knobs() { return knobs_; }
    void detach() { plugged_ = false; }
    void attach() { plugged_ = true; }
    // Its counter of energy begins anew, as after a power cut.
    void restart() { base_ = load_.draw().microjoules; }
    void set_counter(std::uint16_t pulses) { offset_ = pulses; }

    Mono next_deadline() const override;
    void advance(Now now) override;

    // What it says of that.
    std::array<std::byte, 24> frame(const Draw& draw) const;

 private:
    BytePort& port_;
    const Load& load_;
    Knobs knobs_;
    bool plugged_ = true;
    Mono next_;
    std::uint64_t base_ = 0;
    std::uint16_t offset_ = 0;
};

}  // namespace yizhan::simulated
