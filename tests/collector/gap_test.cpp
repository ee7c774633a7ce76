// What the collector does about records that do not come.
#include "firmware/identity/hex.h"
#include "tests/collector/collector_in_time.h"
#include "tools/collector/report.h"
#include "tools/collector/verify.h"

namespace yizhan::collector {
namespace {

// The collector, which has seen what the station's log is said to be.
class GapsInTime : public CollectorInTime {
 protected:
    void tell_log(std::uint64_t stored) {
        broker.publish(root + "state", fmt::format(R"({{"log":{{"epoch":7,"stored":{}}}}})", stored), true);
    }
    std::string flaws_found() const {
        auto database = open_sql(where()).value();
        std::string text;
        const auto found = flaws(*database).value();
        for (const auto& flaw : found) text += fmt::format("{} {};", flaw.what, flaw.seq);
        return text;
    }
    FeedVerdict verdict() const { return verify(*open_sql(where()).value(), std::nullopt).value().at(0); }
};

TEST_F(GapsInTime, AsksForWhatIsMissing) {
    start_collector();
    start_all();
    stationd->append_records(100);
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 100; }));
    // As if the broker had lost a batch on the way: the station is behind it already.
    broker.publish(root + "event", batch_text(151, 160), false);
    run(seconds{1});
    EXPECT_EQ(collector->gaps(), 1u);
    EXPECT_EQ(collector->counts().asked_again, 0u);  // another collector may have it
    run(seconds{2});
    EXPECT_EQ(collector->counts().asked_again, 1u);
    run(minutes{10});
    EXPECT_EQ(collector->counts().asked_again, static_cast<std::uint64_t>(Collector::most_asks));  // ever less often
    EXPECT_EQ(collector->gaps(), 1u) << "it still is one";
}

TEST_F(GapsInTime, AsksForWhatItDroppedOnceTheDatabaseIsBack) {
    start_collector();
    start_all();
    ASSERT_TRUE(open_sql(where()).value()->run("DROP TABLE record"));  // made again when it is opened
    stationd->append_records(100);
    run(seconds{1});
    EXPECT_EQ(collector->counts().database_failures, 1u);
    EXPECT_GT(collector->counts().dropped_messages, 0u);
    EXPECT_EQ(stationd->acknowledged, 0u);
    run(seconds{9});  // the station alone would wait for longer
    EXPECT_EQ(stationd->acknowledged, 100u);
    EXPECT_EQ(stored(), 100u);
}

TEST_F(GapsInTime, AsksForWhatStationsHadWhileItWasNotThere) {
    start_all();
    stationd->append_records(100);
    ASSERT_TRUE(comes([&] { return !stationd->faults.empty() && stationd->faults.back() == "unacknowledged"; }));
    run(hours{5});
    broker.publish(root + "state", R"({"log":{"epoch":7,"stored":100}})", true);
    start_collector();
    run(seconds{15});
    EXPECT_EQ(stationd->acknowledged, 100u);
}

TEST_F(GapsInTime, GoesOnWithoutWhatTheStationHasNoMore) {
    start_collector();
    run(seconds{2});
    const auto before = to_hex(checkpoint(50).hash);
    broker.publish(root + "state", R"({"log":{"epoch":7,"stored":80,"first":51,"before":")" + before + "\"}}", true);
    broker.publish(root + "event", batch_text(51, 70), false);
    std::vector<std::string> asked;
    broker.observe(root + "event/resend", [&](const simulated::BrokerMessage& message) {
        asked.push_back(message.payload);
        broker.publish(root + "event", batch_text(51, 80), false);  // all that it has
    });
    run(minutes{1});
    ASSERT_FALSE(asked.empty()) << "it may be on its way";
    EXPECT_EQ(asked.front(), R"({"epoch":7,"from":1,"to":1})");
    auto database = open_sql(where()).value();
    const auto verdict = verify(*database, std::nullopt).value().at(0);
    EXPECT_EQ(verdict.records, 30u);
    EXPECT_EQ(verdict.missing, 50u);
    EXPECT_EQ(verdict.what, "");
    EXPECT_EQ(collector->counts().flaws, 1u);
}

