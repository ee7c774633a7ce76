// From a button that somebody presses to the centre, and back.
#include <gtest/gtest.h>

#include "tests/scenario/whole_station.h"

namespace yizhan::testing {
namespace {

constexpr std::size_t help_button = 3;

TEST(Emergency, ACallForHelpReachesTheCentreWithinTwoSecondsAndIsAnswered) {
    WholeStation station;
    station.start_all();
    station.world->set_input(help_button, true, station.scheduler.now().mono);
    station.run(milliseconds{300});
    station.world->set_input(help_button, false, station.scheduler.now().mono);
    station.run(milliseconds{1700});
    EXPECT_TRUE(station.alarm_at_centre("help-hall-button"));
    EXPECT_EQ(station.last_said(), Outcome::help_called);

    station.run(minutes{10});
    EXPECT_TRUE(station.alarm_at_centre("help-hall-button")) << "until somebody says that they have seen it";
    station.say(R"({"id":1,"do":"alarm","alarm":"help-hall-button","action":"acknowledge"})");
    EXPECT_TRUE(station.comes([&] { return !station.alarm_at_centre("help-hall-button"); }));
    EXPECT_EQ(station.last_said(), Outcome::help_heard);
    ASSERT_TRUE(station.comes([&] { return station.delivered("alarm-acknowledged") != nullptr; }));
    EXPECT_EQ(station.delivered("alarm-acknowledged")->at("actor"), "maintenance");
}

}  // namespace
}  // namespace yizhan::testing
