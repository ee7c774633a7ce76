// What the centre may order, and what nobody else can make of it.
#include <gtest/gtest.h>

#include "firmware/identity/hex.h"
#include "tests/scenario/whole_station.h"
#include "tests/support/centre_keys.h"

namespace yizhan::testing {
namespace {

constexpr std::uint8_t root_key = 9;

std::string with_commands(std::string settings) {
    return settings + "\n[commands]\nroot_keys = [\"" + to_hex(key_of(root_key).public_key()) +
           "\"]\nsigners_file = \"signers.json\"\n";
}

class CentreCommand : public ::testing::Test {
 protected:
    CentreCommand() {
        whole.broker.observe("yizhan/v1/+/cmd/+/reply", [this](const simulated::BrokerMessage& message) {
            replies.push_back(json::parse(message.payload));
        });
        whole.start_all();
        whole.run(minutes{2});
    }

    std::string topic(const std::string& verb) const {
        return "yizhan/v1/" + whole.settings.station.id + "/cmd/" + verb;
    }
    SignerSet set(std::uint64_t version, std::initializer_list<std::uint8_t> numbers) {
        SignerSet made{.version = version, .expires = whole.scheduler.now().wall + hours{24 * 365}};
        for (const std::uint8_t number : numbers) {
            made.signers.push_back(
                {.number = number, .key = key_of(number).public_key(), .roles = {true, false, false}});
        }
        return made;
    }
    void send_keys(const std::string& document) {
        whole.broker.publish(topic("signers"), document, false);
        whole.run(seconds{2});
    }
    SignedCommand unlock(std::uint32_t signer = 1) {
        const Wall now = whole.scheduler.now().wall;
        return {.mandate = {.signer = signer,
                            .sequence = static_cast<std::uint64_t>(now.time_since_epoch().count()),
                            .not_before = now,
                            .expires = now + minutes{10}},
                .station = whole.settings.station.id,
                .id = "c-1",
                .verb = "door",
                .arguments = R"({"action":"unlock","door":"front"})"};
    }
    // What the centre is answered: "done", or why not.
    std::string send(const std::string& payload, bool retained = false) {
        replies.clear();
        whole.broker.publish(topic("door"), payload, retained);
        whole.run(seconds{2});
        if (replies.size() != 1) return "replies: " + std::to_string(replies.size());
        const json& reply = replies.front();
        if (reply.at("ok") == true) return "done";
        return reply.at("error").value("outcome", reply.at("error").at("code").get<std::string>());
    }
    bool opens(const std::string& payload) { return send(payload) == "done" && whole.lock_released(); }
    void restart() {
        whole.stop_stationd();
        ASSERT_TRUE(whole.start_stationd());
        whole.run(seconds{10});
    }

