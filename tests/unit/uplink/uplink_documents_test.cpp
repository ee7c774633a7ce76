#include "firmware/control/protocol.h"
#include "tests/unit/uplink/uplink_world.h"

namespace yizhan {
namespace {

using UplinkDocuments = UplinkWorld;

TEST_F(UplinkDocuments, TellsWhoTheStationIsAndHowItIs) {
    start_stationd();
    stationd->set_alarms({"door-forced-front"});
    start_uplink();
    run(seconds{3});
    EXPECT_EQ(retained("status")["state"], "online");
    EXPECT_EQ(retained("status")["boot"], "00000000000000aa");
    EXPECT_EQ(retained("status")["version"], "9.9");
    EXPECT_EQ(retained("info")["schema"], 1);
    EXPECT_TRUE(retained("state").contains("number"));
    EXPECT_EQ(retained("alarm/door-forced-front")["kind"], "door-forced-front");
}

TEST_F(UplinkDocuments, ClearsAnAlarmThatIsOver) {
    start_all();
    stationd->set_alarms({"fire", "tamper-box"});
    ASSERT_TRUE(comes([&] { return !retained("alarm/fire").is_null() && !retained("alarm/tamper-box").is_null(); }));
    stationd->set_alarms({"tamper-box"});
    ASSERT_TRUE(comes([&] { return retained("alarm/fire").is_null(); }));
    EXPECT_FALSE(retained("alarm/tamper-box").is_null());
}

TEST_F(UplinkDocuments, ClearsAlarmsThatWereLeftAtTheBroker) {
    broker.publish(root + "alarm/fire", R"({"name":"fire"})", true);
    broker.publish(root + "alarm/of-last-year", R"({"name":"of-last-year"})", true);
    broker.publish("yizhan/v1/other/alarm/fire", R"({"name":"fire"})", true);
    start_stationd();
    stationd->set_alarms({"fire"});
    start_uplink();
    run(seconds{3});
    EXPECT_TRUE(retained("alarm/of-last-year").is_null());
    EXPECT_EQ(retained("alarm/fire")["kind"], "fire");
    EXPECT_TRUE(broker.retained("yizhan/v1/other/alarm/fire").has_value());
    // It was never cleared on the way.
    EXPECT_TRUE(std::ranges::none_of(
        seen, [](const auto& message) { return message.topic == root + "alarm/fire" && message.payload.empty(); }));
}

TEST_F(UplinkDocuments, ClearsWhatEndedWhileTheConnectionWasBroken) {
    start_all();
    stationd->set_alarms({"fire"});
    ASSERT_TRUE(comes([&] { return !retained("alarm/fire").is_null(); }));
    broker.go_away();
    run(seconds{30});
    stationd->set_alarms({});
    broker.come_back();
    ASSERT_TRUE(comes([&] { return retained("alarm/fire").is_null(); }));
}

TEST_F(UplinkDocuments, ABrokerThatLostEverythingIsToldEverything) {
    start_all();
    stationd->set_alarms({"fire"});
    run(seconds{2});
    broker.restart_empty();
    EXPECT_TRUE(broker.all_retained().empty());
    run(minutes{2});
    EXPECT_EQ(retained("status")["state"], "online");
    EXPECT_FALSE(retained("info").is_null());
    EXPECT_FALSE(retained("state").is_null());
    EXPECT_FALSE(retained("alarm/fire").is_null());
}

TEST_F(UplinkDocuments, StateGoesOutAtMostTwiceASecond) {
    start_all();
    seen.clear();
    for (int i = 0; i < 1000; ++i) {
        stationd->append_records(1);
        stationd->change_state();
        run(milliseconds{10});
    }
    EXPECT_LE(count("state"), 21u);
    EXPECT_GE(count("state"), 15u);
    run(seconds{2});
    EXPECT_EQ(stationd->acknowledged, 1000u);
}

TEST_F(UplinkDocuments, AnIdleStationSaysNothingAllDay) {
    start_all();
    const auto packets = broker.packets();
    run(hours{24});
    EXPECT_EQ(broker.packets(), packets);
    EXPECT_EQ(broker.connects(), 1u);
}

TEST_F(UplinkDocuments, ADayWithOneEventCostsOnlyThatEvent) {
    start_all();
    run(hours{12});
    seen.clear();
    stationd->append_records(1);
    run(hours{12});
    EXPECT_EQ(count("event"), 1u);
    EXPECT_EQ(count("live"), 1u);
    EXPECT_EQ(count("state"), 1u);  // the acknowledgement shows in it
    EXPECT_EQ(seen.size(), 3u);
}

TEST_F(UplinkDocuments, TheLastWillSaysLostAndACleanStopSaysOffline) {
    start_all();
    kill_uplink();
    run(seconds{1});
    EXPECT_EQ(retained("status")["state"], "lost");
    EXPECT_TRUE(retained("status").contains("since"));
    start_uplink();
    run(seconds{5});
    EXPECT_EQ(retained("status")["state"], "online");
    bool stopped = false;
    uplink->stop([&] { stopped = true; });
    ASSERT_TRUE(comes([&] { return stopped; }));
    run(seconds{1});
    EXPECT_EQ(retained("status")["state"], "offline");
    EXPECT_EQ(broker.connections(), 0u);
}

TEST_F(UplinkDocuments, StopsInTimeWithoutABrokerAndWithAStalledOne) {
    for (const bool stalled : {false, true}) {
        start_all();
        (stalled ? broker.faults.stalled : broker.faults.away) = true;
        if (!stalled) broker.cut();
        stationd->append_records(10);
        run(milliseconds{500});
        bool stopped = false;
        const auto before = scheduler.now().mono;
        uplink->stop([&] { stopped = true; });
        ASSERT_TRUE(comes([&] { return stopped; }));
        EXPECT_LE(scheduler.now().mono - before, milliseconds{2500});
        broker.faults = {};
        kill_uplink();
        stop_stationd();
    }
}

TEST_F(UplinkDocuments, SaysOfflineWhileStationdIsAwayForLongerThanARestart) {
    start_all();
    const auto statuses = count("status");
    stop_stationd();
    run(seconds{3});
    EXPECT_EQ(retained("status")["state"], "online");
    EXPECT_EQ(count("status"), statuses);
    run(seconds{3});
    EXPECT_EQ(retained("status")["state"], "offline");
    EXPECT_EQ(retained("status")["reason"], "station-daemon-away");
    start_stationd();
    run(seconds{3});
    EXPECT_EQ(retained("status")["state"], "online");
    EXPECT_FALSE(retained("status").contains("reason"));
}

TEST_F(UplinkDocuments, CarriesACommandToStationdAndItsAnswerBack) {
    start_all();
    const std::string payload = R"({"command":"{\"id\":\"c-17\"}","signature":"00","signer":1})";
    broker.publish(root + "cmd/door", payload, false);
    run(seconds{1});
    ASSERT_EQ(stationd->handed_in.size(), 1u);
    EXPECT_EQ(stationd->handed_in[0]["do"], "command");
    EXPECT_EQ(stationd->handed_in[0]["verb"], "door");
    EXPECT_EQ(stationd->handed_in[0]["payload"], payload) << "byte for byte";
    EXPECT_EQ(stationd->handed_in[0]["retained"], false);
    ASSERT_EQ(count("cmd/door/reply"), 1u);
    EXPECT_EQ(nlohmann::json::parse(seen.back().payload), (nlohmann::json{{"id", "c-17"}, {"ok", true}}));
    EXPECT_FALSE(seen.back().retain);

