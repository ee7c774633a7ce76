// What both streams must hold.
#include "hal/stream.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "drivers/ports/stream.h"
#include "drivers/simulated/files.h"
#include "drivers/simulated/stream.h"
#include "tests/unit/ports/both_loops.h"
#include "tests/unit/ports/temporary_folder.h"
#include "tests/unit/ports/unix_client.h"

namespace yizhan {
namespace {

constexpr std::size_t bound = 100'000;

// Keeps what it hears; `react` may do something about it.
struct Diary : StreamListener {
    std::string bytes;
    std::vector<std::string> heard;
    int closed = 0;
    std::function<void(Stream&)> react = [](Stream&) {};

    void on_bytes(Stream& stream, std::string_view more) override {
        bytes += more;
        heard.emplace_back("bytes");
        react(stream);
    }
    void on_file(Stream& stream, std::unique_ptr<File> file) override {
        std::string content(20, '\0');
        const auto size = file->read(0, std::as_writable_bytes(std::span(content)));
        heard.push_back("file " + content.substr(0, size.value_or(0)));
        react(stream);
    }
    void on_closed(Stream& stream) override {
        ++closed;
        heard.emplace_back("closed");
        react(stream);
    }
};

// A server that keeps its clients, and a connector beside it.
struct RealStreams : RealWorld {
    TemporaryFolder folder;
    const std::string path = folder / "socket";
    std::unique_ptr<StreamServer> server = serve();
    UnixConnector connector{loop, path, bound};

    std::unique_ptr<StreamServer> serve() {
        auto made = UnixServer::listen(loop, {.path = path, .send_bound = bound});
        EXPECT_TRUE(made) << made.error().what;
        return std::move(*made);
    }
    static PeerIdentity client_identity() { return {getuid(), getgid(), getpid(), {}}; }
    // A client that never reads.
    std::unique_ptr<UnixClient> deaf_client() const { return std::make_unique<UnixClient>(path); }
    std::unique_ptr<UnixClient> hand_over(const std::string& content, const std::string& bytes) const {
        std::ofstream(folder / "file") << content;
        auto client = std::make_unique<UnixClient>(path);
        client->send_with_files(bytes, {folder / "file"});
        return client;
    }
};

struct SimulatedStreams : SimulatedWorld {
    simulated::SocketPath path;
    std::unique_ptr<StreamServer> server = serve();
    simulated::StreamConnector connector{loop, path, client_identity(), bound};
    Diary ignored;

    std::unique_ptr<StreamServer> serve() { return std::make_unique<simulated::StreamServer>(loop, path, bound); }
    static PeerIdentity client_identity() { return {1001, 1002, 1003, {1004}}; }
    std::unique_ptr<Stream> deaf_client() {
        auto client = connector.connect();
        (*client)->start(ignored);
        connector.stall_client(true);
        return std::move(*client);
    }
    std::unique_ptr<Stream> hand_over(const std::string& content, const std::string& bytes) {
        auto client = connector.open();
        (*client)->start(ignored);
        EXPECT_TRUE((*client)->send(bytes, simulated::memory_file("file", content)));
        return std::move(*client);
    }
};

template <class Streams>
class EitherStream : public testing::Test {
 public:
    Streams streams;
    std::vector<std::unique_ptr<Stream>> accepted;
    Diary server_diary;
    Diary client_diary;

