#include "drivers/meters/pulse_meter.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "hal/check.h"

namespace yizhan {
namespace {

constexpr std::uint64_t milliwatt_hours_per_kwh = 1'000'000;
constexpr std::uint64_t milliwatt_milliseconds_per_kwh = 3'600'000'000'000;

}  // namespace

PulseMeter::PulseMeter(std::unique_ptr<InputLines> line, bool active_high, std::uint32_t pulses)
    : line_(std::move(line)), active_high_(active_high), pulses_a_kwh_(pulses) {
    YZ_CHECK(line_ != nullptr);
    YZ_CHECK(pulses > 0);
}

void PulseMeter::start(MeterListener* listener, Now now) {
    listener_ = listener;
    line_->start(*this);
    next_ = now.mono;
}

void PulseMeter::advance(Now now) {
    if (now.mono < next_) return;
    const auto levels = line_->levels();
    reading_failed_ = levels ? "" : levels.error().what;
    if (levels) {
        // A pulse that ended in an edge nobody saw.
        if (((*levels & 1U) != 0) != active_high_) began_.reset();
        tell(now);
    }
    next_ = now.mono + (levels ? milliseconds{told_anew} : retry_reading);
}

void PulseMeter::on_lost(Now now) {
    began_.reset();
    next_sequence_.reset();
    next_ = now.mono;
}

void PulseMeter::on_edges(std::span<const Edge> edges, Now now) {
    for (const Edge& edge : edges) {
        if (next_sequence_ && edge.sequence != *next_sequence_) {
            ++holes_;
            began_.reset();
        }
        next_sequence_ = edge.sequence + 1;
        if (edge.rising == active_high_) {
            began_ = edge.at;
        } else if (const auto began = std::exchange(began_, std::nullopt)) {
            if (edge.at - *began >= shortest_pulse) {
                take_pulse(*began, now);
            } else {
                ++counts_.bad_frames;
            }
        }
    }
}

void PulseMeter::take_pulse(Mono at, Now now) {
    ++pulses_;
    if (last_pulse_) apart_ = at - *last_pulse_;
    last_pulse_ = at;
    tell(now);
}

// As long as the next pulse has not come less flows than would have brought it.
std::uint32_t PulseMeter::milliwatts(Mono now) const {
    if (!apart_ || !last_pulse_) return 0;
    const auto waited = std::chrono::duration_cast<milliseconds>(std::max(*apart_, now - *last_pulse_));
    const auto apart = static_cast<std::uint64_t>(std::max<std::int64_t>(waited.count(), 1));
    return static_cast<std::uint32_t>(
        std::min<std::uint64_t>(milliwatt_milliseconds_per_kwh / pulses_a_kwh_ / apart, UINT32_MAX));
}

void PulseMeter::tell(Now now) {
    latest_ = MeterReading{.milliwatts = milliwatts(now.mono),
                           .milliwatt_hours = pulses_ * milliwatt_hours_per_kwh / pulses_a_kwh_,
                           .at = now.mono};
    ++counts_.readings;
    if (listener_ != nullptr) listener_->on_reading(*this, *latest_, now);
}

MeterStatus PulseMeter::status() const {
    MeterStatus status = counts_;
    if (!reading_failed_.empty()) {
        status.verdict = "cannot be read: " + reading_failed_;
        status.cure = "check its line";
    } else if (holes_ > 0) {
        status.verdict = fmt::format("may have lost pulses, {} times", holes_);
        status.cure = "its line is restless: check its cable and shield";
    }
    return status;
}

}  // namespace yizhan
