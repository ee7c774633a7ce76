#include <gtest/gtest.h>

#include "tests/unit/settings/parsing.h"

namespace yizhan {
namespace {

std::string two_doors() { return repository_file("config/stations/two-doors.toml"); }

// What can_adopt has against replacing `from` by `to`; empty: nothing.
std::string objection(std::string_view from, std::string_view to) {
    const std::string text = two_doors();
    const auto result = can_adopt(parsed(text), parsed(replaced(text, from, to)));
    return result ? "" : result.error().what;
}

TEST(Adoption, OfTheSameSettingsIsFine) { EXPECT_TRUE(can_adopt(parsed(two_doors()), parsed(two_doors()))); }

TEST(Adoption, TakesOverWhatDecides) {
    EXPECT_EQ(objection("capacity = 40", "capacity = 30"), "");
    EXPECT_EQ(objection("Mon-Fri 05:00-24:00", "Mon-Fri 06:00-24:00"), "");
    EXPECT_EQ(objection("policy = \"members\"", "policy = \"any-valid-id\""), "");
    EXPECT_EQ(objection("release = \"5s\"", "release = \"6s\""), "");
    EXPECT_EQ(objection("time_limit = \"2h\"", "time_limit = \"3h\""), "");
    EXPECT_EQ(objection("empty_grace = \"2min\"", "empty_grace = \"3min\""), "");
    EXPECT_EQ(objection("2027-02-08", "2027-02-09"), "");
    EXPECT_EQ(objection("name_en = \"Chengbei station 7\"", ""), "");
    EXPECT_EQ(objection("holidays = \"closed\"", "holidays = \"open\""), "");
}

TEST(Adoption, LeavesTheUplinkToItsOwnProgram) { EXPECT_EQ(objection("mqtt.example.org", "mqtt2.example.org"), ""); }

TEST(Adoption, RefusesWhatIsWired) {
    EXPECT_EQ(objection("io-board:LOCK_YARD", "io-board:LOCK_GATE"),
              "changed and in use: the wiring of [[door]] \"yard\"");
    EXPECT_EQ(objection("io-board:CONTACT_STREET", "io-board:X"),
              "changed and in use: the wiring of [[door]] \"street\"");
    EXPECT_EQ(objection("usb:1-1.3", "usb:1-1.7"), "changed and in use: the wiring of [[reader]] \"yard-in\"");
    EXPECT_EQ(objection("place = \"inside\"", "place = \"inside\"\noutlet = \"b1\""),
              "changed and in use: the wiring of [[reader]] \"desk\"");
    EXPECT_EQ(objection("io-board:LAMP_B8", "io-board:X"), "changed and in use: the wiring of [[outlet]] \"b8\"");
    EXPECT_EQ(objection("kind = \"presence\"", "kind = \"tamper\""),
              "changed and in use: the wiring of [[input]] \"hall\"");
    EXPECT_EQ(objection("name = \"b8\"", "name = \"c8\""),
              "changed and in use: which [[outlet]] there are, their names or their order");
    EXPECT_EQ(objection("id = \"chengbei-07\"", "id = \"chengbei-08\""), "changed and in use: [station] id");
    EXPECT_EQ(objection("/var/lib/yizhan/members.list", "/x"), "changed and in use: [identity]");
    EXPECT_EQ(objection("[occupancy]", "[clock]\ntrusted = \"always\"\n[occupancy]"),
              "changed and in use: [clock] trusted");
    EXPECT_EQ(objection("[occupancy]", "[commands]\nroot_keys = [\"" + std::string(64, '1') + "\"]\n[occupancy]"),
              "changed and in use: [commands]");
    EXPECT_EQ(objection("[occupancy]", "[control]\nsocket = \"/x\"\n[occupancy]"), "changed and in use: [control]");
    EXPECT_EQ(objection("[occupancy]", "[sound]\n[occupancy]"), "changed and in use: [sound]");
    EXPECT_EQ(objection("[occupancy]", "[log]\npath = \"/x\"\n[occupancy]"), "changed and in use: [log] path");
}

// The member list in force holds group bits by position: other groups would give its members other rights.
TEST(Adoption, RefusesOtherGroups) {
    const auto* const groups = "changed and in use: which [[group]] there are, their names or their order";
    EXPECT_EQ(objection("name = \"office\"", "name = \"bureau\""), groups);
    EXPECT_EQ(objection("[[door]]\nname = \"street\"", "[[group]]\nname = \"new\"\n[[door]]\nname = \"street\""),
              groups);
}

TEST(Adoption, NamesEverythingThatDiffers) {
    std::string text = replaced(two_doors(), "io-board:FIRE", "io-board:X");
    text = replaced(text, "id = \"chengbei-07\"", "id = \"other\"");
    const auto result = can_adopt(parsed(two_doors()), parsed(text));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().what, "changed and in use: [station] id; the wiring of [[input]] \"fire\"");
    EXPECT_FALSE(result.error().cure.empty());
}

}  // namespace
}  // namespace yizhan
