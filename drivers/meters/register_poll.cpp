#include "drivers/meters/register_poll.h"

#include <fmt/format.h>

#include <algorithm>

#include "hal/check.h"

namespace yizhan {

RegisterPoll::RegisterPoll(ModbusBus& bus, const ModbusQuestion& question, milliseconds every, PolledDevice& device)
    : bus_(bus), question_(question), every_(every), device_(device) {
    YZ_CHECK(question.address >= lowest_address && question.address <= highest_address);
    YZ_CHECK(every > milliseconds{0});
}

void RegisterPoll::start(Now now) {
    silent_since_ = now.mono;
    ask_at_ = now.mono;
}

void RegisterPoll::advance(Now now) {
    if (now.mono < ask_at_) return;
    asked_ = now.mono;
    ask_at_ = never;
    bus_.ask(question_, *this);
}

void RegisterPoll::ask_again(Now now) { ask_at_ = std::max(asked_ + every_, now.mono + milliseconds{1}); }

void RegisterPoll::on_registers(std::span<const std::uint16_t> registers, Now now) {
    YZ_CHECK(registers.size() == question_.count);
    ask_again(now);
    why_.clear();
    silent_since_ = now.mono;
    long_silent_ = false;
    device_.on_answer(registers, now);
}

void RegisterPoll::on_failed(ModbusFailure failure, std::string_view why, Now now) {
    ask_again(now);
    ++(failure == ModbusFailure::garbled ? garbled_ : unanswered_);
    why_ = why;
    long_silent_ = now.mono - silent_since_ >= patience;
}

MeterStatus RegisterPoll::status() const {
    MeterStatus status{.readings = 0, .bad_frames = garbled_, .timeouts = unanswered_, .verdict = {}, .cure = {}};
    if (long_silent_) {
        status.verdict = fmt::format("does not answer at address {}: {}", question_.address, why_);
        status.cure = "check its cable, whether two wires are exchanged, its address, and its supply";
    }
    return status;
}

}  // namespace yizhan
