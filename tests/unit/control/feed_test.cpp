#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/unit/control/bench.h"

namespace yizhan::test {
namespace {

std::vector<std::uint64_t> take_seqs(Client& client) {
    std::vector<std::uint64_t> seqs;
    for (const auto& push : client.take_pushes("records")) {
        EXPECT_EQ(push["epoch"], 77);
        EXPECT_LE(push["records"].size(), feed_batch_limit);
        EXPECT_LE(push.dump().size(), control_line_limit);
        for (const auto& record : push["records"]) seqs.push_back(record["seq"].get<std::uint64_t>());
    }
    return seqs;
}

bool counts_up(const std::vector<std::uint64_t>& seqs, std::uint64_t first) {
    for (std::size_t i = 0; i < seqs.size(); ++i) {
        if (seqs[i] != first + i) return false;
    }
    return true;
}

RC_GTEST_PROP(ControlFeed, EveryRecordComesOnceAndInOrderHoweverPagesAndCommitsMeet, ()) {
    World world;
    world.station.hold_queries = true;
    world.station.store(*rc::gen::inRange<std::size_t>(0, 300));
    const auto after = *rc::gen::inRange<std::uint64_t>(0, world.station.log.stored + 1);
    Client client(world, uplink());
    RC_ASSERT(error_code(client.ask({{"do", "subscribe"}, {"records_after", after}})) == "ok");
    std::vector<std::uint64_t> seqs;
    const auto steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 6));
    for (const int step : steps) {
        switch (step) {
            case 0:
                world.station.store(*rc::gen::inRange<std::size_t>(1, 150));
                break;
            case 1:
                if (world.station.held_queries() > 0) world.station.serve_held_query();
                break;
            case 2:
                client.stall(true);
                break;
            case 3:
                client.stall(false);
                break;
            case 4:
                world.station.queries_fail = !world.station.queries_fail;
                break;
            default:
                world.run(milliseconds{700});
        }
        RC_ASSERT(world.station.held_queries() <= 1);
        for (const auto seq : take_seqs(client)) seqs.push_back(seq);
    }
    client.stall(false);
    world.station.queries_fail = false;
    world.station.hold_queries = false;
    while (world.station.held_queries() > 0) world.station.serve_held_query();
    world.run(seconds{10});
    for (const auto seq : take_seqs(client)) seqs.push_back(seq);
    RC_ASSERT(!client.closed());
    RC_ASSERT(counts_up(seqs, after + 1));
    RC_ASSERT(seqs.size() == world.station.log.stored - after);
}

TEST(ControlFeed, BeginsAfterWhatTheCentreHas) {
    World world;
    world.station.store(30);
    world.station.log.acknowledged = 20;
    Client client(world, uplink());
    const auto reply = client.ask({{"do", "subscribe"}, {"records_after", "acknowledged"}});
    EXPECT_EQ(reply["after"], 20);
    EXPECT_EQ(reply["epoch"], 77);
    world.run();
    const auto seqs = take_seqs(client);
    ASSERT_EQ(seqs.size(), 10u);
    EXPECT_EQ(seqs.front(), 21u);
}

TEST(ControlFeed, AskingAnewStartsOverAndThrowsAwayThePageUnderWay) {
    World world;
    world.station.hold_queries = true;
    world.station.store(50);
    Client client(world, uplink());
    client.ask({{"do", "subscribe"}, {"records_after", 40}});
    client.ask({{"do", "subscribe"}, {"records_after", 10}});
    world.station.serve_held_query();
    world.run();
    EXPECT_TRUE(take_seqs(client).empty());
    world.station.serve_held_query();
    world.run();
    const auto seqs = take_seqs(client);
    EXPECT_EQ(seqs.size(), 40u);
    EXPECT_TRUE(counts_up(seqs, 11));
}

TEST(ControlFeed, UnsubscribingEndsIt) {
    World world;
    Client client(world, uplink());
    client.ask({{"do", "subscribe"}, {"records_after", 0}, {"live", true}, {"state", true}});
    client.ask({{"do", "unsubscribe"}});
    client.take_pushes("state");
    world.station.store(5);
    world.run(seconds{2});
    EXPECT_TRUE(client.take_pushes("records").empty());
    EXPECT_TRUE(client.take_pushes("live").empty());
    EXPECT_TRUE(client.take_pushes("state").empty());
}

