#include "tests/unit/uplink/uplink_world.h"

namespace yizhan {
namespace {

// Delivery::collector: a centre that has stored what comes without a hole, and says so.
class UplinkToCollector : public UplinkWorld {
 protected:
    UplinkToCollector() {
        options.delivery = Delivery::collector;
        broker.observe(root + "event", [this](const simulated::BrokerMessage& message) {
            ++batches;
            if (!listens || (!centre_at.empty() && message.host != centre_at)) return;
            const auto batch = nlohmann::json::parse(message.payload);
            if (lose > 0) {
                --lose;
                return;
            }
            take(batch["records"].front()["seq"], batch["records"].back()["seq"]);
        });
    }

    void take(std::uint64_t first, std::uint64_t last) {
        if (first > stored + 1) return ask_for(stored + 1, first - 1);
        stored = std::max(stored, last);
        if (acknowledges) acknowledge(stored);
    }
    void acknowledge(std::uint64_t upto, std::uint32_t epoch = 7) {
        broker.publish(root + "event/ack", nlohmann::json{{"epoch", epoch}, {"upto", upto}}.dump(), false);
    }
    void ask_for(std::uint64_t from, std::uint64_t to, std::uint32_t epoch = 7) {
        broker.publish(root + "event/resend", nlohmann::json{{"epoch", epoch}, {"from", from}, {"to", to}}.dump(),
                       false);
    }

    // Of more than comes, once it has begun to.
    std::uint64_t stored_of_a_backlog_within(milliseconds time) {
        start_stationd();
        stationd->append_records(40'000);
        start_uplink();
        run(seconds{6});
        const auto before = stored;
        run(time);
        return stored - before;
    }

    bool listens = true;
    std::string centre_at;  // one of the broker's names; empty: all
    bool acknowledges = true;
    int lose = 0;  // batches
    std::uint64_t stored = 0;
    std::uint64_t batches = 0;  // that the broker took
};

TEST_F(UplinkToCollector, OnlyTheCentresWordMarksRecordsAsDelivered) {
    acknowledges = false;
    start_all();
    stationd->append_records(250);
    run(seconds{10});
    EXPECT_GT(stored, 0u);
    EXPECT_EQ(stationd->acknowledged, 0u);
    acknowledge(stored);
    run(seconds{1});
    EXPECT_EQ(stationd->acknowledged, 100u);
}

TEST_F(UplinkToCollector, BringsEveryRecordOnceAndInOrderWhileNothingBreaks) {
    start_stationd();
    stationd->append_records(25'000);
    start_uplink();
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 25'000; }));
    EXPECT_EQ(stored, 25'000u);
    EXPECT_EQ(batches, 250u);
    EXPECT_TRUE(std::ranges::is_sorted(stationd->acks));
    EXPECT_EQ(fault(), "");
}

TEST_F(UplinkToCollector, TheWindowBeginsWithOneBatchAndWidensByEachThatIsAcknowledged) {
    acknowledges = false;
    start_stationd();
    stationd->append_records(10'000);
    start_uplink();
    run(seconds{9});
    EXPECT_EQ(batches, 1u);
    acknowledge(100);
    run(seconds{1});
    EXPECT_EQ(batches, 3u);
    acknowledge(300);
    run(seconds{1});
    EXPECT_EQ(batches, 7u);
    for (const std::uint64_t upto : {700U, 1500U, 2800U}) {
        acknowledge(upto);
        run(seconds{1});
    }
    EXPECT_EQ(batches, 28u + FeedWindow::capacity);
}

TEST_F(UplinkToCollector, ACentreThatIsSilentIsNamedAndAskedLessAndLessOften) {
    listens = false;
    start_all();
    stationd->append_records(5000);
    ASSERT_TRUE(comes([&] { return fault() == "unacknowledged"; }));
    EXPECT_TRUE(connected());
    run(hours{1});
    const auto before = batches;
    run(hours{10});
    EXPECT_LE(batches - before, 80u);  // one batch each 7.5 to 15 minutes
    EXPECT_GE(batches - before, 40u);
    EXPECT_EQ(fault(), "unacknowledged");
    EXPECT_EQ(broker.connects(), 1u);
    listens = true;
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 5000; }));
    EXPECT_EQ(stored, 5000u);
    ASSERT_TRUE(comes([&] { return fault().empty(); }));
}

TEST_F(UplinkToCollector, ACentreThatIsAtTheOtherBrokerIsFoundThere) {
    options.second_broker = BrokerAddress{.host = "second.example", .port = 8883};
    centre_at = "second.example";
    start_all();
    stationd->append_records(500);
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 500; }));
    EXPECT_EQ(broker.connects(), 2u);
    EXPECT_LT(scheduler.now().mono.time_since_epoch(), minutes{2});
    EXPECT_EQ(stored, 500u);
    ASSERT_TRUE(comes([&] { return fault().empty() && connected(); }));
    EXPECT_EQ(std::ranges::count(stationd->faults, "lost"), 0);
    run(hours{10});
    EXPECT_EQ(broker.connects(), 2u);
    centre_at = "broker.example";
    stationd->append_records(10);
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 510; }));
    EXPECT_EQ(broker.connects(), 3u);
}

