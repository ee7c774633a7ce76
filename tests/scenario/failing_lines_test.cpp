// Lines that do not do what they are told, or say nothing any more.
#include <gtest/gtest.h>

#include <algorithm>

#include "drivers/outputs/leased_output.h"
#include "tests/scenario/whole_station.h"

namespace yizhan::testing {
namespace {

const LineName lock{"station", "LOCK_FRONT"};
const LineName first_outlet{"station", "OUTLET_A1"};

std::size_t alarms_raised(const WholeStation& whole, const std::string& kind) {
    return static_cast<std::size_t>(std::ranges::count_if(whole.received, [&](const auto& record) {
        return record.second.at("type") == "alarm-raised" && record.second.at("alarm") == kind;
    }));
}

TEST(FailingLines, ALockThatTakesNoLevelIsOneAlarmUntilItDoes) {
    WholeStation whole;
    whole.start_all();
    whole.world->gpio().fail_output(lock, true);
    for (int i = 0; i < 3; ++i) {
        whole.swipe(at_entry, "courier");
        EXPECT_FALSE(whole.lock_released());
        whole.run(seconds{20});
        EXPECT_TRUE(whole.alarm_at_centre("output-fault-door-front"));
    }
    EXPECT_EQ(alarms_raised(whole, "output-fault"), 1U);
    EXPECT_EQ(whole.delivered("alarm-cleared"), nullptr);
    EXPECT_FALSE(whole.status().at("doors").at(0).at("ok").get<bool>());

    whole.world->gpio().fail_output(lock, false);
    EXPECT_TRUE(whole.comes([&] { return !whole.alarm_at_centre("output-fault-door-front"); }, seconds{3}));
    whole.swipe(at_entry, "courier");
    EXPECT_TRUE(whole.lock_released());
}

TEST(FailingLines, AnOutletThatTakesNoLevelIsGivenToNobody) {
    WholeStation whole;
    whole.start_all();
    whole.world->gpio().fail_output(first_outlet, true);
    whole.visit_begins("courier");
    whole.swipe(at_desk, "courier");
    EXPECT_FALSE(whole.world->outlet_powered(0));
    EXPECT_TRUE(whole.world->outlet_powered(1));
    EXPECT_TRUE(whole.comes([&] { return whole.alarm_at_centre("output-fault-outlet-a1"); }, seconds{3}));
    whole.visit_ends("courier");
    EXPECT_EQ(alarms_raised(whole, "output-fault"), 1U);

    whole.world->gpio().fail_output(first_outlet, false);
    EXPECT_TRUE(whole.comes([&] { return !whole.alarm_at_centre("output-fault-outlet-a1"); }, seconds{3}));
    whole.visit_begins("courier");
    whole.swipe(at_desk, "courier");
    EXPECT_TRUE(whole.world->outlet_powered(0));
}

TEST(FailingLines, ARelockThatGotLostOnTheBusIsRepaired) {
    WholeStation whole;
    whole.start_all();
    whole.swipe(at_entry, "courier");
    ASSERT_TRUE(whole.lock_released());
    // From now on until the door is to be secure.
    whole.world->gpio().lose_writes(lock, 1000);
    ASSERT_TRUE(
        whole.comes([&] { return !std::holds_alternative<DoorReleased>(whole.station().state().doors[0].phase); }));
    EXPECT_TRUE(whole.lock_released());
    whole.world->gpio().lose_writes(lock, 0);
    EXPECT_TRUE(whole.comes([&] { return !whole.lock_released(); }, LeasedOutput::repeat));
}

TEST(FailingLines, AChipThatIsGoneIsAnAlarmAtEachOfItsInputsUntilItIsBack) {
    WholeStation whole;
    whole.start_all();
    whole.world->gpio().unplug("station", whole.scheduler.now().mono);
    whole.run(seconds{15});
    for (const char* alarm : {"input-fault-door-front", "input-fault-input-hall", "input-fault-input-fire",
                              "input-fault-input-cabinet", "output-fault-door-front"}) {
        EXPECT_TRUE(whole.alarm_at_centre(alarm)) << alarm;
    }
    const json status = whole.status();
    EXPECT_FALSE(status.at("doors").at(0).at("contact").at("known").get<bool>());
    EXPECT_FALSE(status.at("doors").at(0).at("exit_button").at("known").get<bool>());
    EXPECT_NE(status.at("problems").dump().find("a fire would not be heard of"), std::string::npos);

    // The fire alarm goes off while nobody can hear it.
    whole.world->gpio().drive({"station", "FIRE"}, false, whole.scheduler.now().mono);
    whole.run(seconds{5});
    EXPECT_FALSE(whole.station().state().fire);
    whole.world->gpio().plug_in("station", whole.scheduler.now().mono);
    EXPECT_TRUE(whole.comes([&] { return whole.station().state().fire; }, seconds{3}));
    EXPECT_TRUE(whole.comes([&] { return !whole.alarm_at_centre("input-fault-input-fire"); }, seconds{3}));
    EXPECT_TRUE(whole.comes([&] { return !whole.alarm_at_centre("input-fault-door-front"); }, seconds{3}));
}

}  // namespace
}  // namespace yizhan::testing
