#include "drivers/simulated/cse7766.h"

#include <algorithm>
#include <span>
#include <utility>

namespace yizhan::simulated {
namespace {

// As chips of this type in the field have them.
constexpr std::uint32_t voltage_coefficient = 191'400;
constexpr std::uint32_t current_coefficient = 16'126;
constexpr std::uint32_t power_coefficient = 5'195'000;
constexpr std::uint32_t longest_cycle = 0xFF'FFFF;

using Frame = std::array<std::byte, 24>;

void put(Frame& frame, std::size_t at, std::uint32_t value) {
    for (std::size_t i = 0; i < 3; ++i) frame[at + i] = static_cast<std::byte>(value >> (16 - 8 * i));
}

// Of a value in thousandths; none: so little that no cycle can be told.
std::optional<std::uint32_t> cycle_of(std::uint32_t coefficient, std::uint32_t thousandths) {
    if (thousandths == 0) return std::nullopt;
    const std::uint64_t cycle = std::uint64_t{coefficient} * 1000 / thousandths;
    if (cycle > longest_cycle) return std::nullopt;
    return static_cast<std::uint32_t>(std::max<std::uint64_t>(cycle, 1));
}

}  // namespace

Frame Cse7766::frame(const Draw& draw) const {
    Frame frame{};
    const auto voltage = cycle_of(voltage_coefficient, draw.millivolts);
    const auto current = cycle_of(current_coefficient, draw.milliamps);
    const auto power = cycle_of(power_coefficient, draw.milliwatts);
    unsigned beyond = 0;
    if (!voltage) beyond |= 0x08U;
    if (!current) beyond |= 0x04U;
    if (!power) beyond |= 0x02U;
    if (knobs_.damaged) beyond |= 0x01U;
    frame[0] = static_cast<std::byte>(knobs_.uncalibrated ? 0xAA : beyond != 0 ? 0xF0 | beyond : 0x55);
    frame[1] = std::byte{0x5A};
    put(frame, 2, voltage_coefficient);
    put(frame, 5, voltage.value_or(longest_cycle));
    put(frame, 8, current_coefficient);
    put(frame, 11, current.value_or(longest_cycle));
    put(frame, 14, power_coefficient);
    put(frame, 17, power.value_or(longest_cycle));
    frame[20] = std::byte{0x71};
    const auto pulses = static_cast<std::uint16_t>((draw.microjoules - base_) / power_coefficient + offset_);
    frame[21] = static_cast<std::byte>(pulses >> 8U);
    frame[22] = static_cast<std::byte>(pulses & 0xFFU);
    unsigned sum = 0;
    for (std::size_t i = 2; i < 23; ++i) sum += std::to_integer<unsigned>(frame[i]);
    frame[23] = static_cast<std::byte>(sum & 0xFFU);
    return frame;
}

Mono Cse7766::next_deadline() const {
    if (plugged_ != port_.attached()) return Mono::min();
    return port_.reset_asked() ? Mono::min() : plugged_ ? next_ : never;
}

void Cse7766::advance(Now now) {
    if (port_.take_reset()) {
        if (port_.attached()) port_.detach("was reset", now);
        return;
    }
    if (plugged_ != port_.attached()) {
        plugged_ ? port_.attach(now) : port_.detach("was pulled out", now);
        next_ = now.mono + knobs_.pause;
        return;
    }
    if (!plugged_ || now.mono < next_) return;
    next_ = now.mono + knobs_.pause;
    if (knobs_.silent || !port_.started()) return;
    Frame said = frame(load_.draw());
    if (knobs_.garbage > 0) {
        --knobs_.garbage;
        said[10] ^= std::byte{0x40};
    }
    std::span<const std::byte> rest = said;
    if (knobs_.cut > 0) {
        --knobs_.cut;
        rest = rest.first(said.size() / 2);
    }
    while (!rest.empty()) {
        const std::size_t size = knobs_.chunk == 0 ? rest.size() : std::min(knobs_.chunk, rest.size());
        port_.deliver(rest.first(size), now);
        rest = rest.subspan(size);
    }
}

}  // namespace yizhan::simulated
