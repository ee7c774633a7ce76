#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "drivers/ports/modbus.h"
#include "hal/meter.h"
#include "hal/time.h"

namespace yizhan {

class PolledDevice {
 public:
    virtual ~PolledDevice() = default;
    virtual void on_answer(std::span<const std::uint16_t> registers, Now now) = 0;
};

// Asks a device on a Modbus line for the same registers again and again, and keeps what maintenance wants to know of
// it.
class RegisterPoll final : private ModbusListener {
 public:
    static constexpr std::uint8_t lowest_address = 1;
    static constexpr std::uint8_t highest_address = 247;
    static constexpr seconds patience{5};  // silent for so long: it is worth a word

    // `every`: or as soon as the bus has answered. `bus` dies first, `device` outlives the bus.
    RegisterPoll(ModbusBus& bus, const ModbusQuestion& question, milliseconds every, PolledDevice& device);
    RegisterPoll(const RegisterPoll&) = delete;
    RegisterPoll& operator=(const RegisterPoll&) = delete;

    void start(Now now);
    Mono next_deadline() const { return ask_at_; }
    void advance(Now now);
    // All but `readings`: whether an answer is one the device knows.
    MeterStatus status() const;

 private:
    void on_registers(std::span<const std::uint16_t> registers, Now now) override;
    void on_failed(ModbusFailure failure, std::string_view why, Now now) override;
    void ask_again(Now now);

    ModbusBus& bus_;
    ModbusQuestion question_;
    milliseconds every_;
    PolledDevice& device_;
    Mono asked_;
    Mono ask_at_ = never;  // while no question is out
    std::uint64_t garbled_ = 0;
    std::uint64_t unanswered_ = 0;
    std::string why_;  // there was no answer; empty: there was
    Mono silent_since_;
    bool long_silent_ = false;
};

}  // namespace yizhan