TEST(ControlFeed, WaitsForAClientThatDoesNotReadAndHoldsLittleForIt) {
    World world;
    Client client(world, uplink());
    client.ask({{"do", "subscribe"}, {"records_after", 0}});
    client.stall(true);
    world.station.store(5'000);
    world.run(minutes{1});
    const auto asked = world.station.queries;
    EXPECT_LT(asked, 20u);
    world.run(minutes{10});
    EXPECT_EQ(world.station.queries, asked);
    EXPECT_EQ(world.server.clients_dropped(), 0u);
    client.stall(false);
    world.run(minutes{2});
    const auto seqs = take_seqs(client);
    EXPECT_EQ(seqs.size(), 5'000u);
    EXPECT_TRUE(counts_up(seqs, 1));
}

TEST(ControlFeed, ALogRequestGoesFirstAndASecondOneIsBusy) {
    World world;
    world.station.hold_queries = true;
    world.station.store(5);
    Client client(world, uplink());
    client.ask({{"do", "subscribe"}, {"records_after", 0}});
    client.send({{"id", 50}, {"do", "log"}, {"limit", 2}});
    client.send({{"id", 51}, {"do", "log"}, {"limit", 2}});
    world.run();
    const auto busy = client.take_replies();
    ASSERT_EQ(busy.size(), 1u);
    EXPECT_EQ(busy[0]["id"], 51);
    EXPECT_EQ(error_code(busy[0]), "busy");
    world.station.serve_held_query();  // the feed's
    world.run();
    EXPECT_EQ(take_seqs(client).size(), 5u);
    world.station.serve_held_query();
    world.run();
    const auto replies = client.take_replies();
    ASSERT_EQ(replies.size(), 1u);
    EXPECT_EQ(replies[0]["records"].size(), 2u);
    EXPECT_TRUE(replies[0]["more"].get<bool>());
}

TEST(ControlLog, GoesUpwardsFromAfterAndDownwardsFromBefore) {
    World world;
    world.station.store(10);
    Client client(world, onlooker());
    const auto up = client.ask({{"do", "log"}, {"after", 3}, {"limit", 3}});
    ASSERT_EQ(up["records"].size(), 3u);
    EXPECT_EQ(up["records"][0]["seq"], 4);
    EXPECT_TRUE(up["more"].get<bool>());
    const auto newest = client.ask({{"do", "log"}, {"before", 0}, {"limit", 3}});
    EXPECT_EQ(newest["records"][0]["seq"], 10);
    const auto rest = client.ask({{"do", "log"}, {"before", 4}, {"limit", 3}});
    EXPECT_EQ(rest["records"][2]["seq"], 1);
    EXPECT_FALSE(rest["more"].get<bool>());
}

TEST(ControlLog, AReplyNeverOutgrowsALine) {
    World world;
    world.station.config.doors[0].name = std::string(2000, 'd');
    world.station.store(250);
    Client client(world, onlooker());
    std::uint64_t after = 0;
    bool more = true;
    while (more) {
        const auto reply = client.ask({{"do", "log"}, {"after", after}, {"limit", 250}});
        ASSERT_EQ(error_code(reply), "ok");
        EXPECT_LE(reply.dump().size(), control_line_limit);
        ASSERT_EQ(reply["records"][0]["seq"], after + 1);
        after += reply["records"].size();
        more = reply["more"].get<bool>();
    }
    EXPECT_EQ(after, 250u);
}

TEST(ControlLog, AFailedQuerySaysWhy) {
    World world;
    world.station.queries_fail = true;
    Client client(world, onlooker());
    const auto reply = client.ask({{"do", "log"}});
    EXPECT_EQ(error_code(reply), "failed");
    EXPECT_EQ(reply["error"]["what"], "the disk is gone");
}

}  // namespace
}  // namespace yizhan::test
