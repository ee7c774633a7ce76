// The uplink, its real client and a real broker that is killed in mid-feed.
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "drivers/ports/event_loop.h"
#include "drivers/ports/mqtt/mosquitto_client.h"
#include "drivers/ports/random.h"
#include "drivers/ports/stream.h"
#include "firmware/uplink/uplink.h"
#include "tests/broker/real_broker.h"
#include "tests/unit/uplink/fake_stationd.h"

namespace yizhan {
namespace {

class UplinkRestart : public ::testing::Test {
 protected:
    [[nodiscard]] bool comes(const std::function<bool()>& condition) {
        const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds{60};
        while (!condition()) {
            if (std::chrono::steady_clock::now() > limit) return false;
            loop.turn(milliseconds{20});
        }
        return true;
    }
    // How often each record has come.
    static std::map<std::uint64_t, int> records_at(const PersistentCentre& centre) {
        std::map<std::uint64_t, int> records;
        for (const auto& payload : centre.received()) {
            const auto batch = nlohmann::json::parse(payload, nullptr, false);
            if (!batch.is_object() || !batch.contains("records")) continue;
            for (const auto& record : batch["records"]) ++records[record["seq"]];
        }
        return records;
    }

    ScratchDirectory scratch;
    SdEventLoop loop{ClockPolicy::always};
    SystemRandom random;
};

TEST_F(UplinkRestart, NothingIsMissingAfterTheBrokerWasKilledInMidFeed) {
    RealBroker broker(scratch, "allow_anonymous true\n");
    PersistentCentre centre(scratch, broker.port(), "yizhan/v1/test/#");
    auto server = UnixServer::listen(loop, {.path = scratch.file("control.sock"), .group = {}});
    ASSERT_TRUE(server);
    FakeStationd stationd(loop, **server);
    stationd.batch = 2;
    UnixConnector connector(loop, scratch.file("control.sock"), std::size_t{1} << 20);
    MosquittoClient client(loop);
    UplinkOptions options{.station = "test", .broker = {}};
    options.broker.host = "127.0.0.1";
    options.broker.port = broker.port();
    Uplink uplink(loop, connector, client, random, options, [](const Error&) {});
    uplink.start();
    // The centre's session stands once something has come through it.
    stationd.append_records(1);
    ASSERT_TRUE(comes([&] { return stationd.acknowledged == 1; }));
    ASSERT_TRUE(comes([&] {
        if (!centre.received().empty()) return true;
        stationd.append_records(1);
        return false;
    }));

    for (int round = 0; round < 3; ++round) {
        const auto before = stationd.acknowledged;
        stationd.append_records(600);
        ASSERT_TRUE(comes([&] { return stationd.acknowledged > before + 50; }));
        const bool in_mid_feed = stationd.acknowledged < stationd.last();
        broker.kill_hard();
        EXPECT_TRUE(in_mid_feed);
        ASSERT_TRUE(comes([&] { return stationd.report["connected"] == false; }));
        const auto taken_by_the_dead = stationd.acknowledged;
        broker.start();
        ASSERT_TRUE(comes([&] { return stationd.acknowledged == stationd.last(); }));
        // What the killed broker had acknowledged, it may have taken along in the moment between its PUBACK and its
        // file. Nothing after that may be missing.
        ASSERT_TRUE(comes([&] {
            const auto records = records_at(centre);
            for (auto seq = taken_by_the_dead + 1; seq <= stationd.last(); ++seq) {
                if (!records.contains(seq)) return false;
            }
            return true;
        }));
    }
    bool stopped = false;
    uplink.stop([&] { stopped = true; });
    ASSERT_TRUE(comes([&] { return stopped; }));
    ASSERT_TRUE(comes([&] { return centre.received().back().find("offline") != std::string::npos; }));
}

}  // namespace
}  // namespace yizhan
