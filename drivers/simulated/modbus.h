// The simulated twin of drivers/ports/modbus: a line with meters on it.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "drivers/ports/modbus.h"
#include "drivers/simulated/load_model.h"
#include "hal/event_loop.h"

namespace yizhan::simulated {

// Stays when the program dies that had opened it. One thread.
class ModbusWire final : public LoopMember {
 public:
    static constexpr milliseconds answer_takes{50};
    static constexpr milliseconds time_out{200};

    // What a device answers to a question; none: it does not know these registers.
    using Device = std::function<std::optional<std::vector<std::uint16_t>>(const ModbusQuestion& question)>;

    ~ModbusWire() override;
    void connect(std::uint8_t address, Device device) { devices_[address] = std::move(device); }
    // Of one device: no answer; or so many wrong ones.
    void silence(std::uint8_t address, bool silent);
    bool is_silent(std::uint8_t address) const;
    void garble(std::uint8_t address, int answers) { garbled_[address] = answers; }
    void cut(bool is_cut) { cut_ = is_cut; }  // there is no line

    // For the program under test; one at a time.
    std::unique_ptr<ModbusBus> open();

    Mono next_deadline() const override { return questions_.empty() ? never : questions_.front().due; }
    void advance(Now now) override;

 private:
    class Plug;
    struct Waiting {
        ModbusQuestion question;
        ModbusListener* listener;
        Mono due;
    };

    void answer(const Waiting& waiting, Now now);

    std::map<std::uint8_t, Device> devices_;
    std::map<std::uint8_t, bool> silent_;
    std::map<std::uint8_t, int> garbled_;
    bool cut_ = false;
    bool opened_ = false;
    std::deque<Waiting> questions_;
    Mono now_;
};

// A PZEM-004T v3 that measures `load`, which outlives it; its counter of energy stands at `watt_hours` at first.
ModbusWire::Device pzem(const Load& load, std::uint32_t watt_hours = 0);

// Sensors by register, in tenths of a degree; a register without one tells what a module says where none is connected.
// `tenths` outlives it.
ModbusWire::Device thermometers(const std::map<std::uint16_t, std::int16_t>& tenths);

}  // namespace yizhan::simulated
