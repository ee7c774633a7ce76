// The server of /metrics, over real sockets.
#include "tools/collector/metrics.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "tests/broker/real_broker.h"
#include "tests/collector/http_client.h"

namespace yizhan::collector {
namespace {

class Metrics : public ::testing::Test {
 protected:
    void start() {
        auto started = MetricsServer::start(loop, "127.0.0.1", port, [] { return std::string("up 1\n"); }, seconds{1});
        ASSERT_TRUE(started) << started.error().what;
        server = std::move(*started);
    }
    // What is answered to `request`; empty: nothing.
    std::string ask(const std::string& request) {
        HttpClient client(port);
        client.send(request);
        const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds{30};
        while (!client.ended() && std::chrono::steady_clock::now() < limit) loop.turn(milliseconds{20});
        return client.received();
    }

    const std::uint16_t port = free_port();
    SdEventLoop loop{ClockPolicy::always};
    std::unique_ptr<MetricsServer> server;
};

constexpr const char* get = "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

TEST_F(Metrics, AreAnsweredToAGetAndNothingElseIs) {
    start();
    const auto answer = ask(get);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200")) << answer;
    EXPECT_TRUE(answer.ends_with("\r\n\r\nup 1\n")) << answer;
    EXPECT_TRUE(ask("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").starts_with("HTTP/1.1 404"));
    EXPECT_TRUE(ask("DELETE /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").starts_with("HTTP/1.1 405"));
}

TEST_F(Metrics, AreAnsweredAlsoWhenManyHaveConnectedAndSayNothing) {
    start();
    std::vector<std::unique_ptr<HttpClient>> silent;
    for (int i = 0; i < 17; ++i) {
        silent.push_back(std::make_unique<HttpClient>(port));
        loop.turn(milliseconds{1});
    }
    EXPECT_TRUE(ask(get).starts_with("HTTP/1.1 200"));
}

TEST_F(Metrics, APortThatIsTakenIsNamed) {
    start();
    const auto second = MetricsServer::start(loop, "127.0.0.1", port, [] { return std::string(); });
    ASSERT_FALSE(second);
    EXPECT_NE(second.error().what.find(std::to_string(port)), std::string::npos);
}

}  // namespace
}  // namespace yizhan::collector