TEST_F(UplinkToCollector, ACentreThatIsAtNeitherBrokerIsLookedForLessAndLessOften) {
    options.second_broker = BrokerAddress{.host = "second.example", .port = 8883};
    listens = false;
    start_all();
    stationd->append_records(5000);
    run(hours{1});
    const auto before = broker.connects();
    run(hours{10});
    EXPECT_LE(broker.connects() - before, 80u);
    EXPECT_GE(broker.connects() - before, 40u);
    EXPECT_LE(told.size(), 3u);
    listens = true;
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 5000; }));
    EXPECT_EQ(stored, 5000u);
}

TEST_F(UplinkToCollector, WhatTheBrokerLosesIsAskedForAndComesInOrder) {
    start_all();
    stationd->append_records(1000);
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 1000; }));
    lose = 3;
    stationd->append_records(2000);
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 3000; }));
    EXPECT_EQ(stored, 3000u);
    EXPECT_EQ(holes, 0u);
}

TEST_F(UplinkToCollector, AnAcknowledgementThatIsLostComesAgainWithTheBatch) {
    start_all();
    acknowledges = false;
    stationd->append_records(50);
    run(seconds{5});
    EXPECT_EQ(stored, 50u);
    acknowledges = true;
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 50; }));
    EXPECT_EQ(batches, 2u);
}

TEST_F(UplinkToCollector, BelievesOnlyAcknowledgementsOfThisLog) {
    acknowledges = false;
    start_all();
    stationd->append_records(50);
    run(seconds{6});
    acknowledge(50, 8);
    for (const auto* junk : {"", "{", "[]", "{\"epoch\":7}", "{\"epoch\":7,\"upto\":-1}",
                             "{\"epoch\":\"7\",\"upto\":50}", "{\"epoch\":4294967303,\"upto\":50}"}) {
        broker.publish(root + "event/ack", junk, false);
        broker.publish(root + "event/resend", junk, false);
    }
    broker.publish(root + "event/ack", "{\"epoch\":7,\"upto\":50,\"x\":\"" + std::string(600, 'x') + "\"}", false);
    run(seconds{3});
    EXPECT_EQ(stationd->acknowledged, 0u);
    acknowledge(50);
    run(seconds{1});
    EXPECT_EQ(stationd->acknowledged, 50u);
    acknowledge(30);  // an old one, late
    run(seconds{1});
    EXPECT_EQ(stationd->acks, std::vector<std::uint64_t>{50});
}

TEST_F(UplinkToCollector, ACentreThatHasMoreThanTheStationKnowsOfIsBelievedAsFarAsRecordsAreOut) {
    start_all();
    stationd->append_records(2500);
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 2500; }));
    stop_stationd();
    start_stationd();
    stationd->append_records(2500);
    stationd->acknowledged = 76;  // as if the acknowledgements had not reached its disk
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 2500; }));
    EXPECT_EQ(std::ranges::count(stationd->acks, 176), 1);
}

