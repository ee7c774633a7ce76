#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/unit/control/bench.h"

namespace yizhan::test {
namespace {

struct Asked {
    json request;
    Right needed;
};

// Each verb of the protocol, asked so that it succeeds where it is permitted.
const std::vector<Asked>& every_verb() {
    static const std::vector<Asked> verbs{
        {{{"do", "status"}}, Right::read},
        {{{"do", "info"}}, Right::read},
        {{{"do", "wiring"}}, Right::read},
        {{{"do", "subscribe"}, {"state", true}, {"live", true}, {"records_after", 0}}, Right::read},
        {{{"do", "unsubscribe"}}, Right::read},
        {{{"do", "log"}, {"limit", 5}}, Right::read},
        {{{"do", "config"}}, Right::read},
        {{{"do", "ack"}, {"epoch", 77}, {"upto", 0}}, Right::uplink},
        {{{"do", "uplink"}, {"connected", true}}, Right::uplink},
        {{{"do", "door"}, {"door", "front"}, {"action", "unlock"}}, Right::maintenance},
        {{{"do", "outlet"}, {"outlet", "a"}, {"action", "on"}}, Right::maintenance},
        {{{"do", "mode"}, {"mode", "closed"}}, Right::maintenance},
        {{{"do", "occupancy"}, {"count", 2}}, Right::maintenance},
        {{{"do", "members"}}, Right::maintenance},
        {{{"do", "enrol"}, {"reader", "front-in"}, {"action", "start"}}, Right::maintenance},
        {{{"do", "sim"}, {"target", "door"}, {"name", "front"}}, Right::maintenance},
    };
    return verbs;
}

bool permitted(Right have, Right needed) { return needed == Right::read ? have != Right::none : have == needed; }

void expect_rights(const PeerIdentity& peer, Right have, const char* role) {
    World world;
    Client client(world, peer);
    if (role != nullptr) {
        ASSERT_EQ(error_code(client.ask({{"do", "hello"}, {"role", role}, {"version", 1}})), "ok");
    }
    for (const auto& [request, needed] : every_verb()) {
        const auto code = error_code(client.ask(request));
        if (!permitted(have, needed)) {
            EXPECT_EQ(code, "not-permitted") << request << " as " << (role ? role : "nobody in particular");
        } else if (request["do"] == "members") {
            EXPECT_EQ(code, "bad-request");  // permitted, and no file came with it
        } else {
            EXPECT_EQ(code, "ok") << request;
        }
    }
    if (have != Right::maintenance) {
        EXPECT_TRUE(world.station.commands.empty());
    }
}

TEST(ControlRights, EveryVerbForEveryPeer) {
    expect_rights(root(), Right::maintenance, nullptr);
    expect_rights(maintainer(), Right::maintenance, nullptr);
    expect_rights(onlooker(), Right::read, nullptr);
    expect_rights(uplink(), Right::uplink, nullptr);
    expect_rights(stranger(), Right::none, nullptr);
}

TEST(ControlRights, EveryVerbForEveryLoweredPeer) {
    expect_rights(root(), Right::uplink, "uplink");
    expect_rights(maintainer(), Right::uplink, "uplink");
    expect_rights(maintainer(), Right::read, "read-only");
    expect_rights(uplink(), Right::read, "read-only");
    expect_rights(maintainer(), Right::maintenance, "maintenance");
}

TEST(ControlRights, HelloOnlyLowers) {
    const std::vector<std::pair<PeerIdentity, std::set<std::string>>> peers{
        {root(), {"maintenance", "read-only", "uplink"}},
        {maintainer(), {"maintenance", "read-only", "uplink"}},
        {onlooker(), {"read-only"}},
        {uplink(), {"read-only", "uplink"}},
        {stranger(), {}},
    };
    for (const auto& [peer, allowed] : peers) {
        for (const std::string role : {"maintenance", "read-only", "uplink"}) {
            World world;
            Client client(world, peer);
            const auto code = error_code(client.ask({{"do", "hello"}, {"role", role}, {"version", 1}}));
            EXPECT_EQ(code, allowed.contains(role) ? "ok" : "not-permitted") << peer.uid << ' ' << role;
        }
    }
}

TEST(ControlRights, WhatHelloTookAwayDoesNotComeBack) {
    World world;
    Client client(world, root());
    client.ask({{"do", "hello"}, {"role", "uplink"}, {"version", 1}});
    EXPECT_EQ(error_code(client.ask({{"do", "hello"}, {"role", "maintenance"}, {"version", 1}})), "not-permitted");
    EXPECT_EQ(error_code(client.ask({{"do", "door"}, {"door", "front"}, {"action", "hold"}})), "not-permitted");
}

TEST(ControlRights, TheUplinkUserStaysUplinkInWhateverGroup) {
    auto peer = uplink();
    peer.groups = {maintenance_gid, read_only_gid};
    EXPECT_EQ(right_of(peer, usual_rights()), Right::uplink);
}

TEST(ControlRights, GroupsCountAsPrimaryAndSupplementary) {
    EXPECT_EQ(right_of({.uid = 5, .gid = maintenance_gid, .pid = 0, .groups = {}}, usual_rights()), Right::maintenance);
    EXPECT_EQ(right_of({.uid = 5, .gid = 5, .pid = 0, .groups = {7, read_only_gid}}, usual_rights()), Right::read);
    EXPECT_EQ(right_of({.uid = 5, .gid = 5, .pid = 0, .groups = {7}}, usual_rights()), Right::none);
}

TEST(ControlRights, WithoutNamesInTheSettingsOnlyRootMayDoAnything) {
    EXPECT_EQ(right_of(maintainer(), {}), Right::none);
    EXPECT_EQ(right_of(uplink(), {}), Right::none);
    EXPECT_EQ(right_of(root(), {}), Right::maintenance);
}

}  // namespace
}  // namespace yizhan::test
