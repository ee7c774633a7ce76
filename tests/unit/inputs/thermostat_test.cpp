#include "drivers/inputs/thermostat.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <vector>

namespace yizhan::testing {
namespace {

constexpr milliseconds tick{1};

class ThermometerByHand final : public Thermometer {
 public:
    void start(ThermometerListener& listener, Now) override { listener_ = &listener; }
    std::optional<Temperature> latest() const override { return latest_; }
    MeterStatus status() const override { return {}; }
    Mono next_deadline() const override { return never; }
    void advance(Now) override {}
    void say(std::int32_t millicelsius, Now now) {
        latest_ = Temperature{millicelsius, now.mono};
        listener_->on_temperature(*this, *latest_, now);
    }

 private:
    ThermometerListener* listener_ = nullptr;
    std::optional<Temperature> latest_;
};

class Bench : private ContactListener {
 public:
    explicit Bench(TemperatureLimit at) {
        auto by_hand = std::make_unique<ThermometerByHand>();
        thermometer = by_hand.get();
        thermostat.emplace(std::move(by_hand), at);
        thermostat->start(*this, now);
    }
    void say(std::int32_t millicelsius) { thermometer->say(millicelsius, now); }
    void pass(milliseconds duration) {
        now.mono += duration;
        if (thermostat->next_deadline() <= now.mono) thermostat->advance(now);
    }
    Now now{Mono{std::chrono::hours{1}}, Wall{}, true};
    ThermometerByHand* thermometer = nullptr;
    std::optional<Thermostat> thermostat;
    std::vector<std::optional<bool>> told;

 private:
    void on_contact(Contact&, std::optional<bool> active, Now) override { told.push_back(active); }
};

using Told = std::vector<std::optional<bool>>;

TEST(Thermostat, IsUnknownUntilTheFirstTemperature) {
    Bench bench({.limit = 45'000, .clears = 40'000});
    EXPECT_EQ(bench.told, Told{std::nullopt});
    EXPECT_FALSE(bench.thermostat->status().known);
    bench.say(20'000);
    EXPECT_EQ(bench.told.back(), false);
    EXPECT_EQ(bench.thermostat->status().millicelsius, 20'000);
}

TEST(Thermostat, OfHeatBeginsAtTheLimitAndEndsBelowWhereItClears) {
    Bench bench({.limit = 45'000, .clears = 40'000});
    for (const auto& [millicelsius, active] : {std::pair{44'999, false},
                                               {45'000, true},
                                               {44'999, true},
                                               {40'000, true},
                                               {39'999, false},
                                               {44'999, false},
                                               {45'001, true}}) {
        bench.say(millicelsius);
        EXPECT_EQ(bench.told.back(), active) << millicelsius;
    }
}

TEST(Thermostat, OfColdIsTheOtherWayRound) {
    Bench bench({.limit = 3'000, .clears = 5'000});
    for (const auto& [millicelsius, active] :
         {std::pair{3'001, false}, {3'000, true}, {4'999, true}, {5'000, true}, {5'001, false}, {3'001, false}}) {
        bench.say(millicelsius);
        EXPECT_EQ(bench.told.back(), active) << millicelsius;
    }
}

TEST(Thermostat, IsUnknownAgainWhereItsThermometerIsSilent) {
    Bench bench({.limit = 45'000, .clears = 40'000});
    bench.say(50'000);
    bench.pass(Thermostat::silent_after - tick);
    EXPECT_EQ(bench.told.back(), true);
    bench.pass(tick);
    EXPECT_EQ(bench.told.back(), std::nullopt);
    EXPECT_FALSE(bench.thermostat->status().millicelsius);
    EXPECT_EQ(bench.thermostat->next_deadline(), never);
    bench.say(42'000);
    EXPECT_EQ(bench.told.back(), false) << "what it was before is forgotten";
}

}  // namespace
}  // namespace yizhan::testing
