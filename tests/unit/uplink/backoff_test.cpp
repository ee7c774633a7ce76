#include "firmware/uplink/backoff.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "drivers/simulated/random.h"
#include "firmware/uplink/command_reply.h"
#include "firmware/uplink/topics.h"

namespace yizhan {
namespace {

TEST(Backoff, DoublesFromOneSecondToAMinuteWithTheLastHalfRandom) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        simulated::Random random(seed);
        Backoff backoff(random);
        milliseconds step{1000};
        for (int i = 0; i < 20; ++i) {
            const auto wait = backoff.next();
            EXPECT_GE(wait, step / 2);
            EXPECT_LE(wait, step);
            step = std::min<milliseconds>(step * 2, seconds{60});
        }
        backoff.reset();
        EXPECT_LE(backoff.next(), seconds{1});
    }
}

TEST(Backoff, SpreadsAThousandStations) {
    std::set<std::int64_t> waits;
    for (std::uint64_t seed = 0; seed < 1000; ++seed) {
        simulated::Random random(seed);
        Backoff backoff(random);
        for (int i = 0; i < 6; ++i) static_cast<void>(backoff.next());
        waits.insert(backoff.next().count() / 1000);
    }
    EXPECT_GE(waits.size(), 30u);  // seconds in which somebody comes back
}

TEST(CommandReply, GivesTheIdBackWhereItIsOne) {
    const auto id_of = [](const std::string& payload) {
        return nlohmann::json::parse(command_reply(payload, {{"ok", true}})).at("id");
    };
    const auto carrying = [](const std::string& command) { return nlohmann::json{{"command", command}}.dump(); };
    EXPECT_EQ(id_of(carrying(R"({"id":"c-17"})")), "c-17");
    for (const std::string& payload :
         {std::string("{}"), std::string(""), std::string("[1]"), std::string("17"), std::string("\xff\xfe"),
          std::string(R"({"id":"c-17"})"), carrying(R"({"id":17})"), carrying(R"({"id":{}})"), carrying("[1]"),
          carrying(R"({"id":")" + std::string(65, 'x') + R"("})"), std::string(4000, '['),
          carrying(std::string(4000, '[')), carrying(R"({"id":"c-17","x":")" + std::string(9000, 'x') + R"("})")}) {
        EXPECT_TRUE(id_of(payload).is_null()) << payload.substr(0, 40);
    }
}

TEST(CommandReply, IsWhatStationdSaid) {
    const auto reply = nlohmann::json::parse(command_reply("{}", refusal("refused", "no", "ask")));
    EXPECT_EQ(reply["ok"], false);
    EXPECT_EQ(reply["error"]["code"], "refused");
    EXPECT_EQ(nlohmann::json::parse(command_reply("{}", 17)), (nlohmann::json{{"id", nullptr}})) << "of no object";
}

TEST(CommandReply, AnswersOnlyVerbsThatMakeAPlainTopic) {
    EXPECT_TRUE(is_command_verb("unlock"));
    for (const char* verb : {"", "Unlock", "a/b", "a+", "#", "a b", "abcdefghijabcdefghijabcdefghijabc"}) {
        EXPECT_FALSE(is_command_verb(verb)) << verb;
    }
}

TEST(Topics, KnowsItsOwnAlarmsAndCommandsFromAnythingElse) {
    const Topics topics("st-1");
    EXPECT_EQ(topics.status(), "yizhan/v1/st-1/status");
    EXPECT_EQ(topics.alarm_of("yizhan/v1/st-1/alarm/fire"), "fire");
    EXPECT_EQ(topics.command_of("yizhan/v1/st-1/cmd/unlock"), "unlock");
    for (const char* topic : {"yizhan/v1/st-1/alarm/", "yizhan/v1/st-1/alarm/a/b", "yizhan/v1/st-12/alarm/a",
                              "yizhan/v1/st-1/status", "alarm/a", "", "yizhan/v1/st-1/alarm/#"}) {
        EXPECT_FALSE(topics.alarm_of(topic)) << topic;
    }
    EXPECT_FALSE(topics.command_of("yizhan/v1/st-1/cmd/unlock/reply"));
}

}  // namespace
}  // namespace yizhan
