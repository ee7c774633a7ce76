// An outlet on the bench: what its meter says and what time it is are the test's.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "drivers/charging/charging_outlet.h"
#include "drivers/simulated/gpio.h"

namespace yizhan::testing {

class MeterByHand final : public Meter {
 public:
    void start(MeterListener* listener, Now) override { listener_ = listener; }
    std::optional<MeterReading> latest() const override { return latest_; }
    bool follows_power() const override { return true; }
    MeterStatus status() const override { return {}; }
    Mono next_deadline() const override { return never; }
    void advance(Now) override {}
    void say(MeterReading reading, Now now) {
        reading.at = now.mono;
        latest_ = reading;
        listener_->on_reading(*this, reading, now);
    }

 private:
    MeterListener* listener_ = nullptr;
    std::optional<MeterReading> latest_;
};

inline MeterReading amps(std::uint32_t milliamps) {
    return {.milliamps = milliamps, .milliwatts = milliamps * 22 / 100};
}
inline MeterReading watts(std::uint32_t milliwatts) {
    return {.milliamps = milliwatts * 10 / 2200, .milliwatts = milliwatts};
}

class ChargingBench {
 public:
    static constexpr milliseconds every{500};  // a reading

    explicit ChargingBench(const ChargingLimits& outlet_limits = phone_limits) : limits(outlet_limits) {
        auto line = gpio.request_output(relay, OutletSwitch::off_level(true));
        outlet.emplace(
            std::make_unique<OutletSwitch>(std::move(line.value()), true, seconds{60}, std::chrono::hours{8}), meter,
            limits);
        outlet->start(now);
        draw(watts(0));
        pass(seconds{1});
    }

    void draw(const MeterReading& reading) {
        drawn = reading;
        meter.say(reading, now);
    }
    void silence(bool silent) { silent_ = silent; }
    bool on() const { return gpio.level(relay); }
    Trip trip() const { return outlet->status().trip; }
    bool switch_on() {
        wanted_ = true;
        return outlet->switch_on(never, now);
    }
    void switch_off() {
        wanted_ = false;
        outlet->switch_off(now);
    }
    // The meter says what flows twice a second, somebody renews, deadlines are served.
    void pass(milliseconds duration) {
        const Mono end = now.mono + duration;
        for (int turns = 0; now.mono < end; ++turns) {
            ASSERT_LT(turns, 1'000'000);
            const Mono deadline = std::max(outlet->next_deadline(), now.mono + nanoseconds{1});
            now.mono = std::min({end, deadline, next_});
            if (now.mono >= outlet->next_deadline()) outlet->advance(now);
            if (now.mono < next_) continue;
            next_ += every;
            if (!silent_) meter.say(drawn, now);
            if (wanted_ && outlet->status().on) outlet->switch_on(never, now);
        }
    }

    const LineName relay{"chip", "RELAY"};
    ChargingLimits limits;
    Now now{Mono{std::chrono::hours{1}}, Wall{std::chrono::hours{24 * 20'500}}, true};
    simulated::Gpio gpio;
    MeterByHand meter;
    std::optional<ChargingOutlet> outlet;
    MeterReading drawn;

 private:
    bool silent_ = false;
    bool wanted_ = false;
    Mono next_ = now.mono + every;
};

}  // namespace yizhan::testing
