#include "tests/unit/uplink/uplink_world.h"

namespace yizhan {
namespace {

using UplinkFeed = UplinkWorld;

TEST_F(UplinkFeed, BringsEveryRecordOnceAndInOrderWhileNothingBreaks) {
    start_stationd();
    stationd->append_records(5000);
    start_uplink();
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 5000; }));
    EXPECT_EQ(new_ones, 5000u);
    EXPECT_EQ(repeated, 0u);
    EXPECT_EQ(holes, 0u);
    EXPECT_TRUE(std::ranges::is_sorted(stationd->acks));
}

TEST_F(UplinkFeed, HasAtMostEightBatchesUnanswered) {
    start_all();
    stationd->batch = 1;
    stationd->append_records(50);
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 50; }));
    run(seconds{1});
    broker.faults.stalled = true;  // takes and answers nothing
    stationd->append_records(200);
    run(seconds{15});
    EXPECT_EQ(broker.unanswered(), FeedWindow::most_unanswered);
    EXPECT_EQ(stationd->acknowledged, 50u);
}

TEST_F(UplinkFeed, ABrokerOfWhichNothingIsKnownYetIsSentOneBatch) {
    start_stationd();
    stationd->append_records(5000);
    broker.faults.stalled = true;
    start_uplink();
    run(seconds{15});
    const std::size_t documents = 3;  // status, info, state
    EXPECT_EQ(broker.unanswered(), documents + 1);
}

TEST_F(UplinkFeed, TheWindowWidensOnAFastBroker) {
    start_all();
    stationd->batch = 10;
    stationd->append_records(2000);
    std::size_t most = 0;
    ASSERT_TRUE(comes([&] {
        most = std::max(most, broker.unanswered());
        return stationd->acknowledged == 2000;
    }));
    EXPECT_GE(most, FeedWindow::most_unanswered);
}

// A batch takes two seconds.
TEST_F(UplinkFeed, OnASlowLinkAnAlarmWaitsForOneBatchAtMost) {
    start_stationd();
    stationd->append_records(2'000);
    broker.faults.bytes_per_second = 5000;
    start_uplink();
    for (int i = 0; i < 5; ++i) {
        const auto before = count("event");
        ASSERT_TRUE(comes([&] { return count("event") == before + 1; }));
        run(seconds{1});
        const std::string name = "tamper-" + std::to_string(i);
        stationd->set_alarms({name});
        const auto batches = count("event");
        ASSERT_TRUE(comes([&] { return count("alarm/" + name) == 1; }));
        EXPECT_LE(count("event") - batches, 1u);
    }
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 2'000; }));
    EXPECT_EQ(broker.connects(), 1u);
    EXPECT_EQ(repeated, 0u);
}

TEST_F(UplinkFeed, AcknowledgesNothingBeforeTheBrokerHasTakenIt) {
    start_all();
    broker.latency = seconds{2};
    stationd->append_records(10);
    run(milliseconds{3900});
    EXPECT_EQ(new_ones, 10u);
    EXPECT_EQ(stationd->acknowledged, 0u);
    run(milliseconds{200});
    EXPECT_EQ(stationd->acknowledged, 10u);
}

TEST_F(UplinkFeed, SendsAgainWhatWasUnansweredWhenTheConnectionBroke) {
    start_stationd();
    stationd->batch = 10;
    stationd->append_records(1000);
    start_uplink();
    for (int i = 0; i < 20; ++i) {
        run(seconds{3});
        broker.cut();
        stationd->append_records(100);
    }
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 3000; }));
    EXPECT_EQ(new_ones, 3000u);
    EXPECT_EQ(holes, 0u);
}

TEST_F(UplinkFeed, LosesNothingWhenItIsKilledAgainAndAgain) {
    start_stationd();
    stationd->batch = 10;
    stationd->append_records(500);
    for (int i = 0; i < 30; ++i) {
        start_uplink();
        run(milliseconds{90 + 13 * i});
        kill_uplink();
        stationd->append_records(10);
    }
    start_uplink();
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 800; }));
    EXPECT_EQ(new_ones, 800u);
    EXPECT_EQ(holes, 0u);
    EXPECT_GT(repeated, 0u);  // the test would otherwise not have met the window
}

TEST_F(UplinkFeed, LosesNothingWhenStationdIsRestarted) {
    start_stationd();
    stationd->append_records(300);
    start_uplink();
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 300; }));
    stop_stationd();
    run(seconds{10});
    start_stationd();
    stationd->append_records(400);
    stationd->acknowledged = 250;  // as if the last acknowledgement had not reached its disk
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 400; }));
    EXPECT_EQ(new_ones, 400u);
    EXPECT_EQ(holes, 0u);
}

TEST_F(UplinkFeed, ARefusedBatchIsNamedKeptAndSentAgainInOrder) {
    start_all();
    broker.faults.denied_publish = {root + "event"};
    stationd->append_records(450);
    ASSERT_TRUE(comes([&] { return fault() == "publish-refused"; }));
    EXPECT_TRUE(connected());
    EXPECT_NE(stationd->report["detail"].get<std::string>().find(root + "event"), std::string::npos);
    run(hours{1});
    EXPECT_EQ(fault(), "publish-refused");
    EXPECT_EQ(stationd->acknowledged, 0u);
    // It does not hammer: once a minute or so after the first few.
    const auto messages = broker.messages();
    run(hours{1});
    EXPECT_LE(broker.messages() - messages, 121u);
    EXPECT_GE(broker.messages() - messages, 60u);
    broker.faults.denied_publish.clear();
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 450; }));
    EXPECT_EQ(holes, 0u);
    EXPECT_EQ(new_ones, 450u);
    ASSERT_TRUE(comes([&] { return fault().empty(); }));
}

