#include <gtest/gtest.h>

#include <list>

#include "tests/unit/control/bench.h"

namespace yizhan::test {
namespace {

void set_people(World& world, std::uint16_t count) {
    State state = world.station.state;
    state.anonymous = count;
    world.station.become(state);
}

std::uint64_t people_in(const json& push) { return push["state"]["occupancy"]["count"].get<std::uint64_t>(); }

TEST(ControlState, ComesAtOnceThenOnChangeAtMostTwiceASecond) {
    World world;
    Client client(world, onlooker());
    client.ask({{"do", "subscribe"}, {"state", true}});
    ASSERT_EQ(client.take_pushes("state").size(), 1u);
    world.run(seconds{10});
    EXPECT_TRUE(client.take_pushes("state").empty());

    set_people(world, 1);  // after a quiet time: at once
    world.run();
    auto pushes = client.take_pushes("state");
    ASSERT_EQ(pushes.size(), 1u);
    EXPECT_EQ(people_in(pushes[0]), 1u);

    for (std::uint16_t i = 0; i < 100; ++i) {  // for two seconds
        set_people(world, static_cast<std::uint16_t>(2 + i));
        world.run(milliseconds{20});
    }
    world.run(seconds{1});
    pushes = client.take_pushes("state");
    EXPECT_GE(pushes.size(), 3u);
    EXPECT_LE(pushes.size(), 5u);
    EXPECT_EQ(people_in(pushes.back()), 101u);
}

TEST(ControlState, IsNotSentWhenNothingInItHasChanged) {
    World world;
    Client client(world, onlooker());
    client.ask({{"do", "subscribe"}, {"state", true}});
    client.take_pushes("state");
    for (int i = 0; i < 10; ++i) {
        world.server.on_changed();
        world.run(seconds{10});
    }
    EXPECT_TRUE(client.take_pushes("state").empty());
}

TEST(ControlState, AnIdleStationTakesNoTurns) {
    World world;
    Client client(world, onlooker());
    client.ask({{"do", "subscribe"}, {"state", true}, {"live", true}, {"records_after", 0}});
    world.run(seconds{2});
    const auto steps = world.scheduler.steps();
    world.run(hours{1});
    EXPECT_EQ(world.scheduler.steps(), steps);
}

TEST(ControlState, SaysWhenTheClockIsTrustedNoMore) {
    World world;
    Client client(world, onlooker());
    client.ask({{"do", "subscribe"}, {"state", true}});
    world.run(seconds{1});
    client.take_pushes("state");
    world.scheduler.set_wall_trusted(false);
    world.loop.run_turn();
    world.run();
    const auto pushes = client.take_pushes("state");
    ASSERT_EQ(pushes.size(), 1u);
    EXPECT_FALSE(pushes[0]["state"]["clock"]["trusted"].get<bool>());
}

TEST(ControlLive, RecordsComeAsTheyHappen) {
    World world;
    Client client(world, onlooker());
    client.ask({{"do", "subscribe"}, {"live", true}});
    world.station.store(3);
    world.run();
    const auto pushes = client.take_pushes("live");
    ASSERT_EQ(pushes.size(), 3u);
    EXPECT_EQ(pushes[0]["record"]["seq"], 1);
    EXPECT_EQ(pushes[0]["record"]["epoch"], 77);
    EXPECT_FALSE(pushes[0].contains("dropped"));
}

TEST(ControlLive, TheOldestAreDroppedAndCountedWhenTooManyComeAtOnce) {
    World world;
    Client client(world, onlooker());
    client.ask({{"do", "subscribe"}, {"live", true}});
    world.station.store(1000);
    world.run();
    const auto pushes = client.take_pushes("live");
    ASSERT_EQ(pushes.size(), 256u);
    EXPECT_EQ(pushes[0]["dropped"], 744);
    EXPECT_EQ(pushes[0]["record"]["seq"], 745);
    EXPECT_EQ(pushes.back()["record"]["seq"], 1000);
}

TEST(ControlClients, OneThatDoesNotReadIsDroppedAndTheOthersNoticeNothing) {
    World world;
    Client slow(world, onlooker());
    Client other(world, maintainer());
    for (auto* client : {&slow, &other}) client->ask({{"do", "subscribe"}, {"live", true}});
    slow.stall(true);
    std::uint64_t stored = 0;
    while (world.server.clients_dropped() == 0 && stored < 20'000) {
        world.station.store(100);
        stored += 100;
        world.run();
    }
    EXPECT_EQ(world.server.clients_dropped(), 1u);
    // It took what may wait and what the kernel holds, not more.
    EXPECT_LT(stored * 250, control_send_limit + 2 * simulated::Stream::kernel_buffer + 300'000);
    EXPECT_EQ(other.take_pushes("live").size(), stored);
    EXPECT_FALSE(other.closed());
    EXPECT_EQ(error_code(other.ask({{"do", "info"}})), "ok");
    slow.stall(false);
    world.run();
    EXPECT_TRUE(slow.closed());
}

TEST(ControlClients, OneThatOnlyAsksAndNeverReadsIsDroppedToo) {
    World world;
    Client slow(world, onlooker());
    slow.stall(true);
    for (int i = 0; i < 4000 && world.server.clients_dropped() == 0; ++i) {
        slow.send({{"id", 1}, {"do", "status"}});
        world.run();
    }
    EXPECT_EQ(world.server.clients_dropped(), 1u);
}

TEST(ControlClients, OneTooManyIsToldAndClosed) {
    World world;
    std::list<Client> clients;
    for (std::size_t i = 0; i < control_client_limit; ++i) clients.emplace_back(world, root());
    for (auto& client : clients) EXPECT_EQ(error_code(client.ask({{"do", "info"}})), "ok");
    Client extra(world, root());
    world.run(seconds{1});
    const auto replies = extra.take_replies();
    ASSERT_EQ(replies.size(), 1u);
    EXPECT_EQ(replies[0]["id"], 0);
    EXPECT_EQ(error_code(replies[0]), "busy");
    EXPECT_TRUE(extra.closed());
    clients.pop_front();
    world.run();
    Client next(world, root());
    EXPECT_EQ(error_code(next.ask({{"do", "info"}})), "ok");
}

TEST(ControlClients, OneUserCannotShutOutTheOthers) {
    World world;
    std::list<Client> clients;
    for (std::size_t i = 0; i < control_client_limit; ++i) clients.emplace_back(world, uplink());
    Client person(world, maintainer());
    EXPECT_EQ(error_code(person.ask({{"do", "info"}})), "ok");
}

TEST(ControlClients, ComeAndGoWithoutTrace) {
    World world;
    for (int i = 0; i < 200; ++i) {
        Client client(world, root());
        client.ask({{"do", "subscribe"}, {"state", true}, {"live", true}, {"records_after", 0}});
        if (i % 2 == 0) client.send_text("{\"id\":1,");  // in the middle of a line
        if (i % 3 == 0) client.send({{"id", 9}, {"do", "log"}});
    }
    world.run();
    world.station.store(10);
    world.run(seconds{1});
    EXPECT_EQ(world.server.clients_dropped(), 0u);
    Client client(world, root());
    EXPECT_EQ(error_code(client.ask({{"do", "info"}})), "ok");
}

// Records, state and status of a station that has seen the secret card everywhere it could.
TEST(ControlPrivacy, NoCredentialLeavesTheStation) {
    World world;
    State state;
    state.inside.push_back({.id = 0x1234, .credential = secret_credential(), .group = 0, .doubtful = false});
    state.doors[0].passages.push_back(
        {.visit = 0x1234, .credential = secret_credential(), .group = 0, .leaving = false});
    world.station.become(state);
    Client client(world, root());
    client.ask({{"do", "subscribe"}, {"state", true}, {"live", true}, {"records_after", 0}});
    world.station.store(20);
    world.run(seconds{2});
    for (const char* verb : {"status", "info", "config", "log"}) client.ask({{"do", verb}});
    EXPECT_FALSE(client.take_pushes("live").empty());
    EXPECT_FALSE(client.take_pushes("records").empty());
    EXPECT_NE(client.heard().find("0000000000001234"), std::string::npos);  // the visit does
    EXPECT_EQ(client.heard().find("abab"), std::string::npos);
    EXPECT_EQ(client.heard().find("5ec2e700"), std::string::npos);
    EXPECT_EQ(client.heard().find(std::to_string(0x5ec2e700)), std::string::npos);
    EXPECT_EQ(client.heard().find("credential"), std::string::npos);
}

}  // namespace
}  // namespace yizhan::test