    stationd->verdict = {{"ok", false}, {"error", {{"code", "refused"}, {"outcome", "command-repeated"}}}};
    broker.publish(root + "cmd/door", payload, false);
    run(seconds{1});
    const auto reply = nlohmann::json::parse(seen.back().payload);
    EXPECT_EQ(reply["id"], "c-17");
    EXPECT_EQ(reply["error"]["outcome"], "command-repeated");
}

TEST_F(UplinkDocuments, CarriesAKeySetToo) {
    start_all();
    broker.publish(root + "cmd/signers", R"({"keys":"","signatures":[]})", false);
    run(seconds{1});
    ASSERT_EQ(stationd->handed_in.size(), 1u);
    EXPECT_EQ(stationd->handed_in[0]["do"], "signers");
    EXPECT_EQ(stationd->handed_in[0]["document"], R"({"keys":"","signatures":[]})");
    EXPECT_EQ(count("cmd/signers/reply"), 1u);
}

TEST_F(UplinkDocuments, ARetainedCommandIsCarriedAsOneSoThatItsRefusalIsRecorded) {
    broker.publish(root + "cmd/door", R"({"id":1})", true);
    broker.publish(root + "cmd/signers", R"({"id":1})", true);
    start_all();
    run(seconds{5});
    ASSERT_EQ(stationd->handed_in.size(), 2u);
    for (const auto& request : stationd->handed_in) {
        EXPECT_EQ(request["do"], "command") << "not even a key set";
        EXPECT_EQ(request["retained"], true);
    }
    EXPECT_EQ(uplink->retained_commands(), 2u);
}

TEST_F(UplinkDocuments, OfACommandThatIsTooLongNoMoreIsCarriedThanIsNeededToRefuseIt) {
    start_all();
    for (const std::string& filling : {std::string("x"), std::string("\x01"), std::string("\xff")}) {
        std::string payload;
        while (payload.size() < 100'000) payload += filling;
        broker.publish(root + "cmd/door", payload, false);
        run(seconds{1});
    }
    ASSERT_EQ(stationd->handed_in.size(), 3u) << "whatever it holds fits into a line";
    for (const auto& request : stationd->handed_in) EXPECT_GT(request["payload"].size(), 0u);
    EXPECT_EQ(stationd->handed_in[0]["payload"].get<std::string>().size(), control_payload_limit + 1);
    EXPECT_EQ(stationd->hellos, 1u);
}

TEST_F(UplinkDocuments, WithoutStationdACommandIsAnsweredAndNotKept) {
    start_all();
    stop_stationd();
    run(seconds{1});
    broker.publish(root + "cmd/door", R"({"command":"{\"id\":\"c-17\"}","signature":"00","signer":1})", false);
    run(seconds{1});
    const auto reply = nlohmann::json::parse(seen.back().payload);
    EXPECT_EQ(reply["id"], "c-17");
    EXPECT_EQ(reply["error"]["code"], "busy");
    start_stationd();
    run(seconds{10});
    EXPECT_TRUE(stationd->handed_in.empty());
}

TEST_F(UplinkDocuments, AFloodOfCommandsIsAnsweredWithinBoundsOnly) {
    start_all();
    for (int i = 0; i < 500; ++i) broker.publish(root + "cmd/unlock", R"({"id":1})", false);
    run(seconds{5});
    EXPECT_EQ(count("cmd/unlock/reply"), 16u);
    EXPECT_EQ(uplink->unanswered_commands(), 500u - 16u);
    EXPECT_TRUE(connected());
}

TEST_F(UplinkDocuments, NoTopicOrPayloadHoldsThePassword) {
    start_all();
    stationd->append_records(5);
    broker.publish(root + "cmd/unlock", R"({"id":1})", false);
    broker.faults.refuses = true;
    broker.cut();
    run(minutes{1});
    for (const auto& message : seen) {
        EXPECT_EQ((message.topic + message.payload).find("not to be seen"), std::string::npos);
    }
    for (const auto& line : told) EXPECT_EQ(line.find("not to be seen"), std::string::npos);
    EXPECT_EQ(stationd->report.dump().find("not to be seen"), std::string::npos);
}

}  // namespace
}  // namespace yizhan
