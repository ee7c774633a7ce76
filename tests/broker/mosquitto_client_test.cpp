#include "drivers/ports/mqtt/mosquitto_client.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "drivers/ports/event_loop.h"
#include "tests/broker/old_broker.h"
#include "tests/broker/real_broker.h"

namespace yizhan {
namespace {

struct Message {
    std::string topic;
    std::string payload;
    bool retained = false;
};

struct Recorder : MqttListener {
    void on_phase(MqttPhase phase) override { phases.push_back(phase); }
    void on_connected() override { ++connected; }
    void on_disconnected(const Error& why) override { ends.push_back(why); }
    void on_published(int id, int reason) override { published.emplace_back(id, reason); }
    void on_subscribed(int id, bool granted) override { subscribed.emplace_back(id, granted); }
    void on_message(std::string_view topic, std::string_view payload, bool retained) override {
        messages.push_back({std::string(topic), std::string(payload), retained});
    }
    bool reached(MqttPhase phase) const { return std::ranges::find(phases, phase) != phases.end(); }
    std::string end() const { return ends.empty() ? "" : ends.back().what + " / " + ends.back().cure; }

    std::vector<MqttPhase> phases;
    int connected = 0;
    std::vector<Error> ends;
    std::vector<std::pair<int, int>> published;
    std::vector<std::pair<int, bool>> subscribed;
    std::vector<Message> messages;
};

class MosquittoClientTest : public ::testing::Test {
 protected:
    // However long it takes, within reason for a machine that is busy.
    [[nodiscard]] bool comes(const std::function<bool()>& condition) {
        const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds{60};
        while (!condition()) {
            if (std::chrono::steady_clock::now() > limit) return false;
            loop.turn(milliseconds{50});
        }
        return true;
    }
    MqttOptions options(std::uint16_t port, const std::string& id = "test") const {
        MqttOptions made;
        made.host = "localhost";
        made.port = port;
        made.client_id = id;
        made.will = {.topic = "will/" + id, .payload = "lost"};
        return made;
    }
    // The name may first lead to ::1, where nobody listens; whoever owns a client tries again.
    [[nodiscard]] bool connects(MosquittoClient& one, Recorder& record, const MqttOptions& with) {
        record.connected = 0;
        for (int i = 0; i < 4; ++i) {
            const auto ends = record.ends.size();
            one.connect(with);
            if (!comes([&] { return record.connected > 0 || record.ends.size() > ends; })) return false;
            if (record.connected > 0) return true;
        }
        return false;
    }
    // Until an attempt ends that has come as far as the last phase that `options` can fail in.
    [[nodiscard]] bool fails_in(MqttPhase phase, const MqttOptions& with) {
        for (int i = 0; i < 4; ++i) {
            heard.phases.clear();
            heard.connected = 0;
            const auto ends = heard.ends.size();
            client.connect(with);
            if (!comes([&] { return heard.ends.size() > ends || heard.connected > 0; })) return false;
            if (heard.connected > 0) return false;
            if (heard.phases.back() == phase) return true;
        }
        return false;
    }
    void SetUp() override { client.start(heard); }

