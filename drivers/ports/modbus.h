// The seam to meters and thermometers on a Modbus line, several of them on two wires: drivers/ports/modbus (libmodbus);
// simulated in drivers/simulated/modbus.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "hal/error.h"
#include "hal/time.h"

namespace yizhan {

enum class ModbusFailure : std::uint8_t {
    silent,  // no answer in time
    garbled,  // an answer that is wrong: checksum, length, another device's
    refused,  // the device says that it does not know what it was asked for
    no_line,  // the line itself cannot be used
};

enum class ModbusTable : std::uint8_t { input, holding };  // functions 4 and 3

struct ModbusQuestion {
    ModbusTable table = ModbusTable::input;
    std::uint8_t address = 0;
    std::uint16_t first = 0;  // register
    std::size_t count = 0;
};

class ModbusListener {
 public:
    virtual ~ModbusListener() = default;
    virtual void on_registers(std::span<const std::uint16_t> registers, Now now) = 0;
    // `why` for maintenance.
    virtual void on_failed(ModbusFailure failure, std::string_view why, Now now) = 0;
};

// Questions wait for their turn on the line, in order, and each has one answer. Loop thread only.
class ModbusBus {
 public:
    static constexpr std::size_t most_registers = 16;  // of one question

    virtual ~ModbusBus() = default;
    // One question of a listener at a time, answered in a later turn; the listener outlives the bus.
    virtual void ask(const ModbusQuestion& question, ModbusListener& listener) = 0;
};

class ModbusBuses {
 public:
    virtual ~ModbusBuses() = default;
    // By "serial:<device>", 9600 8N1. A line that is not there yet is no error: questions fail until it comes.
    virtual Result<std::unique_ptr<ModbusBus>> open_modbus(const std::string& name) = 0;
};

}  // namespace yizhan
