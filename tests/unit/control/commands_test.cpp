#include <gtest/gtest.h>

#include "tests/unit/control/bench.h"

namespace yizhan::test {
namespace {

template <class What>
const What* last_command(const FakeStation& station) {
    return station.commands.empty() ? nullptr : std::get_if<What>(&station.commands.back().what);
}

TEST(ControlCommands, BecomeWhatStationUnderstands) {
    World world;
    Client client(world, maintainer());
    EXPECT_EQ(error_code(client.ask({{"do", "door"}, {"door", "back"}, {"action", "unlock"}, {"seconds", 9}})), "ok");
    const auto* unlock = last_command<UnlockDoor>(world.station);
    ASSERT_TRUE(unlock);
    EXPECT_EQ(unlock->door, DoorIndex{1});
    EXPECT_EQ(unlock->release, seconds{9});
    EXPECT_EQ(world.station.commands.back().actor, (Actor{ActorRole::maintenance, 1000}));

    client.ask({{"do", "door"}, {"door", "front"}, {"action", "hold"}});
    EXPECT_TRUE(last_command<HoldDoor>(world.station));
    client.ask({{"do", "door"}, {"door", "front"}, {"action", "lock"}});
    EXPECT_TRUE(last_command<LockDoor>(world.station));

    client.ask({{"do", "outlet"}, {"outlet", "b"}, {"action", "on"}});
    const auto* outlet = last_command<SwitchOutlet>(world.station);
    ASSERT_TRUE(outlet);
    EXPECT_TRUE(outlet->on && outlet->outlet == OutletIndex{1});

    client.ask({{"do", "mode"}, {"mode", "service"}, {"minutes", 30}});
    const auto* mode = last_command<SetMode>(world.station);
    ASSERT_TRUE(mode);
    EXPECT_EQ(mode->mode, Mode::service);
    EXPECT_EQ(mode->lasts, minutes{30});

    client.ask({{"do", "occupancy"}, {"count", 4}});
    const auto* occupancy = last_command<SetOccupancy>(world.station);
    ASSERT_TRUE(occupancy);
    EXPECT_EQ(occupancy->count, 4);
}

TEST(ControlCommands, AnAlarmIsAcknowledgedByTheNameTheDocumentsGiveIt) {
    World world;
    State state;
    state.alarms.push_back({.kind = AlarmKind::tamper, .input = InputIndex{1}});
    world.station.become(state);
    Client client(world, maintainer());
    EXPECT_EQ(error_code(client.ask({{"do", "alarm"}, {"alarm", "tamper"}, {"action", "acknowledge"}})), "not-found");
    EXPECT_EQ(error_code(client.ask({{"do", "alarm"}, {"alarm", "tamper-box"}, {"action", "acknowledge"}})), "ok");
    const auto* acknowledged = last_command<AcknowledgeAlarm>(world.station);
    ASSERT_TRUE(acknowledged);
    EXPECT_EQ(acknowledged->alarm.kind, AlarmKind::tamper);
    EXPECT_EQ(acknowledged->alarm.input, InputIndex{1});
    EXPECT_FALSE(acknowledged->alarm.door);
}

TEST(ControlCommands, WrongArgumentsAreNamedAndNothingIsDone) {
    const std::vector<std::pair<json, std::string>> wrong{
        {{{"do", "door"}, {"action", "unlock"}}, "field door"},
        {{{"do", "door"}, {"door", 1}, {"action", "unlock"}}, "field door"},
        {{{"do", "door"}, {"door", "front"}}, "field action"},
        {{{"do", "door"}, {"door", "front"}, {"action", "kick"}}, "field action"},
        {{{"do", "door"}, {"door", "front"}, {"action", "unlock"}, {"seconds", 0}}, "field seconds"},
        {{{"do", "door"}, {"door", "front"}, {"action", "unlock"}, {"seconds", "5"}}, "field seconds"},
        {{{"do", "door"}, {"door", "front"}, {"action", "unlock"}, {"seconds", -5}}, "field seconds"},
        {{{"do", "door"}, {"door", "front"}, {"action", "unlock"}, {"seconds", 1e9}}, "field seconds"},
        {{{"do", "door"}, {"door", "front"}, {"action", "hold"}, {"seconds", 5}}, "field seconds"},
        {{{"do", "outlet"}, {"outlet", "a"}, {"action", true}}, "field action"},
        {{{"do", "alarm"}, {"alarm", "tamper-box"}, {"action", "silence"}}, "field action"},
        {{{"do", "mode"}, {"mode", "party"}}, "field mode"},
        {{{"do", "mode"}, {"mode", "closed"}, {"minutes", 100000}}, "field minutes"},
        {{{"do", "occupancy"}}, "field count"},
        {{{"do", "occupancy"}, {"count", 65536}}, "field count"},
        {{{"do", "occupancy"}, {"count", 1.0}}, "field count"},
        {{{"do", "enrol"}, {"reader", "front-in"}, {"action", "start"}, {"minutes", 61}}, "field minutes"},
        {{{"do", "hello"}, {"version", 1}}, "field role"},
        {{{"do", "hello"}, {"role", "maintenance"}}, "field version"},
        {{{"do", "hello"}, {"role", "maintenance"}, {"version", 2}}, "field version"},
        {{{"do", "hello"}, {"role", "king"}, {"version", 1}}, "field role"},
        {{{"do", "subscribe"}, {"state", 1}}, "field state"},
        {{{"do", "subscribe"}, {"live", "yes"}}, "field live"},
        {{{"do", "subscribe"}, {"records_after", -1}}, "field records_after"},
        {{{"do", "subscribe"}, {"records_after", "all"}}, "field records_after"},
        {{{"do", "subscribe"}, {"records_after", 1}}, "field records_after"},
        {{{"do", "log"}, {"limit", 0}}, "field limit"},
        {{{"do", "log"}, {"limit", 251}}, "field limit"},
        {{{"do", "log"}, {"type", "no-such-type"}}, "field type"},
        {{{"do", "log"}, {"after", 1}, {"before", 2}}, "field before"},
        {{{"do", "log"}, {"from", "yesterday"}}, "field from"},
    };
    World world;
    for (const auto& [request, field] : wrong) {
        Client client(world, root());
        const auto reply = client.ask(request);
        EXPECT_EQ(error_code(reply), "bad-request") << request;
        EXPECT_EQ(reply["error"].value("what", "").find(field), 0u) << request << reply;
        client.leave();
        world.run();
    }
    EXPECT_TRUE(world.station.commands.empty());
    EXPECT_EQ(world.station.queries, 0u);
}

TEST(ControlCommands, AnUnknownNameGetsTheListOfThoseThatExist) {
    World world;
    Client client(world, root());
    for (const json& request :
         {json{{"do", "door"}, {"door", "side"}, {"action", "lock"}}, json{{"do", "log"}, {"door", "side"}}}) {
        const auto reply = client.ask(request);
        EXPECT_EQ(error_code(reply), "not-found");
        EXPECT_EQ(reply["error"]["cure"], "known: front, back");
    }
}

TEST(ControlCommands, ARefusalNamesItsOutcome) {
    World world;
    world.station.refusal = Outcome::lockdown;
    Client client(world, root());
    const auto reply = client.ask({{"do", "door"}, {"door", "front"}, {"action", "unlock"}});
    EXPECT_EQ(error_code(reply), "refused");
    EXPECT_EQ(reply["error"]["outcome"], "lockdown");
}

TEST(ControlCommands, AnswersFindTheirClientInWhateverOrder) {
    World world;
    world.station.hold_answers = true;
    Client first(world, root());
    Client second(world, maintainer());
    first.send({{"id", 5}, {"do", "occupancy"}, {"count", 1}});
    second.send({{"id", 5}, {"do", "occupancy"}, {"count", 2}});
    second.send({{"id", 6}, {"do", "occupancy"}, {"count", 3}});
    world.run();
    EXPECT_TRUE(first.take_replies().empty());
    ASSERT_EQ(world.station.commands.size(), 3u);
    world.server.on_answer(world.station.commands[2].request, Outcome::none);
    world.server.on_answer(world.station.commands[0].request, Outcome::closed);
    world.run();
    const auto of_first = first.take_replies();
    const auto of_second = second.take_replies();
    ASSERT_EQ(of_first.size(), 1u);
    ASSERT_EQ(of_second.size(), 1u);
    EXPECT_EQ(error_code(of_first[0]), "refused");
    EXPECT_EQ(of_second[0]["id"], 6);
}

TEST(ControlCommands, OnlySixteenWaitForTheirAnswers) {
    World world;
    world.station.hold_answers = true;
    Client client(world, root());
    for (int i = 1; i <= 20; ++i) client.send({{"id", i}, {"do", "occupancy"}, {"count", i}});
    world.run();
    EXPECT_EQ(world.station.commands.size(), 16u);
    const auto replies = client.take_replies();
    ASSERT_EQ(replies.size(), 4u);
    for (const auto& reply : replies) EXPECT_EQ(error_code(reply), "busy");
    world.station.answer_held();
    world.run();
    EXPECT_EQ(client.take_replies().size(), 16u);
    EXPECT_EQ(error_code(client.ask({{"do", "info"}})), "ok");
}

TEST(ControlCommands, AClientMayLeaveBeforeItsAnswer) {
    World world;
    world.station.hold_answers = true;
    {
        Client client(world, root());
        client.send({{"id", 1}, {"do", "door"}, {"door", "front"}, {"action", "unlock"}});
        world.run();
    }
    world.run();
    world.station.answer_held();
    world.run();
    Client next(world, root());
    EXPECT_EQ(error_code(next.ask({{"do", "info"}})), "ok");
}

TEST(ControlMembers, TheListComesWithTheLine) {
    World world;
    Client client(world, root());
    client.hand_over("a list", {{"id", 3}, {"do", "members"}});
    world.run();
    EXPECT_EQ(world.station.lists, std::vector<std::string>{"a list"});
    const auto replies = client.take_replies();
    ASSERT_EQ(replies.size(), 1u);
    EXPECT_EQ(replies[0], (json{{"id", 3}, {"ok", true}, {"version", 8}, {"count", 5}}));
    EXPECT_EQ(error_code(client.ask({{"do", "members"}})), "bad-request");  // it was used
}

TEST(ControlMembers, ABadListIsRefusedWithItsCure) {
    World world;
    Client client(world, root());
    client.hand_over("bad", {{"id", 3}, {"do", "members"}});
    world.run();
    const auto replies = client.take_replies();
    ASSERT_EQ(replies.size(), 1u);
    EXPECT_EQ(error_code(replies[0]), "failed");
    EXPECT_EQ(replies[0]["error"]["cure"], "build it again");
}

TEST(ControlMembers, NobodyElseMayHandOverFiles) {
    World world;
    for (const auto& peer : {onlooker(), uplink(), stranger()}) {
        Client client(world, peer);
        client.hand_over("a list", {{"id", 3}, {"do", "members"}});
        world.run();
        EXPECT_EQ(error_code(client.take_replies().at(0)), "not-permitted");
    }
    EXPECT_TRUE(world.station.lists.empty());
}

CardEnrolled enrolled_card() {
    return {
        .reader = ReaderIndex{0}, .request = 1, .credential = secret_credential(), .kind = CredentialKind::resident_id};
}

TEST(ControlEnrolment, CardsGoToWhoStartedItAndToNobodyElse) {
    World world;
    Client onlooking(world, maintainer());
    onlooking.ask({{"do", "subscribe"}, {"state", true}, {"live", true}, {"records_after", 0}});
    Client client(world, root());
    ASSERT_EQ(error_code(client.ask({{"do", "enrol"}, {"reader", "front-in"}, {"action", "start"}, {"minutes", 2}})),
              "ok");
    const auto* start = last_command<StartEnrolment>(world.station);
    ASSERT_TRUE(start);
    EXPECT_EQ(start->lasts, minutes{2});
    world.server.on_enrolled(enrolled_card());
    world.run();
    const auto pushes = client.take_pushes("enrolled");
    ASSERT_EQ(pushes.size(), 1u);
    EXPECT_EQ(pushes[0]["reader"], "front-in");
    EXPECT_EQ(pushes[0]["credential"], to_text(secret_credential()));
    EXPECT_EQ(pushes[0]["kind"], "resident-id");
    EXPECT_TRUE(onlooking.take_pushes("enrolled").empty());
    EXPECT_EQ(onlooking.heard().find("abab"), std::string::npos);
}

TEST(ControlEnrolment, EndsWhenItsClientLeaves) {
    World world;
    {
        Client client(world, root());
        client.ask({{"do", "enrol"}, {"reader", "sockets"}, {"action", "start"}});
    }
    world.run();
    const auto* end = last_command<EndEnrolment>(world.station);
    ASSERT_TRUE(end);
    EXPECT_EQ(end->reader, ReaderIndex{1});
    EXPECT_EQ(world.station.commands.size(), 2u);
}

TEST(ControlEnrolment, EndsWhenItsClientLowersItself) {
    World world;
    Client client(world, root());
    client.ask({{"do", "enrol"}, {"reader", "sockets"}, {"action", "start"}});
    client.ask({{"do", "hello"}, {"role", "read-only"}, {"version", 1}});
    EXPECT_TRUE(last_command<EndEnrolment>(world.station));
    world.server.on_enrolled(enrolled_card());
    world.run();
    EXPECT_EQ(client.heard().find("abab"), std::string::npos);
}

TEST(ControlEnrolment, IsNotEndedForAClientThatEndedItItself) {
    World world;
    {
        Client client(world, root());
        client.ask({{"do", "enrol"}, {"reader", "sockets"}, {"action", "start"}});
        client.ask({{"do", "enrol"}, {"reader", "sockets"}, {"action", "end"}});
    }
    world.run();
    EXPECT_EQ(world.station.commands.size(), 2u);
}

TEST(ControlEnrolment, ARefusedOneBelongsToNobody) {
    World world;
    world.station.refusal = Outcome::lockdown;
    Client client(world, root());
    client.ask({{"do", "enrol"}, {"reader", "front-in"}, {"action", "start"}});
    world.server.on_enrolled(enrolled_card());
    world.run();
    EXPECT_TRUE(client.take_pushes("enrolled").empty());
}

TEST(ControlEnrolment, AnotherClientDoesNotTakeItOver) {
    World world;
    Client first(world, root());
    first.ask({{"do", "enrol"}, {"reader", "front-in"}, {"action", "start"}});
    State state;
    state.enrolments[0].active = true;
    world.station.become(state);
    Client second(world, maintainer());
    EXPECT_EQ(error_code(second.ask({{"do", "enrol"}, {"reader", "front-in"}, {"action", "start"}})), "busy");
    EXPECT_EQ(error_code(second.ask({{"do", "enrol"}, {"reader", "front-in"}, {"action", "end"}})), "busy");
}

TEST(ControlUplink, SaysHowItIsAndIsMissedWhenItLeaves) {
    World world;
    {
        Client client(world, uplink());
        ASSERT_EQ(error_code(client.ask({{"do", "uplink"}, {"connected", true}})), "ok");
        ASSERT_EQ(world.station.uplink_reports.size(), 1u);
        EXPECT_TRUE(world.station.uplink_reports[0].connected);
        client.ask({{"do", "uplink"}, {"connected", false}, {"fault", "dns"}, {"detail", std::string(999, 'x')}});
        ASSERT_EQ(world.station.uplink_reports.size(), 2u);
        EXPECT_EQ(world.station.uplink_reports[1].fault, "dns");
        EXPECT_EQ(world.station.uplink_reports[1].detail.size(), 256u);
    }
    world.run();
    ASSERT_EQ(world.station.uplink_reports.size(), 3u);
    EXPECT_FALSE(world.station.uplink_reports[2].connected);
    EXPECT_EQ(world.station.uplink_reports[2].fault, "uplink-gone");
}

TEST(ControlUplink, AcknowledgesOnlyWhatIsStoredInThisLog) {
    World world;
    world.station.store(10);
    Client client(world, uplink());
    EXPECT_EQ(error_code(client.ask({{"do", "ack"}, {"epoch", 76}, {"upto", 5}})), "refused");
    EXPECT_EQ(error_code(client.ask({{"do", "ack"}, {"epoch", 77}, {"upto", 11}})), "refused");
    EXPECT_EQ(world.station.log.acknowledged, 0u);
    EXPECT_EQ(error_code(client.ask({{"do", "ack"}, {"epoch", 77}, {"upto", 10}})), "ok");
    EXPECT_EQ(world.station.log.acknowledged, 10u);
}

TEST(ControlSim, GoesThroughAsItIs) {
    World world;
    Client client(world, root());
    const auto reply = client.ask({{"do", "sim"}, {"target", "door"}, {"name", "front"}});
    EXPECT_EQ(reply["pushed"], "front");
    EXPECT_EQ(error_code(client.ask({{"do", "sim"}, {"target", "sun"}})), "failed");
}

TEST(ControlCommands, VerifyTellsHowFarTheLogIsWhatWasStored) {
    World world;
    Client client(world, maintainer());
    LogCheck check{
        .first = 1, .last = 41, .hash = {}, .checkpoints = 2, .sealed = 40, .keys = {PublicKey{1}}, .flaw = {}};
    check.flaw = {42, "it is missing"};
    world.station.check = check;
    const auto reply = client.ask({{"do", "verify"}});
    EXPECT_EQ(reply["last"], 41);
    EXPECT_EQ(reply["sealed"], 40);
    EXPECT_EQ(reply["keys"].size(), 1u);
    EXPECT_EQ(reply["flaw"], (json{{"seq", 42}, {"what", "it is missing"}}));
    EXPECT_FALSE(world.station.verified_with.known.has_value());

    client.ask({{"do", "verify"}, {"seq", 7}, {"hash", std::string(64, 'a')}});
    ASSERT_TRUE(world.station.verified_with.known.has_value());
    EXPECT_EQ(world.station.verified_with.known->seq, 7u);
    EXPECT_EQ(world.station.verified_with.known->hash[31], 0xaa);
    EXPECT_EQ(error_code(client.ask({{"do", "verify"}, {"seq", 7}})), "bad-request");
    client.ask({{"do", "verify"}, {"former_keys", std::string(64, 'b') + "," + std::string(64, 'c')}});
    EXPECT_EQ(world.station.verified_with.former_keys.size(), 2u);
    EXPECT_EQ(error_code(client.ask({{"do", "verify"}, {"former_keys", "bb"}})), "bad-request");
    EXPECT_EQ(error_code(client.ask({{"do", "verify"}, {"seq", 7}, {"hash", "aa"}})), "bad-request");
    world.station.check = failure("the disk is gone", "replace it");
    EXPECT_EQ(error_code(client.ask({{"do", "verify"}})), "failed");
}

}  // namespace
}  // namespace yizhan::test