    ScratchDirectory scratch;
    SdEventLoop loop{ClockPolicy::always};
    MosquittoClient client{loop};
    Recorder heard;
};

TEST_F(MosquittoClientTest, PublishesSubscribesAndIsAnswered) {
    RealBroker broker(scratch, "allow_anonymous true\n");
    ASSERT_TRUE(connects(client, heard, options(broker.port())));
    EXPECT_TRUE(heard.reached(MqttPhase::resolving));
    EXPECT_TRUE(heard.reached(MqttPhase::connecting));
    EXPECT_FALSE(heard.reached(MqttPhase::handshaking));
    EXPECT_TRUE(heard.reached(MqttPhase::authenticating));
    EXPECT_EQ(heard.phases.back(), MqttPhase::connected);

    const auto first = client.publish("a/kept", "one", 1, true);
    ASSERT_TRUE(first);
    const auto subscription = client.subscribe("a/#", 1);
    ASSERT_TRUE(subscription);
    const auto second = client.publish("a/b", std::string(100000, 'x'), 1, false);
    ASSERT_TRUE(second);
    ASSERT_TRUE(client.publish("a/c", "", 0, false));
    ASSERT_TRUE(comes([&] { return heard.published.size() == 2 && heard.messages.size() == 3; }));
    EXPECT_EQ(heard.subscribed, (std::vector<std::pair<int, bool>>{{*subscription, true}}));
    EXPECT_EQ(heard.published[0].first, *first);
    EXPECT_EQ(heard.published[1], (std::pair{*second, 0}));
    EXPECT_EQ(heard.messages[0].payload, "one");
    EXPECT_TRUE(heard.messages[0].retained);
    EXPECT_EQ(heard.messages[1].payload.size(), 100000u);
    EXPECT_FALSE(heard.messages[1].retained);
}

TEST_F(MosquittoClientTest, AGoodbyeKeepsTheLastWillAndADropSendsIt) {
    RealBroker broker(scratch, "allow_anonymous true\n");
    MosquittoClient watcher(loop);
    Recorder seen;
    watcher.start(seen);
    ASSERT_TRUE(connects(watcher, seen, options(broker.port(), "watcher")));
    ASSERT_TRUE(watcher.subscribe("#", 1));
    ASSERT_TRUE(comes([&] { return !seen.subscribed.empty(); }));

    ASSERT_TRUE(connects(client, heard, options(broker.port())));
    ASSERT_TRUE(client.publish("said", "last", 1, false));
    const auto before = heard.ends.size();
    client.disconnect(true);
    EXPECT_FALSE(client.publish("said", "too late", 1, false));
    ASSERT_TRUE(comes([&] { return heard.ends.size() == before + 1; }));
    ASSERT_TRUE(comes([&] { return !seen.messages.empty(); }));

    ASSERT_TRUE(connects(client, heard, options(broker.port())));
    client.disconnect(false);
    ASSERT_TRUE(comes([&] { return seen.messages.size() == 2; }));
    EXPECT_EQ(seen.messages[0].payload, "last");
    EXPECT_EQ(seen.messages[1].topic, "will/test");
}

TEST_F(MosquittoClientTest, ABrokerThatIsKilledEndsTheConnectionOnce) {
    RealBroker broker(scratch, "allow_anonymous true\n");
    ASSERT_TRUE(connects(client, heard, options(broker.port())));
    const auto before = heard.ends.size();
    broker.kill_hard();
    ASSERT_TRUE(comes([&] { return heard.ends.size() > before; }));
    EXPECT_NE(heard.end().find("lost the connection"), std::string::npos);
    EXPECT_FALSE(client.publish("a", "b", 1, false));
    EXPECT_TRUE(fails_in(MqttPhase::connecting, options(broker.port())));
    EXPECT_NE(heard.end().find("check that the broker runs"), std::string::npos) << heard.end();
    broker.start();
    ASSERT_TRUE(connects(client, heard, options(broker.port())));
}

TEST_F(MosquittoClientTest, ManyMessagesAreBoundedAndAllAnswered) {
    RealBroker broker(scratch, "allow_anonymous true\n");
    ASSERT_TRUE(connects(client, heard, options(broker.port())));
    std::size_t taken = 0;
    for (int i = 0; i < 1000; ++i) taken += client.publish("a", "b", 1, false).has_value() ? 1 : 0;
    EXPECT_GE(taken, 256u);
    EXPECT_LT(taken, 1000u);
    ASSERT_TRUE(comes([&] { return heard.published.size() == taken; }));
    EXPECT_TRUE(client.publish("a", "b", 1, false));
}

TEST_F(MosquittoClientTest, AFloodFromTheBrokerArrivesWhole) {
    RealBroker broker(scratch, "allow_anonymous true\n");
    MosquittoClient other(loop);
    Recorder its;
    other.start(its);
    ASSERT_TRUE(connects(client, heard, options(broker.port())));
    ASSERT_TRUE(connects(other, its, options(broker.port(), "other")));
    ASSERT_TRUE(client.subscribe("flood", 1));
    ASSERT_TRUE(comes([&] { return !heard.subscribed.empty(); }));
    for (int sent = 0; sent < 600;) {
        if (other.publish("flood", std::to_string(sent), 1, false)) {
            ++sent;
        } else {
            loop.turn(milliseconds{10});
        }
    }
    ASSERT_TRUE(comes([&] { return heard.messages.size() == 600; }));
    for (std::size_t i = 0; i < 600; ++i) ASSERT_EQ(heard.messages[i].payload, std::to_string(i));
}

TEST_F(MosquittoClientTest, ANameThatIsNotKnownIsSaidToBeThat) {
    auto nowhere = options(1883);
    nowhere.host = "broker.invalid";
    client.connect(nowhere);
    ASSERT_TRUE(comes([&] { return !heard.ends.empty(); }));
    EXPECT_EQ(heard.phases, std::vector{MqttPhase::resolving});
    EXPECT_NE(heard.end().find("broker.invalid"), std::string::npos);
    EXPECT_NE(heard.end().find("DNS"), std::string::npos) << heard.end();
}

TEST_F(MosquittoClientTest, EndsInTheMiddleOfAnythingWithoutWaiting) {
    RealBroker broker(scratch, "allow_anonymous true\n");
    auto nowhere = options(1883);
    nowhere.host = "broker.invalid";
    for (int turns = 0; turns < 30; ++turns) {
        MosquittoClient one(loop);
        Recorder its;
        one.start(its);
        one.connect(turns % 3 == 0 ? nowhere : options(broker.port(), "one"));
        for (int i = 0; i < turns / 3; ++i) loop.turn(milliseconds{1});
        if (turns % 2 == 0 && its.ends.empty()) {
            one.disconnect(turns % 4 == 0);
            ASSERT_TRUE(comes([&] { return its.ends.size() == 1; }));
        }
    }
}

TEST_F(MosquittoClientTest, FallsBackToTheOldProtocolWithinOneAttempt) {
    OldBroker broker;
    ASSERT_TRUE(connects(client, heard, options(broker.port()))) << heard.end();
    EXPECT_EQ(broker.connects_of_level(5), 1);
    EXPECT_EQ(broker.connects_of_level(4), 1);
    const auto id = client.publish("a", "b", 1, false);
    ASSERT_TRUE(id);
    ASSERT_TRUE(comes([&] { return !heard.published.empty(); }));
    EXPECT_EQ(heard.published.front(), (std::pair{*id, 0}));
}

TEST_F(MosquittoClientTest, AWrongPasswordAndADeniedTopicAreNamed) {
    ASSERT_TRUE(add_password(scratch, "st-1", "right"));
    RealBroker broker(
        scratch, "allow_anonymous false\npassword_file " + scratch.file("passwd") + "\nacl_file " + SHIPPED_ACL + "\n");
    auto station = options(broker.port(), "yizhan-st-1");
    station.will.topic = "yizhan/v1/st-1/status";
    station.username = "st-1";
    station.password = "wrong";
    EXPECT_TRUE(fails_in(MqttPhase::authenticating, station));
    EXPECT_NE(heard.end().find("check user"), std::string::npos) << heard.end();
    EXPECT_EQ(heard.end().find("wrong\""), std::string::npos);

    station.password = "right";
    ASSERT_TRUE(connects(client, heard, station));
    const auto own = client.publish("yizhan/v1/st-1/event", "{}", 1, false);
    const auto foreign = client.publish("yizhan/v1/st-2/event", "{}", 1, false);
    ASSERT_TRUE(own && foreign);
    ASSERT_TRUE(comes([&] { return heard.published.size() == 2; }));
    for (const auto& [id, reason] : heard.published) {
        EXPECT_EQ(reason, id == *foreign ? 0x87 : 0x10) << id;  // 0x10: nobody has subscribed to it
    }
    // What the uplink subscribes to is granted by the shipped list.
    ASSERT_TRUE(client.subscribe("yizhan/v1/st-1/alarm/+", 0));
    ASSERT_TRUE(client.subscribe("yizhan/v1/st-1/cmd/+", 1));
    ASSERT_TRUE(comes([&] { return heard.subscribed.size() == 2; }));
    EXPECT_TRUE(heard.subscribed[0].second && heard.subscribed[1].second);
}

class MosquittoClientTls : public MosquittoClientTest {
 protected:
    void SetUp() override {
        MosquittoClientTest::SetUp();
        ASSERT_TRUE(make_certificates(scratch));
    }
    std::string listener(const std::string& certificate) const {
        return "allow_anonymous true\ncafile " + scratch.file("ca.pem") + "\ncertfile " +
               scratch.file(certificate + ".pem") + "\nkeyfile " + scratch.file(certificate + ".key") + "\n";
    }
    MqttOptions secure(std::uint16_t port, const std::string& ca = "ca") const {
        auto made = options(port);
        made.tls = MqttTls{.ca_file = scratch.file(ca + ".pem"), .certificate_file = {}, .key_file = {}};
        return made;
    }
};

TEST_F(MosquittoClientTls, ConnectsWhereEverythingIsRight) {
    RealBroker broker(scratch, listener("broker"));
    ASSERT_TRUE(connects(client, heard, secure(broker.port())));
    EXPECT_TRUE(heard.reached(MqttPhase::handshaking));
    EXPECT_TRUE(heard.reached(MqttPhase::authenticating));
    ASSERT_TRUE(client.publish("a", std::string(200000, 'x'), 1, false));
    ASSERT_TRUE(comes([&] { return !heard.published.empty(); }));
}

TEST_F(MosquittoClientTls, RefusesACertificateOfAnotherAuthority) {
    RealBroker broker(scratch, listener("broker"));
    ASSERT_TRUE(fails_in(MqttPhase::handshaking, secure(broker.port(), "other-ca")));
    EXPECT_NE(heard.end().find("not signed by"), std::string::npos) << heard.end();
}

TEST_F(MosquittoClientTls, RefusesACertificateOfAnotherHost) {
    RealBroker broker(scratch, listener("elsewhere"));
    ASSERT_TRUE(fails_in(MqttPhase::handshaking, secure(broker.port())));
    EXPECT_NE(heard.end().find("for another host name"), std::string::npos) << heard.end();
}

TEST_F(MosquittoClientTls, RefusesAnExpiredCertificate) {
    RealBroker broker(scratch, listener("expired"));
    ASSERT_TRUE(fails_in(MqttPhase::handshaking, secure(broker.port())));
    EXPECT_NE(heard.end().find("expired"), std::string::npos) << heard.end();
}

TEST_F(MosquittoClientTls, NamesAPortWithoutTls) {
    RealBroker broker(scratch, "allow_anonymous true\n");
    ASSERT_TRUE(fails_in(MqttPhase::handshaking, secure(broker.port())));
    EXPECT_NE(heard.end().find("TLS"), std::string::npos) << heard.end();
}

TEST_F(MosquittoClientTls, NamesFilesOfOurOwnThatCannotBeRead) {
    RealBroker broker(scratch, listener("broker"));
    auto broken = secure(broker.port());
    broken.tls->ca_file = scratch.file("no-such-file.pem");
    client.connect(broken);
    ASSERT_TRUE(comes([&] { return !heard.ends.empty(); }));
    EXPECT_NE(heard.end().find("ca_file"), std::string::npos) << heard.end();
}

TEST_F(MosquittoClientTls, ABrokerThatWantsACertificateOfOursIsNamed) {
    RealBroker broker(scratch, listener("broker") + "require_certificate true\n");
    bool named = false;
    for (int i = 0; i < 4 && !named; ++i) {
        const auto ends = heard.ends.size();
        client.connect(secure(broker.port()));
        ASSERT_TRUE(comes([&] { return heard.ends.size() > ends; }));
        named = heard.end().find("certificate") != std::string::npos;
    }
    EXPECT_TRUE(named) << heard.end();
    EXPECT_EQ(heard.connected, 0);
    auto with = secure(broker.port());
    with.tls->certificate_file = scratch.file("broker.pem");
    with.tls->key_file = scratch.file("broker.key");
    EXPECT_TRUE(connects(client, heard, with));
}

}  // namespace
}  // namespace yizhan
