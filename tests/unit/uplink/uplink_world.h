#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "drivers/simulated/event_loop.h"
#include "drivers/simulated/mqtt_broker.h"
#include "drivers/simulated/random.h"
#include "drivers/simulated/scheduler.h"
#include "drivers/simulated/stream.h"
#include "firmware/uplink/uplink.h"
#include "tests/unit/uplink/fake_stationd.h"

namespace yizhan {

inline const std::string root = "yizhan/v1/test/";

// A station, its uplink, and a broker with a subscriber that is always connected.
class UplinkWorld : public ::testing::Test {
 protected:
    UplinkWorld() {
        broker.observe(root + "event",
                       [this](const simulated::BrokerMessage& message) { take_batch(message.payload); });
        broker.observe("#", [this](const simulated::BrokerMessage& message) { seen.push_back(message); });
    }

    // Program by program, each on a loop of its own.
    void start_stationd() {
        stationd_loop = std::make_unique<simulated::EventLoop>(scheduler);
        server = std::make_unique<simulated::StreamServer>(*stationd_loop, path);
        stationd = std::make_unique<FakeStationd>(*stationd_loop, *server);
    }
    void stop_stationd() {
        stationd.reset();
        server.reset();
        stationd_loop.reset();
    }
    void start_uplink() {
        uplink_loop = std::make_unique<simulated::EventLoop>(scheduler);
        connector = std::make_unique<simulated::StreamConnector>(*uplink_loop, path);
        client = std::make_unique<simulated::MqttClient>(*uplink_loop, broker);
        options.broker.host = "broker.example";
        options.broker.tls.emplace();
        options.broker.password = "not to be seen";
        uplink = std::make_unique<Uplink>(*uplink_loop, *connector, *client, random, options,
                                          [this](const Error& error) { told.push_back(error.what); });
        uplink->start();
    }
    void kill_uplink() {
        uplink.reset();
        client.reset();
        connector.reset();
        uplink_loop.reset();
    }
    void start_all() {
        start_stationd();
        start_uplink();
        run(seconds{3});
    }
    ~UplinkWorld() override {
        kill_uplink();
        stop_stationd();
    }

    void run(milliseconds duration) { scheduler.run_for(duration); }
    // However long it takes, within a simulated day.
    [[nodiscard]] bool comes(const std::function<bool()>& condition) {
        return scheduler.run_while([&] { return !condition(); }, hours{24});
    }
    std::string fault() const {
        return stationd->report.is_null() ? "?" : stationd->report["fault"].get<std::string>();
    }
    bool connected() const { return !stationd->report.is_null() && stationd->report["connected"].get<bool>(); }
    nlohmann::json retained(const std::string& topic) const {
        const auto found = broker.retained(root + topic);
        return found ? nlohmann::json::parse(*found) : nlohmann::json();
    }
    std::size_t count(const std::string& topic) const {
        return static_cast<std::size_t>(std::ranges::count_if(
            seen, [&](const auto& message) { return simulated::topic_matches(root + topic, message.topic); }));
    }

    simulated::Scheduler scheduler;
    simulated::MqttBroker broker{scheduler};
    simulated::SocketPath path;
    simulated::Random random{42};
    std::unique_ptr<simulated::EventLoop> stationd_loop;
    std::unique_ptr<simulated::EventLoop> uplink_loop;
    std::unique_ptr<simulated::StreamServer> server;
    std::unique_ptr<FakeStationd> stationd;
    std::unique_ptr<simulated::StreamConnector> connector;
    std::unique_ptr<simulated::MqttClient> client;
    std::unique_ptr<Uplink> uplink;
    UplinkOptions options{.station = "test", .broker = {}};
    std::vector<std::string> told;
    std::vector<simulated::BrokerMessage> seen;
    std::vector<std::uint64_t> received;  // sequence numbers as the centre gets them
    std::uint64_t new_ones = 0;  // those it had not yet; they must come without a hole
    std::uint64_t holes = 0;
    std::uint64_t repeated = 0;

 private:
    void take_batch(const std::string& payload) {
        const auto batch = nlohmann::json::parse(payload);
        for (const auto& record : batch["records"]) {
            ASSERT_EQ(record["epoch"], batch["epoch"]);
            const std::uint64_t seq = record["seq"];
            received.push_back(seq);
            if (seq == new_ones + 1) {
                ++new_ones;
            } else if (seq <= new_ones) {
                ++repeated;
            } else {
                ++holes;
            }
        }
    }
};

}  // namespace yizhan
