#include <gtest/gtest.h>

#include <algorithm>

#include "tests/scenario/whole_station.h"

namespace yizhan::testing {
namespace {

json part(WholeStation& whole, const char* list, const std::string& key, const std::string& name) {
    const json wiring = whole.ask({{"do", "wiring"}}).at("wiring");
    const auto found = std::ranges::find_if(wiring.at(list), [&](const json& one) { return one.at(key) == name; });
    return found == wiring.at(list).end() ? json() : *found;
}

json line(WholeStation& whole, const std::string& name) { return part(whole, "lines", "line", "station:" + name); }

TEST(FirstAid, FollowsASwipeAtEveryWire) {
    WholeStation whole;
    whole.start_all();
    EXPECT_EQ(line(whole, "LOCK_FRONT").at("means"), "secured");
    EXPECT_EQ(line(whole, "LOCK_FRONT").at("edges"), 0);
    whole.swipe(at_entry, "courier");
    EXPECT_EQ(line(whole, "LOCK_FRONT").at("means"), "released");
    const json reader = part(whole, "readers", "name", "front-in");
    EXPECT_EQ(reader.at("last_card").at("kind"), "resident-id");
    EXPECT_EQ(reader.at("identity"), "simulated");
    EXPECT_TRUE(reader.at("ok").get<bool>());
    EXPECT_EQ(whole.ask({{"do", "wiring"}}).dump().find("999999"), std::string::npos);
    whole.push_door();
    const json contact = line(whole, "CONTACT_FRONT");
    EXPECT_EQ(contact.at("means"), "closed");
    EXPECT_GE(contact.at("edges").get<int>(), 2);
    EXPECT_FALSE(contact.contains("verdict"));
}

TEST(FirstAid, NamesAReaderThatWasPulledOutAndALineThatCannotBeRead) {
    WholeStation whole;
    whole.start_all();
    ASSERT_TRUE(whole.ask({{"do", "sim"}, {"target", "reader"}, {"name", "desk"}, {"action", "unplug"}}).at("ok"));
    whole.run(seconds{15});
    const json reader = part(whole, "readers", "name", "desk");
    EXPECT_FALSE(reader.at("ok").get<bool>());
    EXPECT_NE(reader.at("cure").get<std::string>().find("usb:1-3"), std::string::npos);
    whole.world->gpio().fail_level({"station", "FIRE"}, true);
    EXPECT_FALSE(line(whole, "FIRE").at("ok").get<bool>());
    EXPECT_FALSE(line(whole, "FIRE").contains("level"));
}

}  // namespace
}  // namespace yizhan::testing
