// Modbus RTU by libmodbus.
#pragma once

#include <memory>
#include <string>
#include <thread>

#include "drivers/ports/modbus.h"
#include "hal/event_loop.h"

namespace yizhan {

// One line, 9600 8N1, as meters leave the factory. libmodbus waits for answers, so it has a thread of its own here. The
// device is opened with the first question, and after a failure of the line itself again with the next one a second
// later. Nobody else can read along: it is locked against other programs for as long as it is open.
class ModbusLine final : public ModbusBus {
 public:
    static constexpr std::size_t most_questions = 64;  // that wait
    static constexpr milliseconds answer_within{200};  // a meter answers after some 50
    static constexpr milliseconds patience{2000};  // at the end, with a driver that hangs

    // The loop outlives it.
    ModbusLine(EventLoop& loop, std::string device);
    ModbusLine(const ModbusLine&) = delete;
    ModbusLine& operator=(const ModbusLine&) = delete;
    // Waits for the question that is out, at most `patience`.
    ~ModbusLine() override;

    void ask(const ModbusQuestion& question, ModbusListener& listener) override;

 private:
    struct Waiting;
    struct Answer;
    struct Shared;
    class Connection;
    static void work(const std::shared_ptr<Shared>& shared);

    std::shared_ptr<Shared> shared_;
    std::thread thread_;
};

class ModbusLines final : public ModbusBuses {
 public:
    // The loop outlives the lines.
    explicit ModbusLines(EventLoop& loop) : loop_(loop) {}
    Result<std::unique_ptr<ModbusBus>> open_modbus(const std::string& name) override;

 private:
    EventLoop& loop_;
};

}  // namespace yizhan
