// What only real sockets have: files, rights, descriptors.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "drivers/ports/stream.h"
#include "tests/unit/ports/both_loops.h"
#include "tests/unit/ports/temporary_folder.h"
#include "tests/unit/ports/unix_client.h"

namespace yizhan {
namespace {

struct FileCounter : StreamListener {
    std::string bytes;
    std::vector<std::unique_ptr<File>> files;
    int closed = 0;
    void on_bytes(Stream&, std::string_view more) override { bytes += more; }
    void on_file(Stream&, std::unique_ptr<File> file) override { files.push_back(std::move(file)); }
    void on_closed(Stream&) override { ++closed; }
};

class UnixSocket : public testing::Test {
 public:
    RealWorld world;
    TemporaryFolder folder;
    const std::string path = folder / "socket";

    Result<std::unique_ptr<UnixServer>> listen() { return UnixServer::listen(world.loop, {.path = path}); }
    static std::size_t open_descriptors() {
        return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}));
    }
};

TEST_F(UnixSocket, HasTheModeAndGroupItWasGivenAndGoesWithItsServer) {
    const auto group = static_cast<std::uint32_t>(getegid());
    const mode_t before = umask(077);
    {
        const auto server = UnixServer::listen(world.loop, {.path = path, .mode = 0660, .group = group});
        ASSERT_TRUE(server) << server.error().what;
        struct stat status{};
        ASSERT_EQ(stat(path.c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 07777u, 0660u);
        EXPECT_EQ(status.st_gid, group);
    }
    umask(before);
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(UnixSocket, ReplacesTheFileOfADeadServer) {
    {
        auto server = listen();
        ASSERT_TRUE(server);
        // As after a crash: the file outlives whoever listened.
        std::filesystem::create_hard_link(path, folder / "kept");
    }
    std::filesystem::rename(folder / "kept", path);
    const auto successor = listen();
    EXPECT_TRUE(successor) << successor.error().what;
}

TEST_F(UnixSocket, LeavesTheSocketOfALiveServerAlone) {
    const auto server = listen();
    ASSERT_TRUE(server);
    const auto second = listen();
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error(), (Error{path + ": another program serves this socket", "stop the other one first"}));
    EXPECT_TRUE(std::filesystem::exists(path));
}

TEST_F(UnixSocket, RemovesNothingThatIsNoSocket) {
    std::ofstream(path) << "precious";
    const auto server = listen();
    ASSERT_FALSE(server);
    EXPECT_EQ(server.error().what, path + ": in the way, and not a socket");
    EXPECT_TRUE(std::filesystem::exists(path));
}

TEST_F(UnixSocket, SaysWhatIsWrongWithItsPath) {
    const auto longer = UnixServer::listen(world.loop, {.path = "/run/" + std::string(200, 'x')});
    ASSERT_FALSE(longer);
    EXPECT_NE(longer.error().what.find("1 to 107 bytes"), std::string::npos);
    const auto nowhere = UnixServer::listen(world.loop, {.path = folder / "missing/socket"});
    ASSERT_FALSE(nowhere);
    EXPECT_EQ(nowhere.error().cure, "make the directory (RuntimeDirectory= of the unit)");
}

TEST_F(UnixSocket, HangsUpOnMoreClientsThanItMayHave) {
    auto server = UnixServer::listen(world.loop, {.path = path, .most_clients = 2});
    ASSERT_TRUE(server);
    FileCounter listener;
    std::vector<std::unique_ptr<Stream>> accepted;
    (*server)->start([&](std::unique_ptr<Stream> stream) {
        stream->start(listener);
        accepted.push_back(std::move(stream));
    });
    std::vector<std::unique_ptr<UnixClient>> clients;
    for (int i = 0; i < 3; ++i) clients.push_back(std::make_unique<UnixClient>(path));
    ASSERT_TRUE(world.run_while([&] { return (*server)->hung_up_on() == 0; }));
    EXPECT_EQ(accepted.size(), 2u);
    accepted.pop_back();
    clients.push_back(std::make_unique<UnixClient>(path));
    EXPECT_TRUE(world.run_while([&] { return accepted.size() < 2; }));
}

TEST_F(UnixSocket, KeepsOneFileOfAMessageAndClosesTheRest) {
    auto server = listen();
    ASSERT_TRUE(server);
    FileCounter listener;
    std::unique_ptr<Stream> accepted;
    (*server)->start([&](std::unique_ptr<Stream> stream) {
        accepted = std::move(stream);
        accepted->start(listener);
    });
    const UnixClient client(path);
    ASSERT_TRUE(world.run_while([&] { return !accepted; }));
    std::ofstream(folder / "first") << "1";
    std::ofstream(folder / "second") << "22";
    const std::size_t before = open_descriptors();
    client.send_with_files("a", {folder / "first", folder / "second", folder / "second"});
    client.send_with_files("b", {folder / "second"});
    ASSERT_TRUE(world.run_while([&] { return listener.bytes != "ab"; }));
    ASSERT_EQ(listener.files.size(), 2u);
    EXPECT_EQ(listener.files[0]->size(), 1u);
    EXPECT_EQ(listener.files[1]->size(), 2u);
    EXPECT_EQ(open_descriptors(), before + 2);
    listener.files.clear();
    EXPECT_EQ(open_descriptors(), before);
}

TEST_F(UnixSocket, ClosesAFileThatComesWithADeadStream) {
    auto server = listen();
    ASSERT_TRUE(server);
    const std::size_t before = open_descriptors();
    {
        const UnixClient client(path);
        client.send_with_files("never heard", {"/proc/self/status"});
        (*server)->start([](const std::unique_ptr<Stream>&) {});
        world.turn();
    }
    EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace yizhan
