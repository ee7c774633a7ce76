#include "drivers/meters/pzem_meter.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "hal/check.h"

namespace yizhan {
namespace {

constexpr std::uint16_t first_register = 0;
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
    : bus_(bus), address_(address), poll_(poll) {
    YZ_CHECK(address >= lowest_address && address <= highest_address);
    YZ_CHECK(poll > milliseconds{0});
}

void PzemMeter::start(MeterListener* listener, Now now) {
    listener_ = listener;
    silent_since_ = now.mono;
    ask_at_ = now.mono;
}

void PzemMeter::advance(Now now) {
    if (now.mono < ask_at_) return;
    asked_ = now.mono;
    ask_at_ = never;
    bus_.read_input_registers(address_, first_register, register_count, *this);
}

void PzemMeter::ask_again(Now now) { ask_at_ = std::max(asked_ + poll_, now.mono + milliseconds{1}); }

void PzemMeter::on_registers(std::span<const std::uint16_t> registers, Now now) {
    YZ_CHECK(registers.size() == register_count);
    ask_again(now);
    why_.clear();
    silent_since_ = now.mono;
    long_silent_ = false;
    energy_.count(of_two(registers, 5), microjoules_per_watt_hour, now.mono);
    latest_ = MeterReading{.millivolts = in_milli(registers[0]),
                           .milliamps = of_two(registers, 1),
                           .milliwatts = in_milli(of_two(registers, 3)),
                           .milliwatt_hours = energy_.milliwatt_hours(),
                           .at = now.mono};
    ++counts_.readings;
    if (listener_ != nullptr) listener_->on_reading(*this, *latest_, now);
}

void PzemMeter::on_failed(ModbusFailure failure, std::string_view why, Now now) {
    ask_again(now);
    ++(failure == ModbusFailure::garbled ? counts_.bad_frames : counts_.timeouts);
    why_ = why;
    long_silent_ = now.mono - silent_since_ >= patience;
}

MeterStatus PzemMeter::status() const {
    MeterStatus status = counts_;
    if (long_silent_) {
        status.verdict = fmt::format("does not answer at address {}: {}", address_, why_);
        status.cure = "check its cable, whether two wires are exchanged, its address, and its supply";
    }
    return status;
}

}  // namespace yizhan