TEST_F(GapsInTime, GoesOnBehindRecordsThatWereRemovedAtTheStation) {
    start_collector();
    start_stationd();
    stationd->append_records(1000);
    stationd->lacks = {50, 51, 350, 777};
    start_uplink();
    tell_log(1000);
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 1000; }));
    EXPECT_EQ(flaws_found(), "not-sent 50;not-sent 350;not-sent 777;");
    EXPECT_EQ(verdict().what, "");
    EXPECT_EQ(verdict().records, 996u);
    EXPECT_EQ(verdict().missing, 4u);
    EXPECT_EQ(verdict().hole, 777u);
    EXPECT_FALSE(verdict().good());
    EXPECT_EQ(told("it passes over them"), 3u);
    stationd->append_records(100);
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 1100; }));
    EXPECT_EQ(collector->gaps(), 0u);
}

TEST_F(GapsInTime, GoesOnBehindTheFirstRecordsThatWereRemoved) {
    start_collector();
    run(seconds{2});
    tell_log(20);
    broker.observe(root + "event/resend",
                   [&](const simulated::BrokerMessage&) { broker.publish(root + "event", batch_text(3, 20), false); });
    broker.publish(root + "event", batch_text(3, 20), false);
    run(minutes{1});
    EXPECT_EQ(flaws_found(), "not-sent 1;");
    EXPECT_EQ(verdict().records, 18u);
}

TEST_F(GapsInTime, WhatAStationThatIsAwayHasNotSentIsNotMissing) {
    start_collector();
    run(seconds{2});
    tell_log(40);
    broker.publish(root + "event", batch_text(1, 10), false);
    broker.publish(root + "event", batch_text(21, 30), false);
    run(hours{48});
    EXPECT_EQ(flaws_found(), "");
    EXPECT_EQ(collector->gaps(), 1u);
    broker.publish(root + "event", batch_text(11, 40), false);
    run(seconds{1});
    EXPECT_EQ(verdict().records, 40u);
    EXPECT_EQ(collector->gaps(), 0u);
}

TEST_F(GapsInTime, WhatIsLostOnItsWayThoughItIsSentAgainIsNotMissing) {
    start_collector();
    run(seconds{2});
    tell_log(40);
    broker.publish(root + "event", batch_text(1, 10), false);
    broker.observe(root + "event/resend", [&](const simulated::BrokerMessage&) {
        broker.publish(root + "event", batch_text(21, 30), false);  // 10 to 20 do not arrive
    });
    broker.publish(root + "event", batch_text(21, 30), false);
    run(hours{1});
    EXPECT_EQ(flaws_found(), "");
    EXPECT_EQ(verdict().records, 10u);
}

TEST_F(GapsInTime, AStationThatIgnoresWhatItIsAskedForIsToldOnceWithTheCure) {
    start_collector();
    run(seconds{2});
    tell_log(10'000);
    broker.publish(root + "event", batch_text(1, 10), false);
    for (std::uint64_t first = 21; first < 1000; first += 10) {
        broker.publish(root + "event", batch_text(first, first + 9), false);
        run(seconds{7});
    }
    EXPECT_EQ(told("test does not send again what is missing from record 11 on"), 1u);
    EXPECT_EQ(flaws_found(), "");
    EXPECT_EQ(collector->gaps(), 1u);
}

TEST_F(GapsInTime, WhatAnotherCollectorHasStoredMeanwhileIsNotAskedFor) {
    start_collector();
    run(seconds{2});
    broker.publish(root + "event", batch_text(11, 20), false);
    run(seconds{1});
    EXPECT_EQ(collector->gaps(), 1u);
    auto other = open_sql(where()).value();
    std::vector<FeedBatch> first;
    first.push_back(batch(1, 10, "test"));
    ASSERT_TRUE(store(*other, std::move(first), autumn));
    run(minutes{1});
    EXPECT_EQ(collector->counts().asked_again, 0u);
    EXPECT_EQ(collector->gaps(), 0u);
}

TEST_F(GapsInTime, AFeedThatMovesOnIsNotAskedForWhatIsToCome) {
    start_collector();
    run(seconds{2});
    tell_log(1000);
    kill_collector();
    start_collector();
    run(seconds{2});  // it learns what the station has, and then gets it bit by bit
    for (std::uint64_t first = 1; first < 1000; first += 10) {
        broker.publish(root + "event", batch_text(first, first + 9), false);
        run(seconds{3});
    }
    EXPECT_EQ(collector->counts().records, 1000u);
    EXPECT_LE(collector->counts().asked_again, 1u) << "before anything came";
    EXPECT_EQ(collector->gaps(), 0u);
}

}  // namespace
}  // namespace yizhan::collector