TEST_F(UplinkToCollector, ACentreThatWasRestoredFromABackupGetsWhatItLacksAgain) {
    start_all();
    stationd->append_records(1000);
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 1000; }));
    stored = 400;
    stationd->append_records(10);
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 1010; }));
    EXPECT_EQ(stored, 1010u);
}

TEST_F(UplinkToCollector, AStationThatHasNothingNewIsAskedForWhatABackupLacksAfterABreakToo) {
    start_all();
    stationd->append_records(1000);
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 1000; }));
    broker.cut();
    ASSERT_TRUE(comes([&] { return broker.connects() == 2; }));
    run(minutes{1});
    stored = 400;
    ask_for(401, 1000, 6);
    ask_for(401, 1000, 8);
    ask_for(1001, 1001);
    run(minutes{1});
    EXPECT_EQ(stored, 400u);
    ask_for(401, 401);
    ASSERT_TRUE(comes([&] { return stored == 1000; }));
    EXPECT_EQ(repeated, 600u);
}

TEST_F(UplinkToCollector, AsksThatComeTooFastAreNotFollowed) {
    start_all();
    stationd->append_records(500);
    ASSERT_TRUE(comes([&] { return stationd->acknowledged == 500; }));
    const auto before = batches;
    for (int i = 0; i < 1000; ++i) {
        ask_for(1, 500);
        ask_for(1, 500, 6);  // an epoch that was
        ask_for(501, 600);  // and records that are not yet
        run(milliseconds{10});
    }
    EXPECT_LE(batches - before, 11u * 5u);
    EXPECT_GE(batches - before, 5u);
    EXPECT_EQ(stationd->acknowledged, 500u);
}

TEST_F(UplinkToCollector, ABacklogDoesNotExceedItsRate) {
    options.catch_up_rate = 200;
    const auto came = stored_of_a_backlog_within(seconds{30});
    EXPECT_LE(came, 6'200u);
    EXPECT_GE(came, 5'000u);
}

TEST_F(UplinkToCollector, ARateWhosePausesAreNoWholeMillisecondsIsKeptAsWell) {
    options.catch_up_rate = 1'900;
    const auto came = stored_of_a_backlog_within(seconds{10});
    EXPECT_LE(came, 19'100u);
    EXPECT_GE(came, 15'000u);
}

TEST_F(UplinkToCollector, AnAlarmOvertakesABacklog) {
    start_stationd();
    stationd->append_records(100'000);
    start_uplink();
    ASSERT_TRUE(comes([&] { return stored > 20'000; }));
    seen.clear();
    stationd->set_alarms({"tamper"});
    stationd->change_state();
    ASSERT_TRUE(comes([&] { return count("alarm/tamper") > 0; }));
    EXPECT_LT(stored, 40'000u);
    const auto alarm = std::ranges::find(seen, root + "alarm/tamper", &simulated::BrokerMessage::topic);
    const auto before = std::ranges::count(seen.begin(), alarm, root + "event", &simulated::BrokerMessage::topic);
    EXPECT_LE(before, static_cast<std::ptrdiff_t>(2 * FeedWindow::capacity));
}

TEST_F(UplinkToCollector, StationsThatComeBackTogetherDoNotBeginTogether) {
    std::vector<std::chrono::nanoseconds> began;
    start_stationd();
    start_uplink();
    for (int i = 0; i < 20; ++i) {
        run(seconds{10});
        broker.cut();
        ASSERT_TRUE(comes([&] { return connected() && broker.connections() == 1; }));
        stationd->append_records(100);
        const Mono connected_at = scheduler.now().mono;
        const auto before = batches;
        ASSERT_TRUE(comes([&] { return batches > before; }));
        began.push_back(scheduler.now().mono - connected_at);
    }
    const auto [first, last] = std::ranges::minmax(began);
    EXPECT_GT(last - first, seconds{2});
    EXPECT_LE(last, Uplink::catch_up_spread + seconds{1});
}

}  // namespace
}  // namespace yizhan
