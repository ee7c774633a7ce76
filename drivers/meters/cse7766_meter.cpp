#include "drivers/meters/cse7766_meter.h"

#include <algorithm>
#include <limits>

#include "hal/check.h"

namespace yizhan {
namespace {

constexpr std::byte all_is_well{0x55};
constexpr std::byte not_calibrated{0xAA};
constexpr std::byte second_byte{0x5A};
constexpr unsigned calibration_damaged = 0x01;
constexpr unsigned no_power = 0x02;
constexpr unsigned no_current = 0x04;
constexpr unsigned no_voltage = 0x08;

bool may_begin(std::byte byte) {
    return byte == all_is_well || byte == not_calibrated || (byte & std::byte{0xF0}) == std::byte{0xF0};
}

std::uint32_t three_bytes(std::span<const std::byte> bytes) {
    return std::to_integer<std::uint32_t>(bytes[0]) << 16U | std::to_integer<std::uint32_t>(bytes[1]) << 8U |
           std::to_integer<std::uint32_t>(bytes[2]);
}

// In thousandths; a cycle of 0 is none at all.
std::uint32_t thousandths(std::uint32_t coefficient, std::uint32_t cycle) {
    if (cycle == 0) return 0;
    const std::uint64_t value = std::uint64_t{coefficient} * 1000 / cycle;
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(value, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace

void Cse7766Meter::start(MeterListener* listener, Now) {
    listener_ = listener;
    port_.start(*this);
}

void Cse7766Meter::on_attached(Now now) {
    why_detached_.clear();
    size_ = 0;
    energy_.interrupt();
    silent_ = false;
    silent_at_ = now.mono + patience;
}

void Cse7766Meter::on_detached(std::string_view why, Now) {
    why_detached_ = why;
    silent_at_ = never;
}

void Cse7766Meter::advance(Now now) {
    if (now.mono < silent_at_) return;
    silent_ = true;
    silent_at_ = never;
}

void Cse7766Meter::on_bytes(std::span<const std::byte> bytes, Now now) {
    if (size_ > 0 && now.mono - heard_ > frame_gap) {
        size_ = 0;
        ++counts_.bad_frames;
    }
    heard_ = now.mono;
    for (const std::byte byte : bytes) take(byte, now);
}

void Cse7766Meter::take(std::byte byte, Now now) {
    frame_[size_++] = byte;
    if ((size_ == 1 && !may_begin(byte)) || (size_ == 2 && byte != second_byte)) return resync();
    if (size_ < frame_size) return;
    unsigned sum = 0;
    for (std::size_t i = 2; i < frame_size - 1; ++i) sum += std::to_integer<unsigned>(frame_[i]);
    if ((sum & 0xFFU) != std::to_integer<unsigned>(frame_.back())) {
        ++counts_.bad_frames;
        return resync();
    }
    read_frame(now);
    size_ = 0;
}

// Where in what has come does a frame begin?
void Cse7766Meter::resync() {
    for (std::size_t begin = 1; begin < size_; ++begin) {
        const bool second_fits = begin + 1 == size_ || frame_[begin + 1] == second_byte;
        if (!may_begin(frame_[begin]) || !second_fits) continue;
        std::copy(frame_.begin() + static_cast<std::ptrdiff_t>(begin),
                  frame_.begin() + static_cast<std::ptrdiff_t>(size_), frame_.begin());
        size_ -= begin;
        return;
    }
    size_ = 0;
}

void Cse7766Meter::read_frame(Now now) {
    silent_ = false;
    silent_at_ = now.mono + patience;
    const bool well = frame_[0] == all_is_well;
    const unsigned beyond = well ? 0 : std::to_integer<unsigned>(frame_[0]);
    fault_ = frame_[0] == not_calibrated           ? "says that it is not calibrated"
             : (beyond & calibration_damaged) != 0 ? "says that its calibration is damaged"
                                                   : "";
    if (!fault_.empty()) {
        ++counts_.bad_frames;
        return;
    }
    const auto value = [&](std::size_t coefficient, unsigned out_of_range) {
        if ((beyond & out_of_range) != 0) return std::uint32_t{0};
        const auto bytes = std::span(frame_).subspan(coefficient, 6);
        return thousandths(three_bytes(bytes.first(3)), three_bytes(bytes.last(3)));
    };
    const auto pulses = std::to_integer<std::uint32_t>(frame_[21]) << 8U | std::to_integer<std::uint32_t>(frame_[22]);
    energy_.count(pulses, three_bytes(std::span(frame_).subspan(14, 3)), now.mono);
    latest_ = MeterReading{.millivolts = value(2, no_voltage),
                           .milliamps = value(8, no_current),
                           .milliwatts = value(14, no_power),
                           .milliwatt_hours = energy_.milliwatt_hours(),
                           .at = now.mono};
    ++counts_.readings;
    if (listener_ != nullptr) listener_->on_reading(*this, *latest_, now);
}

MeterStatus Cse7766Meter::status() const {
    MeterStatus status = counts_;
    if (!why_detached_.empty()) {
        status.verdict = "not connected: " + why_detached_;
        status.cure = "check the port and the cable";
    } else if (!fault_.empty()) {
        status.verdict = fault_;
        status.cure = "replace the meter";
    } else if (silent_) {
        status.verdict = "says nothing that can be understood";
        status.cure = "check its cable, whether two wires are exchanged, and its supply";
    }
    return status;
}

}  // namespace yizhan
