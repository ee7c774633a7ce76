// A station's uplink, a broker and the collector, in simulated time, over a database that is real.
#include "tools/collector/collector.h"

#include "tests/collector/collector_in_time.h"
#include "tools/collector/metrics.h"
#include "tools/collector/verify.h"

namespace yizhan::collector {
namespace {

TEST_F(CollectorInTime, BringsABacklogIntoTheDatabaseAndThenAcknowledges) {
    start_collector();
    start_stationd();
    stationd->append_records(5000);
    start_uplink();
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 5000; }));
    EXPECT_EQ(stored(), 5000u);
    EXPECT_EQ(collector->counts().records, 5000u);
    EXPECT_EQ(collector->counts().repeated, 0u);
}

TEST_F(CollectorInTime, LosesAndDoublesNothingHoweverOftenAnybodyIsKilled) {
    start_collector();
    start_stationd();
    stationd->batch = 10;
    start_uplink();
    for (int i = 0; i < 60; ++i) {
        stationd->append_records(40);
        run(milliseconds{300 + 97 * i});
        if (i % 3 == 0) {
            kill_collector();
            run(milliseconds{i % 2 == 0 ? 1 : 4000});
            start_collector();
        } else if (i % 3 == 1) {
            broker.cut();
        } else {
            kill_uplink();
            start_uplink();
        }
    }
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 2400; }));
    EXPECT_EQ(stored(), 2400u);
}

TEST_F(CollectorInTime, AcknowledgesNothingWhileTheDatabaseIsAway) {
    database_away = true;
    start_collector();
    start_all();
    stationd->append_records(300);
    run(minutes{5});
    EXPECT_EQ(stationd->acknowledged, 0u);
    EXPECT_FALSE(collector->connected());
    EXPECT_EQ(collector->counts().dropped_messages, 0u);
    EXPECT_GT(collector->counts().database_failures, 3u);
    EXPECT_LT(collector->counts().database_failures, 20u);  // less and less often
    EXPECT_FALSE(collector->has_database());
    database_away = false;
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 300; }));
    EXPECT_EQ(stored(), 300u);
}

TEST_F(CollectorInTime, ADatabaseThatOpensAndStoresNothingIsTriedLessAndLessOften) {
    start_collector();
    run(seconds{2});
    auto database = open_sql(where()).value();
    ASSERT_TRUE(database->run("CREATE TRIGGER full BEFORE INSERT ON record BEGIN SELECT RAISE(FAIL, 'full'); END"));
    for (int i = 0; i < 1200; ++i) {
        broker.publish(root + "event", batch_text(1, 10), false);
        run(seconds{1});
    }
    EXPECT_GT(collector->counts().database_failures, 5u);
    EXPECT_LT(collector->counts().database_failures, 60u);
    ASSERT_TRUE(database->run("DROP TRIGGER full"));
    ASSERT_TRUE(comes([&] {
        broker.publish(root + "event", batch_text(1, 10), false);
        return stored() == 10;
    }));
}

TEST_F(CollectorInTime, ABadMessageIsToldOnceForEachStationAndLosesNothing) {
    start_collector();
    start_all();
    const auto before = collector->counts().bad_messages;
    for (int i = 0; i < 50; ++i) {
        for (const auto* junk : {"{", "[]", "{\"epoch\":7}", "{\"epoch\":7,\"records\":[]}",
                                 "{\"epoch\":7,\"records\":[{\"seq\":0,\"time\":1,\"type\":\"x\"}]}",
                                 "{\"epoch\":-1,\"records\":[{\"seq\":1,\"time\":1,\"type\":\"x\"}]}",
                                 "{\"epoch\":7,\"records\":[{\"seq\":1,\"time\":\"1\",\"type\":\"x\"}]}",
                                 "{\"epoch\":7,\"records\":[{\"seq\":1,\"time\":1,\"type\":\"\\u0000\"}]}"}) {
            broker.publish("yizhan/v1/odd/event", junk, false);
            broker.publish("yizhan/v1/O dd/event", junk, false);
        }
        run(milliseconds{100});
    }
    EXPECT_EQ(collector->counts().bad_messages - before, 400u);
    EXPECT_EQ(told("yizhan/v1/odd/event"), 1u);
    stationd->append_records(10);
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 10; }));
}

