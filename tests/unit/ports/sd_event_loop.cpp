// What only the real loop has: descriptors, threads, signals, the service manager.
#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "drivers/ports/boot_id.h"
#include "drivers/ports/event_loop.h"
#include "drivers/ports/notify.h"
#include "drivers/ports/unique_fd.h"
#include "tests/unit/ports/both_loops.h"

namespace yizhan {
namespace {

struct Pipe {
    UniqueFd in;
    UniqueFd out;
    Pipe() {
        std::array<int, 2> ends{};
        EXPECT_EQ(pipe(ends.data()), 0);
        out = UniqueFd(ends[0]);
        in = UniqueFd(ends[1]);
    }
    void put(const std::string& bytes) const {
        EXPECT_EQ(write(in.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    }
    char take() const {
        char byte = 0;
        EXPECT_EQ(read(out.get(), &byte, 1), 1);
        return byte;
    }
};

TEST(SdEventLoop, ServesEachReadyDescriptorOnceATurn) {
    RealWorld world;
    const Pipe busy;
    const Pipe other;
    std::string diary;
    const auto busy_watch = world.loop.watch(busy.out.get(), EPOLLIN, [&](std::uint32_t) { diary += busy.take(); });
    const auto other_watch = world.loop.watch(other.out.get(), EPOLLIN, [&](std::uint32_t) { diary += other.take(); });
    TestMember member;
    member.on_settle = [&](Now) { diary += '.'; };
    world.loop.join(member);
    busy.put("aaa");
    other.put("b");
    for (int i = 0; i < 3; ++i) world.turn();
    EXPECT_EQ(diary, "ab.a.a.");
    world.loop.leave(member);
}

TEST(SdEventLoop, LetsAWatchDieInItsOwnCallAndTakesTheDescriptorNumberAgain) {
    RealWorld world;
    int calls = 0;
    std::unique_ptr<FdWatch> watch;
    auto pipe = std::make_unique<Pipe>();
    watch = world.loop.watch(pipe->out.get(), EPOLLIN, [&, big = std::string(1000, 'x')](std::uint32_t) {
        watch.reset();
        pipe.reset();
        calls += static_cast<int>(big.size());
    });
    pipe->put("x");
    world.turn();
    EXPECT_EQ(calls, 1000);
    const Pipe successor;  // most likely the same number
    watch = world.loop.watch(successor.out.get(), EPOLLIN, [&](std::uint32_t) { ++calls; });
    successor.put("x");
    world.turn();
    EXPECT_EQ(calls, 1001);
}

TEST(SdEventLoop, HearsOnlyWhatAWatchWasModifiedTo) {
    RealWorld world;
    const Pipe pipe;
    int calls = 0;
    const auto watch = world.loop.watch(pipe.out.get(), EPOLLIN, [&](std::uint32_t) { ++calls; });
    pipe.put("x");
    watch->modify(0);
    world.loop.turn(milliseconds{0});
    EXPECT_EQ(calls, 0);
    watch->modify(EPOLLIN);
    world.loop.turn(milliseconds{0});
    EXPECT_EQ(calls, 1);
}

TEST(SdEventLoop, KeepsTheOrderOfWhatEachThreadPosts) {
    RealWorld world;
    constexpr int each = 250;
    std::array<std::vector<int>, 4> heard;
    {
        std::vector<std::jthread> threads;
        for (auto& list : heard) {
            threads.emplace_back([&world, &list] {
                for (int i = 0; i < each; ++i) world.loop.post([&list, i] { list.push_back(i); });
            });
        }
        ASSERT_TRUE(world.run_while([&] {
            for (const auto& list : heard) {
                if (list.size() < each) return true;
            }
            return false;
        }));
    }
    for (const auto& list : heard) {
        for (int i = 0; i < each; ++i) EXPECT_EQ(list[static_cast<std::size_t>(i)], i);
    }
}

TEST(SdEventLoop, FinishesTheTurnInWhichItIsStoppedAndReturnsTheFirstCode) {
    RealWorld world;
    bool settled = false;
    TestMember member;
    member.on_settle = [&](Now) { settled = true; };
    world.loop.join(member);
    world.loop.post([&] {
        world.loop.stop(3);
        world.loop.stop(4);
    });
    EXPECT_EQ(world.loop.run(), 3);
    EXPECT_TRUE(settled);
    world.loop.leave(member);
}

TEST(SdEventLoop, WakesForNothingButItsDeadline) {
    RealWorld world;
    world.turn();
    TestMember member;
    bool advanced = false;
    int turns = 0;
    member.deadline = world.loop.now().mono + milliseconds{20};
    member.on_advance = [&](Now) { advanced = true; };
    member.on_settle = [&](Now) { ++turns; };
    world.loop.join(member);
    ASSERT_TRUE(world.run_while([&] { return !advanced; }));
    EXPECT_EQ(turns, 1);
    world.loop.leave(member);
}

// In a process of its own: signal masks and the environment belong to all of it.
template <class Function>
int exit_code_of(Function in_child) {
    const pid_t child = fork();
    if (child == 0) _exit(in_child());
    int status = -1;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(SdEventLoop, CallsBackOnHangupAndStopsOnTerminate) {
    for (const int last : {SIGTERM, SIGINT}) {
        EXPECT_EQ(exit_code_of([&] {
                      SdEventLoop loop(ClockPolicy::always);
                      int hangups = 0;
                      loop.handle_signals([&] {
                          ++hangups;
                          kill(getpid(), last);
                      });
                      kill(getpid(), SIGHUP);
                      const int code = loop.run();
                      return code == 0 ? 40 + hangups : 1;
                  }),
                  41);
    }
}

struct ServiceManager {
    UniqueFd fd{socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    ServiceManager() {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const std::string name = "yizhan-test-" + std::to_string(getpid());
        name.copy(&address.sun_path[1], sizeof(address.sun_path) - 1);  // abstract: no file
        const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
        if (bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) != 0) _exit(99);
        setenv("NOTIFY_SOCKET", ("@" + name).c_str(), 1);
    }
    std::string heard() const {
        std::array<char, 500> text{};
        const ssize_t size = recv(fd.get(), text.data(), text.size(), MSG_DONTWAIT);
        return size < 0 ? "" : std::string(text.data(), static_cast<std::size_t>(size));
    }
};

TEST(Notify, TellsTheServiceManagerWhatIsGoingOn) {
    EXPECT_EQ(exit_code_of([] {
                  const ServiceManager manager;
                  notify_ready();
                  notify_status("two doors\nREADY=0");
                  notify_stopping();
                  if (manager.heard() != "READY=1") return 1;
                  if (manager.heard() != "STATUS=two doors") return 2;
                  if (manager.heard() != "STOPPING=1") return 3;
                  return 0;
              }),
              0);
}

TEST(SdEventLoop, FeedsTheWatchdogOnlyWhereOneIsAskedFor) {
    EXPECT_EQ(exit_code_of([] {
                  const ServiceManager manager;
                  SdEventLoop loop(ClockPolicy::always);
                  const auto unasked = loop.feed_watchdog();
                  if (!unasked || *unasked) return 1;
                  setenv("WATCHDOG_USEC", "20000", 1);
                  const auto asked = loop.feed_watchdog();
                  if (!asked || !*asked) return 2;
                  for (int turns = 0; turns < 20; ++turns) {
                      loop.turn(milliseconds{100});
                      if (manager.heard() == "WATCHDOG=1") return 0;
                  }
                  return 3;
              }),
              0);
}

TEST(BootId, IsTheSameUntilTheNextBoot) {
    EXPECT_NE(boot_id(), 0u);
    EXPECT_EQ(boot_id(), boot_id());
}

}  // namespace
}  // namespace yizhan
