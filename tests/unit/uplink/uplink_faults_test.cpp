#include "tests/unit/uplink/uplink_world.h"

namespace yizhan {
namespace {

class UplinkFaults : public UplinkWorld {
 protected:
    // By which name the uplink knows the broker to which it has spoken last.
    std::string host_heard_of() const {
        const auto last = std::ranges::find_if(seen.rbegin(), seen.rend(),
                                               [](const simulated::BrokerMessage& one) { return !one.host.empty(); });
        return last != seen.rend() ? last->host : std::string();
    }
};

struct NamedFault {
    bool simulated::BrokerFaults::* fault;
    const char* name;
};
constexpr NamedFault named_faults[] = {{&simulated::BrokerFaults::dead_dns, "dns"},
                                       {&simulated::BrokerFaults::away, "connect"},
                                       {&simulated::BrokerFaults::bad_certificate, "tls"},
                                       {&simulated::BrokerFaults::refuses, "auth"},
                                       {&simulated::BrokerFaults::stalled, "stalled"}};

TEST_F(UplinkFaults, EachIsNamedAndClearedFromTheStartAndAfterABreak) {
    start_stationd();
    start_uplink();
    for (const bool from_the_start : {true, false}) {
        for (const auto& [fault_member, name] : named_faults) {
            broker.faults.*fault_member = true;
            if (from_the_start) {
                kill_uplink();
                start_uplink();
            } else {
                broker.cut();
            }
            ASSERT_TRUE(comes([&] { return fault() == name; })) << name;
            EXPECT_FALSE(connected()) << name;
            EXPECT_FALSE(stationd->report["detail"].get<std::string>().empty()) << name;
            run(minutes{5});
            EXPECT_EQ(fault(), name);
            broker.faults.*fault_member = false;
            ASSERT_TRUE(comes([&] { return connected(); })) << name;
            EXPECT_EQ(fault(), "") << name;
            EXPECT_EQ(retained("status")["state"], "online") << name;
        }
    }
}

TEST_F(UplinkFaults, ABrokenConnectionIsNamedAtOnce) {
    start_all();
    ASSERT_TRUE(connected());
    broker.cut();
    run(milliseconds{100});
    EXPECT_FALSE(connected());
    EXPECT_EQ(fault(), "lost");
    EXPECT_EQ(retained("status")["state"], "lost");
    ASSERT_TRUE(comes([&] { return connected(); }));
    EXPECT_EQ(retained("status")["state"], "online");
}

TEST_F(UplinkFaults, ABrokerThatStopsAnsweringIsLeftAfterTwentySeconds) {
    start_all();
    broker.faults.stalled = true;
    stationd->append_records(1);
    run(milliseconds{19900});
    EXPECT_EQ(broker.connects(), 1u);
    EXPECT_TRUE(connected());
    run(seconds{1});
    EXPECT_EQ(fault(), "stalled");
    EXPECT_FALSE(connected());
}

TEST_F(UplinkFaults, ABrokerThatIsOnlySilentWhileNothingIsSaidIsNotStalled) {
    start_all();
    broker.faults.stalled = true;
    run(hours{2});
    EXPECT_EQ(broker.connects(), 1u);
    EXPECT_EQ(fault(), "");
}

TEST_F(UplinkFaults, ABrokerThatTakesUsInAndDropsUsIsLeftForTheOther) {
    options.second_broker = BrokerAddress{.host = "second.example", .port = 8883};
    start_stationd();
    start_uplink();
    for (const auto* host : {"broker.example", "second.example", "broker.example"}) {
        for (int life = 0; life < BrokerLink::most_short_lives; ++life) {
            ASSERT_TRUE(comes([&] { return broker.connections() == 1; }));
            run(BrokerLink::short_life - seconds{1});
            EXPECT_EQ(host_heard_of(), host) << life;
            broker.cut();
        }
    }
    run(hours{10});
    EXPECT_EQ(host_heard_of(), "second.example");
    EXPECT_EQ(broker.connects(), 10u);
}

TEST_F(UplinkFaults, ABrokerThatTakesUsInAndDropsUsIsTriedEverMoreRarely) {
    start_stationd();
    start_uplink();
    const Mono end = scheduler.now().mono + hours{1};
    while (scheduler.now().mono < end) {
        ASSERT_TRUE(comes([&] { return broker.connections() == 1; }));
        run(seconds{1});
        broker.cut();
    }
    EXPECT_GE(broker.connects(), 60u);
    EXPECT_LE(broker.connects(), 130u);
    // One connection that lasts, and the next break is a break like any other.
    ASSERT_TRUE(comes([&] { return broker.connections() == 1; }));
    run(BrokerLink::short_life);
    broker.cut();
    run(Backoff::shortest + milliseconds{100});
    EXPECT_EQ(broker.connections(), 1u);
}

TEST_F(UplinkFaults, ABrokerWhoseConnectionsLastForAWhileIsNotLeft) {
    options.second_broker = BrokerAddress{.host = "second.example", .port = 8883};
    start_stationd();
    start_uplink();
    for (int life = 0; life < 100; ++life) {
        ASSERT_TRUE(comes([&] { return broker.connections() == 1; }));
        // Every third one: never enough in a row.
        run(BrokerLink::short_life + seconds{life % BrokerLink::most_short_lives == 0 ? 1 : -1});
        EXPECT_EQ(host_heard_of(), "broker.example") << life;
        broker.cut();
    }
}

TEST_F(UplinkFaults, ARefusedSubscriptionIsNamedAndTriedAgain) {
    broker.faults.denied_subscribe = {root + "cmd/+"};
    start_all();
    ASSERT_TRUE(comes([&] { return fault() == "subscription-refused"; }));
    EXPECT_TRUE(connected());
    run(minutes{10});
    EXPECT_EQ(fault(), "subscription-refused");
    // Said once, not at each try.
    EXPECT_EQ(stationd->faults.back(), "subscription-refused");
    EXPECT_LE(stationd->faults.size(), 3u);
    broker.faults.denied_subscribe.clear();
    ASSERT_TRUE(comes([&] { return fault().empty(); }));
    broker.publish(root + "cmd/unlock", "{}", false);
    run(seconds{1});
    EXPECT_EQ(count("cmd/unlock/reply"), 1u);
}

TEST_F(UplinkFaults, ARefusedDocumentIsNamedAndTheOthersGoOn) {
    broker.faults.denied_publish = {root + "info"};
    start_all();
    ASSERT_TRUE(comes([&] { return fault() == "publish-refused"; }));
    stationd->append_records(10);
    run(seconds{5});
    EXPECT_EQ(stationd->acknowledged, 10u);
    EXPECT_EQ(fault(), "publish-refused");
    EXPECT_FALSE(retained("state").is_null());
    broker.faults.denied_publish.clear();
    ASSERT_TRUE(comes([&] { return fault().empty(); }));
    EXPECT_FALSE(retained("info").is_null());
}

TEST_F(UplinkFaults, NeverGivesUp) {
    start_stationd();
    broker.faults.away = true;
    start_uplink();
    run(hours{24 * 30});
    broker.come_back();
    run(seconds{62});
    EXPECT_TRUE(connected());
}

TEST_F(UplinkFaults, TellsAStationdThatCameLaterWhatIsWrong) {
    broker.faults.dead_dns = true;
    start_uplink();
    run(minutes{1});
    start_stationd();
    run(seconds{3});
    EXPECT_EQ(fault(), "dns");
    EXPECT_FALSE(connected());
}

TEST_F(UplinkFaults, AStationdThatIsAwayIsTriedEverySecond) {
    start_uplink();
    run(minutes{10});
    EXPECT_EQ(retained("status")["state"], "offline");
    start_stationd();
    run(milliseconds{1500});
    EXPECT_EQ(stationd->hellos, 1u);
    EXPECT_EQ(retained("status")["state"], "online");
    EXPECT_TRUE(connected());
}

TEST_F(UplinkFaults, TheJournalIsToldOnceOfEachFault) {
    start_stationd();
    broker.faults.away = true;
    start_uplink();
    run(hours{10});
    EXPECT_LE(told.size(), 2u);
}

TEST_F(UplinkFaults, StallsInTheControlSocketDoNotHurtTheBrokersSide) {
    start_all();
    connector->stall_server(true);
    run(minutes{10});
    EXPECT_EQ(broker.connects(), 1u);
    connector->stall_server(false);
    stationd->append_records(5);
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 5; }));
}

