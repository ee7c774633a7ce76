// CSE7766 (Chipsea): a meter chip that tells what it measures without being asked, 24 bytes at 4800 8E1, some 18 times
// a second. Frame and formulas as in its data sheet ("CSE7766 user manual", 2.3) and in esphome's cse7766 component:
//   0      55 all is well; AA not calibrated; Fx: bit 0 its calibration is damaged; beyond what can be measured are
//          voltage (bit 3), current (bit 2), power (bit 1)
//   1      5A
//   2-4    voltage coefficient    5-7    voltage cycle, in us
//   8-10   current coefficient    11-13  current cycle
//   14-16  power coefficient      17-19  power cycle
//   20     what was measured anew: 10h power, 20h current, 40h voltage
//   21-22  pulses of energy; falls back to 0 behind FFFF
//   23     sum of 2-22
// Most significant byte first. A value is coefficient / cycle in V, A, W; a pulse is the power coefficient in uJ.
// Currents below some 50 mA are unreliable, and with nothing to measure the power cycle is beyond its range: 0 W.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "drivers/meters/energy_count.h"
#include "drivers/ports/byte_port.h"
#include "hal/meter.h"

namespace yizhan {

class Cse7766Meter final : public Meter, private BytePortListener {
 public:
    static constexpr std::size_t frame_size = 24;
    static constexpr milliseconds frame_gap{500};  // silence behind which a frame begins anew
    static constexpr seconds patience{5};  // then its silence is worth a verdict

    // `port`: 4800 8E1; outlives the meter and is used by nobody else.
    explicit Cse7766Meter(BytePort& port) : port_(port) {}
    Cse7766Meter(const Cse7766Meter&) = delete;
    Cse7766Meter& operator=(const Cse7766Meter&) = delete;

    void start(MeterListener* listener, Now now) override;
    std::optional<MeterReading> latest() const override { return latest_; }
    bool follows_power() const override { return true; }
    MeterStatus status() const override;
    Mono next_deadline() const override { return silent_at_; }
    void advance(Now now) override;

 private:
    void on_attached(Now now) override;
    void on_detached(std::string_view why, Now now) override;
    void on_bytes(std::span<const std::byte> bytes, Now now) override;

    void take(std::byte byte, Now now);
    void resync();
    void read_frame(Now now);

    BytePort& port_;
    MeterListener* listener_ = nullptr;
    std::array<std::byte, frame_size> frame_{};
    std::size_t size_ = 0;
    Mono heard_;  // the last byte
    Mono silent_at_ = never;
    EnergyCount energy_{0x1'0000};
    std::optional<MeterReading> latest_;
    MeterStatus counts_;
    std::string_view fault_;  // what it says of itself; lives for ever
    std::string why_detached_ = "not found yet";  // empty: attached
    bool silent_ = false;
};

}  // namespace yizhan