    WholeStation whole{{.edit = with_commands}};
    std::vector<json> replies;
};

TEST_F(CentreCommand, OpensADoorOnceAKeySetHasSaidWhoseItIs) {
    EXPECT_EQ(send(signed_command(unlock())), "signer-unknown");
    send_keys(signed_set(set(1, {1, 2}), {root_key}));
    ASSERT_EQ(replies.size(), 2u);
    EXPECT_EQ(replies.back().at("keys"), 2) << replies.back();
    EXPECT_TRUE(opens(signed_command(unlock())));
    EXPECT_EQ(replies.front().at("id"), "c-1");
    const json* const released = whole.delivered("released");
    ASSERT_NE(released, nullptr);
    EXPECT_EQ(released->at("actor"), "centre");
    EXPECT_EQ(released->at("uid"), 1);
    ASSERT_NE(whole.delivered("command-taken"), nullptr);
}

TEST_F(CentreCommand, IsDoneOnceHoweverOftenItComesAndWhateverIsRestarted) {
    send_keys(signed_set(set(1, {1}), {root_key}));
    const auto payload = signed_command(unlock());
    EXPECT_TRUE(opens(payload));
    whole.run(seconds{10});
    EXPECT_EQ(send(payload), "command-repeated");
    EXPECT_FALSE(whole.lock_released());
    restart();
    EXPECT_EQ(send(payload), "command-repeated");
    whole.cut_power();
    whole.run(seconds{1});
    whole.start_all();
    whole.run(seconds{10});
    EXPECT_EQ(send(payload), "command-repeated");
    EXPECT_FALSE(whole.lock_released());
    EXPECT_TRUE(opens(signed_command(unlock()))) << "the key set is still in force";
}

TEST_F(CentreCommand, ThatABrokerKeptOpensNoDoorAtAnyStart) {
    send_keys(signed_set(set(1, {1}), {root_key}));
    EXPECT_EQ(send(signed_command(unlock()), true), "done") << "at the moment itself it comes as any other";
    whole.run(seconds{10});
    whole.broker.publish(topic("door"), signed_command(unlock()), true);
    whole.run(seconds{10});
    const auto released = [&] {
        std::size_t count = 0;
        for (const auto& [key, record] : whole.received) count += record.at("type") == "released" ? 1 : 0;
        return count;
    };
    const std::size_t before = released();
    for (int i = 0; i < 3; ++i) {
        whole.kill_uplink();
        whole.start_uplink();
        restart();
        EXPECT_FALSE(whole.lock_released());
    }
    EXPECT_EQ(released(), before);
    const json* const refused = whole.delivered("commands-refused");
    ASSERT_NE(refused, nullptr);
    EXPECT_EQ(refused->at("outcome"), "command-retained");
}

TEST_F(CentreCommand, OfAnybodyElseDoesNothingAndIsRecorded) {
    send_keys(signed_set(set(1, {1, 2}), {root_key}));
    const SignedCommand mine = unlock();
    EXPECT_EQ(send(R"({"id":"c-1","door":"front","action":"unlock"})"), "command-not-signed");
    EXPECT_EQ(send(signed_text(3, 1, text_of(mine))), "signature-wrong");
    EXPECT_EQ(send(signed_text(3, 3, text_of(mine))), "signer-unknown");
    EXPECT_EQ(send(signed_text(root_key, root_key, text_of(mine))), "signer-unknown");
    auto other = mine;
    other.station = "another";
    EXPECT_EQ(send(signed_command(other)), "command-for-another-station");
    other = mine;
    other.mandate.not_before += hours{1};
    other.mandate.expires += hours{1};
    EXPECT_EQ(send(signed_command(other)), "command-too-early");
    other.mandate.not_before = mine.mandate.not_before - minutes{1};
    other.mandate.expires = mine.mandate.not_before;
    EXPECT_EQ(send(signed_command(other)), "command-expired");
    other = mine;
    other.mandate.not_before -= hours{1};
    EXPECT_EQ(send(signed_command(other)), "command-too-old") << "from before the key set";
    EXPECT_FALSE(whole.lock_released());
    EXPECT_EQ(whole.delivered("released"), nullptr);
    whole.run(minutes{2});
    std::set<std::string> recorded;
    for (const auto& [key, record] : whole.received) {
        if (record.at("type") == "commands-refused") recorded.insert(record.at("outcome").get<std::string>());
    }
    EXPECT_EQ(recorded.size(), 7u);
    EXPECT_TRUE(opens(signed_command(unlock()))) << "the genuine one among them";
}

TEST_F(CentreCommand, OfARevokedKeyCountsNoMoreAndNoOldSetBringsItBack) {
    const auto first = signed_set(set(1, {1, 2}), {root_key});
    send_keys(first);
    EXPECT_TRUE(opens(signed_command(unlock(1))));
    send_keys(signed_set(set(2, {2}), {root_key}));
    EXPECT_EQ(send(signed_command(unlock(1))), "signer-unknown");
    send_keys(first);
    EXPECT_EQ(replies.back().at("error").at("what"), "key set: version 1, the station has 2");
    EXPECT_EQ(send(signed_command(unlock(1))), "signer-unknown");
    // Nor does somebody at the disk.
    whole.files.put("signers.json", first);
    restart();
    EXPECT_EQ(send(signed_command(unlock(1))), "signer-unknown");
    EXPECT_EQ(send(signed_command(unlock(2))), "signer-unknown") << "and none is taken of a set that is not the newest";
    EXPECT_FALSE(whole.status().at("commands").at("ok").get<bool>());
    send_keys(signed_set(set(2, {2}), {root_key}));
    EXPECT_TRUE(opens(signed_command(unlock(2)))) << "the newest one mends it";
    whole.run(seconds{10});
    send_keys(signed_set(set(3, {2}), {root_key}));
    EXPECT_TRUE(opens(signed_command(unlock(2))));
}

TEST_F(CentreCommand, NeedsAKeySetOfItsOwnRoot) {
    send_keys(signed_set(set(1, {1}), {1}));
    EXPECT_EQ(replies.back().at("ok"), false);
    EXPECT_FALSE(whole.files.contains("signers.json"));
    EXPECT_EQ(send(signed_command(unlock())), "signer-unknown");
}

TEST_F(CentreCommand, IsNotDoneWhereADiskCannotKeepThatItCame) {
    send_keys(signed_set(set(1, {1}), {root_key}));
    whole.log_worker->stall();
    replies.clear();
    whole.broker.publish(topic("door"), signed_command(unlock()), false);
    whole.run(seconds{4});
    EXPECT_TRUE(replies.empty());
    EXPECT_FALSE(whole.lock_released());
    whole.run(seconds{4});
    ASSERT_EQ(replies.size(), 1u);
    EXPECT_EQ(replies.front().at("error").at("outcome"), "command-not-stored");
    EXPECT_FALSE(whole.lock_released());
    whole.swipe(at_entry, "courier");
    EXPECT_EQ(whole.last_said(), Outcome::welcome) << "doors do not wait for it";
    whole.log_worker->resume();
    whole.run(seconds{1});
}

TEST_F(CentreCommand, OfBeforeALogThatWasReplacedIsNotTakenForNew) {
    send_keys(signed_set(set(1, {1}), {root_key}));
    const auto payload = signed_command(unlock());
    EXPECT_TRUE(opens(payload));
    whole.kill_stationd();
    for (const auto& path : whole.disk.paths()) whole.disk.remove(path);
    whole.run(seconds{10});
    ASSERT_TRUE(whole.start_stationd());
    whole.run(minutes{2});
    EXPECT_EQ(send(payload), "command-too-old");
    EXPECT_FALSE(whole.lock_released());
    EXPECT_TRUE(opens(signed_command(unlock())));
}

TEST_F(CentreCommand, CanBeHandedInByAMaintainerTooAndIsStillTheCentres) {
    send_keys(signed_set(set(1, {1}), {root_key}));
    const json reply = whole.ask({{"do", "command"}, {"payload", signed_command(unlock())}});
    EXPECT_EQ(reply.at("ok"), true) << reply;
    EXPECT_TRUE(whole.lock_released());
}

TEST(CentreCommandWithoutRoots, IsTakenByNobody) {
    WholeStation whole;
    whole.start_all();
    const json reply = whole.ask({{"do", "signers"}, {"document", "{}"}});
    EXPECT_EQ(reply.at("ok"), false);
    EXPECT_TRUE(whole.status().at("commands").at("ok").get<bool>());
    EXPECT_FALSE(whole.status().at("commands").at("set_up").get<bool>());
}

}  // namespace
}  // namespace yizhan::testing
