// PZEM-004T v3 (Peacefair): Modbus RTU, 9600 8N1. Input registers from 0, as in its data sheet ("PZEM-004T V3.0 user
// manual", 2.3): 0 voltage in 0.1 V; 1-2 current in mA; 3-4 power in 0.1 W; 5-6 energy in Wh; 7 frequency in 0.1 Hz; 8
// power factor in 0.01; 9 alarm. Of two registers the lower half comes first. Energy ends at 9999.99 kWh and falls back
// to 0. It is never set to 0 from here: only differences are told.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "drivers/meters/energy_count.h"
#include "drivers/meters/register_poll.h"
#include "drivers/ports/modbus.h"
#include "hal/meter.h"

namespace yizhan {

class PzemMeter final : public Meter, private PolledDevice {
 public:
    // Asked every `poll`, or as soon as the bus has answered. `bus` dies first.
    PzemMeter(ModbusBus& bus, std::uint8_t address, milliseconds poll);

    void start(MeterListener* listener, Now now) override;
    std::optional<MeterReading> latest() const override { return latest_; }
    bool follows_power() const override { return true; }
    MeterStatus status() const override;
    Mono next_deadline() const override { return poll_.next_deadline(); }
    void advance(Now now) override { poll_.advance(now); }

 private:
    void on_answer(std::span<const std::uint16_t> registers, Now now) override;

    RegisterPoll poll_;
    MeterListener* listener_ = nullptr;
    EnergyCount energy_{10'000'000};
    std::optional<MeterReading> latest_;
    std::uint64_t readings_ = 0;
};

}  // namespace yizhan