    void serve() {
        streams.server->start([this](std::unique_ptr<Stream> stream) {
            stream->start(server_diary);
            accepted.push_back(std::move(stream));
        });
    }
    std::unique_ptr<Stream> connect() {
        auto stream = streams.connector.connect();
        EXPECT_TRUE(stream) << stream.error().what;
        (*stream)->start(client_diary);
        return std::move(*stream);
    }
    std::unique_ptr<Stream> connect_and_accept() {
        auto client = connect();
        EXPECT_TRUE(until([&] { return accepted.size() == 1; }));
        return client;
    }
    bool until(const std::function<bool()>& condition) {
        return streams.run_while([&] { return !condition(); });
    }
    void some_turns() {
        for (int i = 0; i < 10; ++i) streams.turn();
    }
};
using EitherStreams = testing::Types<RealStreams, SimulatedStreams>;
struct StreamsNames {
    template <class Streams>
    static std::string GetName(int) {
        return std::is_same_v<Streams, RealStreams> ? "Real" : "Simulated";
    }
};
TYPED_TEST_SUITE(EitherStream, EitherStreams, StreamsNames);

TYPED_TEST(EitherStream, CarriesBytesBothWays) {
    this->serve();
    const auto client = this->connect_and_accept();
    EXPECT_TRUE(client->send("hel"));
    EXPECT_TRUE(client->send("lo"));
    EXPECT_EQ(client->waiting(), 5u);
    EXPECT_TRUE(this->until([&] { return this->server_diary.bytes == "hello"; }));
    EXPECT_EQ(client->waiting(), 0u);
    EXPECT_TRUE(this->accepted[0]->send("welcome"));
    EXPECT_TRUE(this->until([&] { return this->client_diary.bytes == "welcome"; }));
}

TYPED_TEST(EitherStream, KeepsWhatAClientSaysBeforeItIsAccepted) {
    const auto client = this->connect();
    EXPECT_TRUE(client->send("early"));
    this->some_turns();
    this->serve();
    EXPECT_TRUE(this->until([&] { return this->server_diary.bytes == "early"; }));
}

TYPED_TEST(EitherStream, TellsWhoIsThere) {
    this->serve();
    const auto client = this->connect_and_accept();
    const PeerIdentity expected = this->streams.client_identity();
    const PeerIdentity peer = this->accepted[0]->peer();
    EXPECT_EQ(peer.uid, expected.uid);
    EXPECT_EQ(peer.gid, expected.gid);
    EXPECT_EQ(peer.pid, expected.pid);
    if (!expected.groups.empty()) {
        EXPECT_EQ(peer.groups, expected.groups);
    }
}

TYPED_TEST(EitherStream, CarriesMoreThanTheKernelTakesInOrder) {
    this->serve();
    const auto client = this->connect_and_accept();
    std::string all;
    for (int i = 0; all.size() < 1'000'000; ++i) all += std::to_string(i) + ' ';
    std::size_t sent = 0;
    EXPECT_TRUE(this->until([&] {
        const std::string more = all.substr(sent, 30'000);
        if (!more.empty() && client->send(more)) sent += more.size();
        return this->server_diary.bytes.size() == all.size();
    }));
    EXPECT_EQ(this->server_diary.bytes, all);
}

TYPED_TEST(EitherStream, RefusesMoreThanMayWaitForAClientThatDoesNotRead) {
    this->serve();
    const auto client = this->streams.deaf_client();
    ASSERT_TRUE(this->until([&] { return this->accepted.size() == 1; }));
    Stream& stream = *this->accepted[0];
    const std::string line(1000, 'x');
    int lines = 0;
    while (stream.send(line) && lines < 10'000) {
        ++lines;
        this->streams.turn();
    }
    EXPECT_EQ(stream.waiting() / 1000, bound / 1000 - 1 + (stream.waiting() == bound ? 1 : 0));
    const std::size_t waiting = stream.waiting();
    EXPECT_FALSE(stream.send(std::string(bound - waiting + 1, 'x')));
    EXPECT_EQ(stream.waiting(), waiting);
    EXPECT_TRUE(stream.send(std::string(bound - waiting, 'x')));
    EXPECT_EQ(stream.waiting(), bound);
    EXPECT_EQ(this->server_diary.closed, 0);
}

TYPED_TEST(EitherStream, DeliversWhatWasTakenAndThenThatTheOtherEndIsGone) {
    this->serve();
    auto client = this->connect_and_accept();
    EXPECT_TRUE(client->send("last words"));
    this->streams.turn();
    client.reset();
    EXPECT_TRUE(this->until([&] { return this->server_diary.closed > 0; }));
    this->some_turns();
    EXPECT_EQ(this->server_diary.heard, (std::vector<std::string>{"bytes", "closed"}));
    EXPECT_EQ(this->client_diary.closed, 0);
    EXPECT_FALSE(this->accepted[0]->send("nobody hears this"));
}

TYPED_TEST(EitherStream, SaysThatTheOtherEndIsGoneAlsoWhereBytesWaitForIt) {
    this->serve();
    auto client = this->streams.deaf_client();
    ASSERT_TRUE(this->until([&] { return this->accepted.size() == 1; }));
    while (this->accepted[0]->send(std::string(1000, 'x'))) this->streams.turn();
    client.reset();
    EXPECT_TRUE(this->until([&] { return this->server_diary.closed == 1; }));
}

TYPED_TEST(EitherStream, MayDieWhenItHearsBytes) {
    this->serve();
    this->server_diary.react = [&](Stream&) { this->accepted.clear(); };
    const auto client = this->connect_and_accept();
    EXPECT_TRUE(client->send("drop me"));
    EXPECT_TRUE(this->until([&] { return this->client_diary.closed == 1; }));
    EXPECT_EQ(this->server_diary.heard, (std::vector<std::string>{"bytes"}));
}

TYPED_TEST(EitherStream, MayDieWhenItIsHandedAFile) {
    this->serve();
    this->server_diary.react = [&](Stream&) { this->accepted.clear(); };
    const auto client = this->streams.hand_over("content", "take this");
    EXPECT_TRUE(this->until([&] { return !this->server_diary.heard.empty(); }));
    this->some_turns();
    EXPECT_EQ(this->server_diary.heard, (std::vector<std::string>{"file content"}));
}

TYPED_TEST(EitherStream, HandsOverAFileBeforeTheBytesItCameWith) {
    this->serve();
    const auto client = this->streams.hand_over("content", "take this");
    EXPECT_TRUE(this->until([&] { return this->server_diary.bytes == "take this"; }));
    EXPECT_EQ(this->server_diary.heard, (std::vector<std::string>{"file content", "bytes"}));
}

TYPED_TEST(EitherStream, SendsWhatWasQueuedAfterItsOwnSettleWithoutBeingWokenByAnything) {
    this->serve();
    const auto client = this->connect_and_accept();
    TestMember later;  // settles after the stream
    bool sent = false;
    later.deadline = this->streams.loop.now().mono;
    later.on_settle = [&](Now) {
        if (!sent) {
            EXPECT_TRUE(client->send("late"));
        }
        sent = true;
    };
    this->streams.loop.join(later);
    EXPECT_TRUE(this->until([&] { return this->server_diary.bytes == "late"; }));
    this->streams.loop.leave(later);
}

TYPED_TEST(EitherStream, FailsToConnectWhereNobodyServesAndSaysWhatToDo) {
    this->streams.server.reset();
    const auto stream = this->streams.connector.connect();
    ASSERT_FALSE(stream);
    EXPECT_EQ(stream.error().cure, "start the program that serves it");
}

TYPED_TEST(EitherStream, ConnectsToASuccessorOfADeadServer) {
    auto lost = this->connect();  // never accepted
    this->streams.server.reset();
    EXPECT_TRUE(this->until([&] { return this->client_diary.closed == 1; }));
    this->streams.server = this->streams.serve();
    this->serve();
    const auto client = this->connect_and_accept();
    EXPECT_TRUE(client->send("again"));
    EXPECT_TRUE(this->until([&] { return this->server_diary.bytes == "again"; }));
}

TYPED_TEST(EitherStream, KeepsItsStreamsWhenTheServerGoes) {
    this->serve();
    const auto client = this->connect_and_accept();
    this->streams.server.reset();
    EXPECT_TRUE(client->send("still here"));
    EXPECT_TRUE(this->until([&] { return this->server_diary.bytes == "still here"; }));
    EXPECT_EQ(this->client_diary.closed, 0);
}

}  // namespace
}  // namespace yizhan
