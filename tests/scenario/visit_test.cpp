#include <gtest/gtest.h>

#include <regex>

#include "tests/scenario/whole_station.h"
#include "tools/stationd_demo/cast.h"

namespace yizhan::testing {
namespace {

TEST(Visit, ASwipeOpensTheDoorAndTheCentreHearsOfIt) {
    WholeStation whole;
    whole.start_all();
    whole.swipe(at_entry, "courier");
    EXPECT_TRUE(whole.lock_released());
    EXPECT_EQ(whole.last_said(), Outcome::welcome);
    whole.push_door();
    EXPECT_FALSE(whole.lock_released());
    EXPECT_EQ(whole.count(), 1U);
    ASSERT_TRUE(whole.comes([&] { return whole.delivered("entered") != nullptr; }));
    EXPECT_EQ(whole.delivered("granted")->at("visit"), whole.delivered("entered")->at("visit"));
}

TEST(Visit, EveryRefusalIsSaidRecordedAndSentWithItsReason) {
    WholeStation whole;
    whole.start_all();
    const std::vector<std::pair<std::string, std::string>> refused{{"stranger", "not-a-member"},
                                                                   {"lapsed", "membership-expired"},
                                                                   {"barred", "denied"},
                                                                   {"outdated", "card-expired"}};
    for (const auto& [card, reason] : refused) {
        whole.swipe(at_entry, card);
        EXPECT_FALSE(whole.lock_released()) << card;
        EXPECT_EQ(text_of(whole.last_said()).code, reason);
        ASSERT_TRUE(whole.comes([&, wanted = reason] {
            const json* record = whole.delivered("refused");
            return record != nullptr && record->at("outcome") == wanted;
        })) << card;
        whole.run(seconds{1});
    }
    EXPECT_EQ(whole.count(), 0U);
}

TEST(Visit, AnUnreadableCardIsNotANo) {
    WholeStation whole;
    whole.start_all();
    auto card = *simulated::card_of("courier");
    card.read_fails = 0x41;
    whole.world->id_card_reader(at_entry).present(card);
    ASSERT_TRUE(whole.comes([&] { return whole.last_said() != Outcome::none; }));
    EXPECT_EQ(whole.last_said(), Outcome::unreadable);
}

TEST(Visit, AnOutletGoesOnForItsUserAndOffWhenTheyLeave) {
    WholeStation whole;
    whole.start_all();
    whole.visit_begins("courier");
    whole.swipe(at_desk, "courier");
    EXPECT_TRUE(whole.world->outlet_powered(0));
    whole.visit_ends("courier");
    EXPECT_FALSE(whole.world->outlet_powered(0));
    EXPECT_EQ(whole.count(), 0U);
    EXPECT_EQ(whole.station().state().confidence(), Confidence::certain);
}

TEST(Visit, AnOutletIsWarnedBeforeItsTimeIsUpAndThenGoesOff) {
    WholeStation whole;
    whole.start_all();
    whole.world->set_input(presence, true, whole.scheduler.now().mono);  // or it would count as proven empty
    whole.visit_begins("courier");
    whole.swipe(at_desk, "courier");
    whole.world->outlet(0).plug(45'000);
    whole.run(minutes{114});
    EXPECT_TRUE(whole.world->outlet_powered(0));
    EXPECT_NE(whole.last_said(), Outcome::outlet_ending);
    whole.run(minutes{2});
    EXPECT_EQ(whole.last_said(), Outcome::outlet_ending);
    EXPECT_TRUE(whole.world->outlet_powered(0));
    whole.run(minutes{5});
    EXPECT_FALSE(whole.world->outlet_powered(0));
}

TEST(Visit, SomebodyWhoNeverSwipesDoesNotGetAnOutlet) {
    WholeStation whole;
    whole.start_all();
    whole.swipe(at_desk, "driver");
    EXPECT_EQ(whole.last_said(), Outcome::not_inside);
}

TEST(Visit, AForcedDoorRaisesAnAlarmAtTheCentreUntilItIsClosed) {
    WholeStation whole;
    whole.start_all();
    whole.world->door(0).force(whole.scheduler.now().mono);
    EXPECT_TRUE(whole.comes([&] { return whole.alarm_at_centre("door-forced-front"); }));
    whole.world->door(0).pull_close(whole.scheduler.now().mono);
    EXPECT_TRUE(whole.comes([&] { return !whole.alarm_at_centre("door-forced-front"); }));
}

TEST(Visit, FireReleasesTheDoorSwitchesOutletsOffAndIsBlockedByNothing) {
    WholeStation whole;
    whole.start_all();
    whole.visit_begins("courier");
    whole.swipe(at_desk, "courier");
    // Disk, broker and member list in trouble.
    whole.log_worker->stall();
    whole.file_worker->stall();
    whole.broker.go_away();
    whole.ask({{"do", "mode"}, {"mode", "lockdown"}});
    whole.world->set_input(fire, true, whole.scheduler.now().mono);
    EXPECT_TRUE(whole.comes([&] { return whole.lock_released(); }, seconds{1}));
    EXPECT_FALSE(whole.world->outlet_powered(0));
    for (int minute = 0; minute < 30; ++minute) {
        whole.run(minutes{1});
        ASSERT_TRUE(whole.lock_released());
    }
    whole.world->set_input(fire, false, whole.scheduler.now().mono);
    EXPECT_TRUE(whole.comes([&] { return !whole.lock_released(); }, seconds{1}));
}

TEST(Visit, AStationProvenEmptyCorrectsItsCount) {
    WholeStation whole;
    whole.start_all();
    whole.world->set_input(presence, true, whole.scheduler.now().mono);
    whole.visit_begins("courier");
    whole.world->door(0).press_exit_button(milliseconds{500}, whole.scheduler.now().mono);
    ASSERT_TRUE(whole.comes([&] { return whole.lock_released(); }))
        << whole.ask({{"do", "log"}}).dump(1) << whole.status().dump(1);
    whole.push_door();
    EXPECT_EQ(whole.station().state().confidence(), Confidence::estimated);
    whole.world->set_input(presence, false, whole.scheduler.now().mono);
    whole.run(minutes{3});
    EXPECT_EQ(whole.count(), 0U);
    EXPECT_EQ(whole.station().state().confidence(), Confidence::certain);
}

TEST(Visit, CapacityRefusesOnlyWhileTheCountIsCertain) {
    WholeStation whole({.edit = [](std::string text) {
        return std::regex_replace(text, std::regex("capacity = 20"), "capacity = 1");
    }});
    whole.start_all();
    whole.visit_begins("courier");
    whole.swipe(at_entry, "driver");
    EXPECT_EQ(whole.last_said(), Outcome::full);
    whole.world->door(0).handle_from_inside(whole.scheduler.now().mono);
    whole.run(seconds{10});
    whole.swipe(at_entry, "driver");
    EXPECT_EQ(whole.last_said(), Outcome::welcome);
}

TEST(Visit, TheSameScriptGivesTheSameTrace) {
    const auto trace = [] {
        WholeStation whole({.seed = 5});
        whole.start_all();
        for (const char* who : {"courier", "driver", "elder"}) whole.visit_begins(who);
        whole.swipe(at_desk, "driver");
        whole.kill_stationd();
        whole.run(seconds{2});
        EXPECT_TRUE(whole.start_stationd());
        whole.run(seconds{5});
        for (const char* who : {"driver", "courier"}) whole.visit_ends(who);
        whole.run(std::chrono::hours{1});
        return whole.everything + std::to_string(whole.scheduler.steps());
    };
    const std::string first = trace();
    EXPECT_GT(first.size(), 1000U);
    EXPECT_EQ(first, trace());
}

TEST(Visit, NoIdNumberAndNoDigestLeavesTheStation) {
    WholeStation whole;
    whole.start_all();
    for (const char* who : {"courier", "stranger", "outdated"}) whole.swipe(at_entry, who);
    whole.run(seconds{10});
    const std::string said = whole.everything + whole.ask({{"do", "log"}}).dump() + whole.status().dump();
    EXPECT_FALSE(std::regex_search(said, std::regex("999999[0-9]{8}")));
    EXPECT_EQ(said.find("credential"), std::string::npos);
    EXPECT_EQ(said.find("digest"), std::string::npos);
}

}  // namespace
}  // namespace yizhan::testing
