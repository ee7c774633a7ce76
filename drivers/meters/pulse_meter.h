// A meter with an S0 output (IEC 62053-31): one pulse, at least 30 ms long and 30 ms apart, for so much energy. At 1000
// a kWh a telephone makes one in 36 s: this counts energy, and protects nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "drivers/ports/gpio.h"
#include "hal/meter.h"

namespace yizhan {

class PulseMeter final : public Meter, private EdgeListener {
 public:
    // What is shorter is no pulse: the standard's 30 ms with some tolerance for the input. Contacts bounce for less.
    static constexpr milliseconds shortest_pulse{20};
    static constexpr milliseconds retry_reading{1000};  // while the line cannot be read

    // `line`: one line, both edges. `active_high`: the electrical level of a pulse. `pulses`: a kWh.
    PulseMeter(std::unique_ptr<InputLines> line, bool active_high, std::uint32_t pulses);
    PulseMeter(const PulseMeter&) = delete;
    PulseMeter& operator=(const PulseMeter&) = delete;

    void start(MeterListener* listener, Now now) override;
    // `milliwatts` is what the time between the last two pulses tells, falling while the next one does not come.
    std::optional<MeterReading> latest() const override { return latest_; }
    bool follows_power() const override { return false; }
    MeterStatus status() const override;
    Mono next_deadline() const override { return next_; }
    void advance(Now now) override;

 private:
    static constexpr seconds told_anew{10};

    void on_edges(std::span<const Edge> edges, Now now) override;
    void on_lost(Now now) override;
    void take_pulse(Mono at, Now now);
    void tell(Now now);
    std::uint32_t milliwatts(Mono now) const;

    std::unique_ptr<InputLines> line_;
    bool active_high_;
    std::uint32_t pulses_a_kwh_;
    MeterListener* listener_ = nullptr;
    std::optional<Mono> began_;  // the pulse that lasts
    std::optional<Mono> last_pulse_;
    std::optional<std::chrono::nanoseconds> apart_;  // the last two
    std::optional<std::uint32_t> next_sequence_;
    std::uint64_t pulses_ = 0;
    std::uint64_t holes_ = 0;  // edges that the kernel dropped
    std::string reading_failed_;
    std::optional<MeterReading> latest_;
    MeterStatus counts_;
    Mono next_ = never;
};

}  // namespace yizhan