TEST_F(CollectorInTime, ComparesWhatTheStationSigns) {
    start_collector();
    run(seconds{2});
    broker.publish("yizhan/v1/one/event", batch_text(1, 50), false);
    const auto state = [](const Checkpoint& signed_one) {
        return nlohmann::json{{"log", {{"epoch", 7}, {"stored", 50}, {"checkpoint", checkpoint_document(signed_one)}}}}
            .dump();
    };
    for (int i = 0; i < 5; ++i) broker.publish("yizhan/v1/one/state", state(checkpoint(50)), true);
    run(seconds{1});
    EXPECT_EQ(collector->counts().checkpoints, 1u);
    EXPECT_EQ(collector->counts().flaws, 0u);
    auto database = open_sql(where()).value();
    EXPECT_EQ(verify(*database, "one").value().at(0).sealed, 50u);
    broker.publish("yizhan/v1/one/state", state(checkpoint(40, "two")), true);
    broker.publish("yizhan/v1/one/state", state(checkpoint(51, "one", 7, 9)), true);
    run(seconds{1});
    EXPECT_EQ(collector->counts().flaws, 1u);
    EXPECT_EQ(told("what one has signed"), 1u);
}

TEST_F(CollectorInTime, TellsOnEachConnectionWhatItMayNotSay) {
    broker.faults.denied_publish = {"yizhan/v1/+/event/ack"};
    start_collector();
    start_all();
    for (int i = 0; i < 10; ++i) {
        stationd->append_records(100);
        run(seconds{40});
    }
    EXPECT_EQ(stationd->acknowledged, 0u);
    EXPECT_EQ(collector->counts().acknowledgements, 0u);
    EXPECT_GT(collector->counts().refused_messages, 1u);
    EXPECT_EQ(told("the broker refuses messages on yizhan/v1/+/event/ack"), 1u);
    EXPECT_EQ(metrics_text(*collector).find("refused_messages_total 0\n"), std::string::npos);
    broker.faults.denied_publish.clear();
    broker.cut();
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 1000; }));
    EXPECT_GT(collector->counts().acknowledgements, 0u);
}

TEST_F(CollectorInTime, SubscribesAgainLessAndLessOftenToWhatItMayNotHear) {
    broker.faults.denied_subscribe = {"yizhan/v1/+/event"};
    start_collector();
    start_all();
    stationd->append_records(100);
    const auto before = broker.packets();
    run(minutes{30});
    EXPECT_LT(broker.packets() - before, 200u);
    EXPECT_EQ(told("the broker refuses a subscription to yizhan/v1/+/event"), 1u);
    broker.faults.denied_subscribe.clear();
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 100; }));
    EXPECT_EQ(broker.connects(), 2u) << "the station's and this one's";
}

TEST_F(CollectorInTime, AcknowledgesAllStationsThoughTheyNeverAllFindRoom) {
    start_collector();
    run(seconds{2});
    broker.latency = milliseconds{2000};
    std::set<std::string> served;
    broker.observe("yizhan/v1/+/event/ack", [&](const auto& message) { served.insert(message.topic); });
    constexpr int stations = 300;
    for (int round = 0; round < 20; ++round) {
        for (int i = 0; i < stations; ++i) {
            broker.publish(fmt::format("yizhan/v1/s{:03}/event", i), batch_text(1, 1), false);
        }
        run(seconds{1});
    }
    EXPECT_EQ(served.size(), static_cast<std::size_t>(stations));
}

TEST_F(CollectorInTime, TellsPrometheusWhatItHasDone) {
    start_collector();
    start_all();
    stationd->append_records(70);
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 70; }));
    const auto text = metrics_text(*collector);
    EXPECT_NE(text.find("\nyizhan_collector_records_total 70\n"), text.npos) << text;
    EXPECT_NE(text.find("\nyizhan_collector_connected 1\n"), text.npos);
    EXPECT_EQ(text.find("last_stored_timestamp_seconds 0\n"), text.npos);
    EXPECT_EQ(text.find("test"), text.npos);
}

}  // namespace
}  // namespace yizhan::collector
