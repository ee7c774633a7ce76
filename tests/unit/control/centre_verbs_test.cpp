// What the centre has signed, on the control socket: whoever carries it, its signature counts and nothing else.
#include <gtest/gtest.h>

#include "tests/support/centre_keys.h"
#include "tests/unit/control/bench.h"

namespace yizhan::test {
namespace {

using testing::key_of;

class CentreVerbs : public ::testing::Test {
 protected:
    CentreVerbs() {
        SignerSet set{.version = 1, .expires = Wall(hours{1'000'000})};
        set.signers.push_back({.number = 1, .key = key_of(1).public_key(), .roles = {true, false, false}});
        set.signers.push_back({.number = 2, .key = key_of(2).public_key(), .roles = {false, true, true}});
        world.station.signer_set = set;
    }
    std::string signed_command(const std::string& verb, json arguments, std::uint8_t signer = 1) const {
        const SignedCommand command{
            .mandate = {.signer = signer, .sequence = 7, .not_before = start_wall, .expires = start_wall + hours{1}},
            .station = "test-station",
            .id = "c-17",
            .verb = verb,
            .arguments = to_canonical(arguments)};
        return testing::signed_command(command);
    }
    std::string outcome_of(const json& reply) const {
        return reply.contains("error") ? reply["error"].value("outcome", reply["error"]["code"].get<std::string>())
                                       : "done";
    }

