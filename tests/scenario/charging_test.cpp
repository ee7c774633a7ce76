// What becomes of an outlet whose meter watches over it, from the swipe to the centre.
#include <gtest/gtest.h>

#include "tests/scenario/whole_station.h"

namespace yizhan::testing {
namespace {

constexpr std::uint32_t watt = 1000;  // mW

// The demo is in a hurry to show a full battery.
std::string with_usual_limits(std::string settings) {
    const std::string hurry = "protection = { full_after = \"1min\" }";
    const auto at = settings.find(hurry);
    EXPECT_NE(at, std::string::npos);
    return settings.replace(at, hurry.size(), "");
}

// A courier inside with the first outlet, where `milliwatts` flow.
class Charging : public WholeStation {
 public:
    explicit Charging(std::uint32_t milliwatts, std::string (*edit)(std::string) = with_usual_limits)
        : WholeStation({.edit = edit}) {
        start_all();
        visit_begins("courier");
        swipe(at_desk, "courier");
        EXPECT_TRUE(world->outlet_powered(0));
        world->outlet(0).plug(milliwatts);
        world->set_input(presence, true, scheduler.now().mono);
    }
    std::string ended() {
        static_cast<void>(comes([&] { return delivered("outlet-off") != nullptr; }));
        const json* off = delivered("outlet-off");
        return off == nullptr ? "" : off->at("off_reason").get<std::string>();
    }
};

TEST(Charging, FarTooMuchCurrentEndsItAtOnceAndIsToldWithItsReason) {
    Charging station(1100 * watt);
    station.run(seconds{1});
    EXPECT_FALSE(station.world->outlet_powered(0));
    EXPECT_EQ(station.ended(), "over-current");
    // The next one is not put off by it.
    station.swipe(at_desk, "courier");
    station.run(seconds{6});
    EXPECT_NE(station.last_said(), Outcome::outlet_fault);
}

// With a thermometer in its socket.
std::string with_thermometer(std::string settings) {
    settings = with_usual_limits(std::move(settings));
    const std::string meter = "meter = { type = \"pzem-004t\", port = \"serial:/dev/meters\", address = 1 }\n";
    const auto at = settings.find(meter);
    EXPECT_NE(at, std::string::npos);
    return settings.insert(at, "thermometer = { port = \"serial:/dev/meters\", address = 20, register = 3 }\n");
}

TEST(Charging, ASocketThatGetsTooHotIsToldThenSwitchedOffAndGivenAgainWhenItHasCooled) {
    Charging station(45 * watt, with_thermometer);
    const auto alarms = [&] { return station.status().at("alarms").size(); };
    station.run(seconds{5});
    EXPECT_EQ(alarms(), 0U);
    station.world->warm_socket(0, 60);
    station.run(seconds{5});
    EXPECT_EQ(alarms(), 1U);
    EXPECT_EQ(station.status().at("outlets").at(0).at("temperature_c"), 60.0);
    EXPECT_TRUE(station.world->outlet_powered(0));
    station.world->warm_socket(0, 70);
    station.run(seconds{5});
    EXPECT_FALSE(station.world->outlet_powered(0));
    EXPECT_EQ(station.ended(), "too-hot");
    // The next one gets another outlet.
    station.world->warm_socket(0, 55);
    station.swipe(at_desk, "courier");
    EXPECT_FALSE(station.world->outlet_powered(0));
    EXPECT_TRUE(station.world->outlet_powered(1));
    station.world->warm_socket(0, 49);
    station.run(seconds{5});
    EXPECT_EQ(alarms(), 0U);
}

TEST(Charging, AThermometerThatSaysNothingEndsIt) {
    Charging station(45 * watt, with_thermometer);
    station.run(seconds{20});
    station.world->silence_thermometer(0, true);
    station.run(seconds{12});
    EXPECT_FALSE(station.world->outlet_powered(0));
    EXPECT_EQ(station.ended(), "meter-silent");
}

TEST(Charging, ATelephoneThatIsFullEndsIt) {
    Charging station(18 * watt);
    station.run(minutes{10});
    EXPECT_TRUE(station.world->outlet_powered(0));
    station.world->outlet(0).plug(1 * watt);
    station.run(minutes{9});
    EXPECT_TRUE(station.world->outlet_powered(0));
    station.run(minutes{2});
    EXPECT_FALSE(station.world->outlet_powered(0));
    EXPECT_EQ(station.ended(), "full");
}

TEST(Charging, TheCentreHearsWhatATelephoneTookAndForHowLong) {
    Charging station(45 * watt);
    station.run(minutes{20});
    station.world->outlet(0).unplug();
    station.run(seconds{12});
    EXPECT_EQ(station.ended(), "unplugged");
    const json& off = *station.delivered("outlet-off");
    EXPECT_NEAR(off.at("value").get<double>(), 15'000, 1000) << "its meter counts in watt-hours";
    EXPECT_NEAR(off.at("lasts_ms").get<double>(), 1'210'000, 10'000);
}

TEST(Charging, WhatIsUnpluggedEndsIt) {
    Charging station(45 * watt);
    station.run(minutes{1});
    station.world->outlet(0).unplug();
    station.run(seconds{12});
    EXPECT_EQ(station.ended(), "unplugged");
}

TEST(Charging, AMeterThatSaysNothingEndsItRaisesAnAlarmAndTakesTheOutletOutOfUse) {
    Charging station(45 * watt);
    station.world->silence_meter(0, true);
    station.run(seconds{11});
    EXPECT_FALSE(station.world->outlet_powered(0));
    EXPECT_EQ(station.ended(), "meter-silent");
    EXPECT_TRUE(station.comes([&] { return station.alarm_at_centre("meter-silent-a1"); }));
    const json status = station.status();
    EXPECT_EQ(status.at("outlets").at(0).at("verdict"), "its meter does not answer at address 1: no answer");
    station.swipe(at_desk, "courier");
    EXPECT_FALSE(station.world->outlet_powered(0));
    EXPECT_TRUE(station.world->outlet_powered(1)) << "the next one that can be watched";
    station.world->silence_meter(0, false);
    EXPECT_TRUE(station.comes([&] { return !station.alarm_at_centre("meter-silent-a1"); }));
}

TEST(Charging, AWeldedRelayRaisesAnAlarmAndIsNotGivenToAnybody) {
    Charging station(45 * watt);
    station.run(seconds{5});
    station.world->outlet(0).weld(true);
    station.visit_ends("courier");
    EXPECT_EQ(station.ended(), "left");
    EXPECT_TRUE(station.comes([&] { return station.alarm_at_centre("relay-welded-a1"); }));
    station.visit_begins("courier");
    station.swipe(at_desk, "courier");
    EXPECT_TRUE(station.world->outlet_powered(1));
}

TEST(Charging, AStartWaitsForTheMeterBeforeItGoesOn) {
    Charging station(45 * watt);
    station.run(seconds{5});
    station.cut_power();
    station.run(seconds{5});
    station.start_all();
    EXPECT_TRUE(station.comes([&] { return station.world->outlet_powered(0); }));
    EXPECT_EQ(station.delivered("outlet-off"), nullptr);
}

TEST(Charging, StatusTellsWhatFlows) {
    Charging station(45 * watt);
    station.run(minutes{60});
    const json status = station.status();
    const json& outlet = status.at("outlets").at(0);
    EXPECT_NEAR(outlet.at("power_w").get<double>(), 45, 0.2);
    EXPECT_NEAR(outlet.at("current_a").get<double>(), 0.204, 0.002);
    EXPECT_NEAR(outlet.at("voltage_v").get<double>(), 220, 1);
    EXPECT_NEAR(outlet.at("energy_wh").get<double>(), 45, 1);
    EXPECT_GT(outlet.at("meter").at("readings").get<int>(), 7000);
}

}  // namespace
}  // namespace yizhan::testing
