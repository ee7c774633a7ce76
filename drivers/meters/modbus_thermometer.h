// A temperature in one register of a device on a Modbus line, in tenths of a degree Celsius, with a sign: what modules
// for DS18B20 and for NTC sensors on RS-485 have in common. Which register, and whether it is an input or a holding
// one, says the module's manual. A missing or broken sensor shows as a number that no sensor measures (-3276.8 for a
// DS18B20 that is not there): that is no temperature.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "drivers/meters/register_poll.h"
#include "drivers/ports/modbus.h"
#include "hal/thermometer.h"

namespace yizhan {

class ModbusThermometer final : public Thermometer, private PolledDevice {
 public:
    // What a DS18B20 measures, and an NTC sensor beyond it.
    static constexpr std::int32_t coldest = -55'000;
    static constexpr std::int32_t hottest = 150'000;

    // Asked every `poll`, or as soon as the bus has answered. `bus` dies first.
    ModbusThermometer(ModbusBus& bus, ModbusTable table, std::uint8_t address, std::uint16_t at, milliseconds poll);

    void start(ThermometerListener& listener, Now now) override;
    std::optional<Temperature> latest() const override { return latest_; }
    MeterStatus status() const override;
    Mono next_deadline() const override { return poll_.next_deadline(); }
    void advance(Now now) override { poll_.advance(now); }

 private:
    void on_answer(std::span<const std::uint16_t> registers, Now now) override;

    RegisterPoll poll_;
    ThermometerListener* listener_ = nullptr;
    std::optional<Temperature> latest_;
    std::uint64_t readings_ = 0;
    bool has_sensor_ = true;  // as far as is known
};

}  // namespace yizhan