TEST_F(UplinkFeed, WhatNobodyListensToStaysTheStationsAndComesOnceSomebodyDoes) {
    start_all();
    stationd->append_records(10);
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 10; }));
    broker.faults.unheard_publish = {root + "event"};
    stationd->append_records(5000);
    ASSERT_TRUE(comes([&] { return fault() == "unacknowledged"; }));
    EXPECT_TRUE(connected());
    EXPECT_NE(stationd->report["detail"].get<std::string>().find(root + "event"), std::string::npos);
    run(hours{1});
    EXPECT_EQ(fault(), "unacknowledged");
    EXPECT_EQ(stationd->acknowledged, 10u);
    // A batch a minute or so, and everything else as ever.
    const auto messages = broker.messages();
    run(hours{1});
    EXPECT_LE(broker.messages() - messages, 121u);
    EXPECT_GE(broker.messages() - messages, 60u);
    stationd->set_alarms({"fire"});
    run(seconds{2});
    EXPECT_FALSE(retained("alarm/fire").is_null());
    broker.faults.unheard_publish.clear();
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 5010; }));
    EXPECT_EQ(new_ones, 5010u);
    EXPECT_EQ(holes, 0u);
    ASSERT_TRUE(comes([&] { return fault().empty(); }));
}

TEST_F(UplinkFeed, ACentreWithoutACollectorGetsWhatItLacksAgainToo) {
    start_all();
    stationd->append_records(1000);
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 1000; }));
    broker.publish(root + "event/ack", R"({"epoch":7,"upto":1000})", false);  // it has no say here
    broker.publish(root + "event/resend", R"({"epoch":7,"from":401,"to":1000})", false);
    ASSERT_TRUE(comes([&] { return repeated == 600; }));
    stationd->append_records(10);
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 1010; }));
    EXPECT_EQ(holes, 0u);
    EXPECT_EQ(fault(), "");
}

TEST_F(UplinkFeed, ABrokerThatAnswersTwiceChangesNothing) {
    start_stationd();
    stationd->batch = 3;
    stationd->append_records(100);
    broker.faults.acks_twice = true;
    start_uplink();
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 100; }));
    EXPECT_EQ(repeated, 0u);
    EXPECT_TRUE(connected());
}

TEST_F(UplinkFeed, AnAnswerOfAFormerConnectionAcknowledgesNothing) {
    start_all();
    broker.faults.acks_late = true;
    stationd->append_records(10);
    run(milliseconds{100});
    ASSERT_EQ(new_ones, 10u);
    broker.faults.denied_publish = {root + "event"};
    broker.cut();
    ASSERT_TRUE(comes([&] { return broker.connects() == 2; }));
    run(seconds{10});  // the late answers have come
    EXPECT_EQ(stationd->acknowledged, 0u);
}

TEST_F(UplinkFeed, AsksAgainWhenStationdLeavesOutARecord) {
    start_all();
    stationd->append_records(100);
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 100; }));
    stationd->skip_a_record = true;
    stationd->append_records(100);
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 200; }));
    EXPECT_EQ(holes, 0u);
    EXPECT_EQ(repeated, 0u);
    EXPECT_EQ(stationd->hellos, 1u);
}

TEST_F(UplinkFeed, GoesOnBehindWhatTheLogLacks) {
    start_stationd();
    for (std::uint64_t seq = 1; seq <= 50; ++seq) stationd->lacks.insert(seq);  // from its beginning
    for (const std::uint64_t seq : {120U, 121U, 199U, 200U, 201U, 450U}) stationd->lacks.insert(seq);
    for (std::uint64_t seq = 502; seq <= 700; seq += 2) stationd->lacks.insert(seq);
    stationd->append_records(1000);
    start_uplink();
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 1000; }));
    std::vector<std::uint64_t> in_the_log;
    for (std::uint64_t seq = 1; seq <= 1000; ++seq) {
        if (!stationd->lacks.contains(seq)) in_the_log.push_back(seq);
    }
    EXPECT_EQ(received, in_the_log);
    EXPECT_EQ(stationd->hellos, 1u);
    // Each of its pages that lacks some twice.
    EXPECT_LE(stationd->subscriptions, 20u);
}

TEST_F(UplinkFeed, ARefusedAcknowledgementDoesNotTurnIntoAStorm) {
    start_all();
    stationd->refuse_acks = true;
    stationd->append_records(10);
    run(minutes{1});
    EXPECT_LE(stationd->hellos, 62u);
    stationd->refuse_acks = false;
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 10; }));
}

TEST_F(UplinkFeed, FollowsAReplacedLog) {
    start_all();
    stationd->append_records(10);
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 10; }));
    connector->cut();
    stationd->replace_log(8);
    new_ones = 0;
    stationd->append_records(5);
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 5; }));
    EXPECT_EQ(new_ones, 5u);
}

TEST_F(UplinkFeed, KeepsNothingOfALongBacklogInMemoryWhileTheBrokerIsAway) {
    start_stationd();
    broker.faults.away = true;
    stationd->append_records(100000);
    start_uplink();
    run(minutes{10});
    EXPECT_FALSE(stationd->following());
    EXPECT_EQ(stationd->subscriptions, 0u);
}

TEST_F(UplinkFeed, ShowsRecordsLiveAsTheyHappen) {
    start_all();
    stationd->append_records(3);
    run(seconds{1});
    EXPECT_EQ(count("live"), 3u);
    EXPECT_TRUE(std::ranges::all_of(seen, [](const auto& m) { return m.topic != root + "live" || m.qos == 0; }));
}

}  // namespace
}  // namespace yizhan