    World world;
    const json unlock{{"door", "front"}, {"action", "unlock"}};
};

TEST_F(CentreVerbs, ASignedCommandIsTheCentresWhoeverCarriesIt) {
    for (const auto& who : {uplink(), maintainer(), root()}) {
        Client client(world, who);
        EXPECT_EQ(outcome_of(client.ask({{"do", "command"}, {"payload", signed_command("door", unlock)}})), "done");
        const Command& command = world.station.commands.back();
        EXPECT_TRUE(std::holds_alternative<UnlockDoor>(command.what));
        EXPECT_EQ(command.actor, (Actor{ActorRole::centre, 1}));
        ASSERT_TRUE(command.mandate);
        EXPECT_EQ(command.mandate->sequence, 7u);
        EXPECT_EQ(command.mandate->not_before, start_wall);
        EXPECT_EQ(command.mandate->expires, start_wall + hours{1});
    }
    EXPECT_TRUE(world.station.refused_commands.empty());
}

TEST_F(CentreVerbs, WhatComesBesideItIsNot) {
    Client client(world, maintainer());
    client.ask({{"do", "command"}, {"payload", signed_command("door", unlock)}});
    client.ask({{"do", "door"}, {"door", "front"}, {"action", "lock"}});
    EXPECT_EQ(world.station.commands.back().actor.role, ActorRole::maintenance);
    EXPECT_FALSE(world.station.commands.back().mandate);
}

TEST_F(CentreVerbs, OnlyUplinkAndMaintenanceMayCarryOne) {
    Client client(world, onlooker());
    EXPECT_EQ(outcome_of(client.ask({{"do", "command"}, {"payload", signed_command("door", unlock)}})),
              "not-permitted");
    EXPECT_EQ(outcome_of(client.ask({{"do", "signers"}, {"document", "x"}})), "not-permitted");
    EXPECT_TRUE(world.station.commands.empty());
    EXPECT_TRUE(world.station.signer_documents.empty());
}

TEST_F(CentreVerbs, TheUplinkStillMayNothingByItself) {
    Client client(world, uplink());
    EXPECT_EQ(outcome_of(client.ask({{"do", "door"}, {"door", "front"}, {"action", "unlock"}})), "not-permitted");
    EXPECT_TRUE(world.station.commands.empty());
}

TEST_F(CentreVerbs, EachVerbNeedsItsRole) {
    Client client(world, uplink());
    for (const auto& [verb, arguments] : {std::pair<std::string, json>{"door", unlock},
                                          {"outlet", {{"outlet", "a"}, {"action", "off"}}},
                                          {"mode", {{"mode", "lockdown"}}},
                                          {"occupancy", {{"count", 3}}}}) {
        EXPECT_EQ(outcome_of(client.ask({{"do", "command"}, {"payload", signed_command(verb, arguments)}})), "done")
            << verb;
        EXPECT_EQ(outcome_of(client.ask({{"do", "command"}, {"payload", signed_command(verb, arguments, 2)}})),
                  "signer-may-not")
            << verb;
    }
    EXPECT_EQ(world.station.commands.size(), 4u);
}

TEST_F(CentreVerbs, NoOtherVerbIsTakenFromTheCentre) {
    Client client(world, uplink());
    for (const char* verb :
         {"hello", "status", "sim", "ack", "members", "enrol", "command", "signers", "config", "", "x"}) {
        EXPECT_EQ(outcome_of(client.ask({{"do", "command"}, {"payload", signed_command(verb, json::object())}})),
                  "command-malformed")
            << verb;
    }
    EXPECT_TRUE(world.station.commands.empty());
}

TEST_F(CentreVerbs, WhatIsRefusedIsToldToStationWithItsReason) {
    Client client(world, uplink());
    const auto good = signed_command("door", unlock);
    const auto refuses = [&](json request, Outcome why, std::uint32_t signer) {
        world.station.refused_commands.clear();
        EXPECT_EQ(outcome_of(client.ask(std::move(request))), text_of(why).code);
        EXPECT_EQ(world.station.refused_commands, (std::vector<FakeStation::RefusedCommand>{{why, signer}}));
    };
    refuses({{"do", "command"}, {"payload", "open the door"}}, Outcome::command_not_signed, 0);
    refuses({{"do", "command"}, {"payload", good}, {"retained", true}}, Outcome::command_retained, 0);
    refuses({{"do", "command"}, {"payload", good}, {"verb", "mode"}}, Outcome::command_malformed, 1);
    refuses({{"do", "command"}, {"payload", std::string(9000, 'x')}}, Outcome::command_too_long, 0);
    auto forged = json::parse(good);
    forged["signer"] = 2;
    refuses({{"do", "command"}, {"payload", forged.dump()}}, Outcome::signature_wrong, 0);
    world.station.signer_set.reset();
    refuses({{"do", "command"}, {"payload", good}}, Outcome::signer_unknown, 0);
    EXPECT_TRUE(world.station.commands.empty());
}

TEST_F(CentreVerbs, ASignedNonsenseIsNamedAndCounted) {
    Client client(world, uplink());
    EXPECT_EQ(outcome_of(client.ask(
                  {{"do", "command"}, {"payload", signed_command("door", {{"door", "attic"}, {"action", "unlock"}})}})),
              "not-found");
    EXPECT_EQ(outcome_of(client.ask({{"do", "command"}, {"payload", signed_command("door", json::object())}})),
              "bad-request");
    json more = unlock;
    more["second"] = 5;
    EXPECT_EQ(outcome_of(client.ask({{"do", "command"}, {"payload", signed_command("door", more)}})),
              "command-malformed")
        << "a name that nobody knows means something";
    EXPECT_EQ(world.station.refused_commands.size(), 3u);
    EXPECT_TRUE(world.station.commands.empty());
}

TEST_F(CentreVerbs, ItsAnswerIsStations) {
    Client client(world, uplink());
    world.station.refusal = Outcome::command_repeated;
    EXPECT_EQ(outcome_of(client.ask({{"do", "command"}, {"payload", signed_command("door", unlock)}})),
              "command-repeated");
    world.station.hold_answers = true;
    for (int i = 0; i < 16; ++i)
        client.send({{"id", 100 + i}, {"do", "command"}, {"payload", signed_command("door", unlock)}});
    world.run(seconds{1});
    EXPECT_EQ(outcome_of(client.ask({{"do", "command"}, {"payload", signed_command("door", unlock)}})), "busy");
}

TEST_F(CentreVerbs, AKeySetIsHandedInAsItCame) {
    Client client(world, uplink());
    const json reply = client.ask({{"do", "signers"}, {"document", "good"}});
    EXPECT_EQ(reply["version"], 3);
    EXPECT_EQ(reply["keys"], 1);
    const json refused = client.ask({{"do", "signers"}, {"document", "bad"}});
    EXPECT_EQ(refused["error"]["code"], "failed");
    EXPECT_EQ(refused["error"]["what"], "key set: version 1, the station has 2");
    EXPECT_EQ(world.station.signer_documents, (std::vector<std::string>{"good", "bad"}));
}

}  // namespace
}  // namespace yizhan::test