TEST_F(UplinkFaults, ControlBytesMayComeInAnySplit) {
    start_stationd();
    stationd->append_records(300);
    stationd->batch = 7;
    start_uplink();
    connector->set_chunk(3);
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 300; }));
    EXPECT_EQ(repeated, 0u);
}

TEST_F(UplinkFaults, TwoBrokersAreTriedInTurnAndAConnectionStaysWhereItIs) {
    options.second_broker = BrokerAddress{.host = "second.example", .port = 8883};
    broker.faults.deaf_hosts = {"broker.example"};
    start_all();
    ASSERT_TRUE(comes([&] { return connected(); }));
    stationd->append_records(10);
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 10; }));
    broker.faults.deaf_hosts = {"second.example"};
    run(hours{1});
    EXPECT_EQ(broker.connects(), 1u);
    broker.cut();
    ASSERT_TRUE(comes([&] { return broker.connects() == 2; }));
    broker.faults.deaf_hosts = {"broker.example", "second.example"};
    broker.cut();
    ASSERT_TRUE(comes([&] { return fault() == "connect"; }));
    run(minutes{10});
    broker.faults.deaf_hosts = {"second.example"};
    ASSERT_TRUE(comes([&] { return connected(); }));
    stationd->append_records(10);
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 20; }));
}

}  // namespace
}  // namespace yizhan
