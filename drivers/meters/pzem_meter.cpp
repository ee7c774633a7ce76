#include "drivers/meters/pzem_meter.h"

#include <algorithm>
#include <limits>

namespace yizhan {
namespace {

constexpr std::size_t register_count = 10;
constexpr std::uint64_t microjoules_per_watt_hour = 3'600'000'000;

std::uint32_t of_two(std::span<const std::uint16_t> registers, std::size_t lower) {
    return std::uint32_t{registers[lower + 1]} << 16U | registers[lower];
}

std::uint32_t in_milli(std::uint32_t tenths) {
    return static_cast<std::uint32_t>(
        std::min<std::uint64_t>(std::uint64_t{tenths} * 100, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace

PzemMeter::PzemMeter(ModbusBus& bus, std::uint8_t address, milliseconds poll)
    : poll_(bus, {.table = ModbusTable::input, .address = address, .first = 0, .count = register_count}, poll, *this) {}

void PzemMeter::start(MeterListener* listener, Now now) {
    listener_ = listener;
    poll_.start(now);
}

void PzemMeter::on_answer(std::span<const std::uint16_t> registers, Now now) {
    energy_.count(of_two(registers, 5), microjoules_per_watt_hour, now.mono);
    latest_ = MeterReading{.millivolts = in_milli(registers[0]),
                           .milliamps = of_two(registers, 1),
                           .milliwatts = in_milli(of_two(registers, 3)),
                           .milliwatt_hours = energy_.milliwatt_hours(),
                           .at = now.mono};
    ++readings_;
    if (listener_ != nullptr) listener_->on_reading(*this, *latest_, now);
}

MeterStatus PzemMeter::status() const {
    MeterStatus status = poll_.status();
    status.readings = readings_;
    return status;
}

}  // namespace yizhan
