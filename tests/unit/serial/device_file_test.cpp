// A device whose driver waits: whatever that takes, the loop turns.
#include "drivers/ports/device_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/ports/temporary_folder.h"

namespace yizhan {
namespace {

// Hangs like a driver in open(2), until somebody is at the other end.
class Fifo {
 public:
    explicit Fifo(std::string path) : path_(std::move(path)) { EXPECT_EQ(mkfifo(path_.c_str(), 0600), 0); }
    const std::string& path() const { return path_; }
    Result<UniqueFd> open_reading() const { return UniqueFd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC)); }
    bool somebody_waits() const { return static_cast<bool>(open_writing()); }
    UniqueFd open_writing() const { return UniqueFd(::open(path_.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC)); }

 private:
    const std::string path_;
};

struct FileDiary : DeviceFileUser {
    DeviceFile* file = nullptr;
    int opened = 0;
    std::vector<std::string> absent;
    void on_opened(Now) override { ++opened; }
    void on_absent(std::string_view why, Now) override { absent.emplace_back(why); }
    void on_ready(std::uint32_t, Now now) override { file->lose("gone", now); }
};

class HangingDevice : public testing::Test {
 public:
    // The loop turns while nothing else gets on.
    void turns() {
        for (int i = 0; i < 20; ++i) loop.turn(milliseconds{10});
    }
    // For a minute at most.
    bool turn_until(const std::function<bool()>& condition) {
        for (int i = 0; i < 6000; ++i) {
            if (condition()) return true;
            loop.turn(milliseconds{10});
        }
        return false;
    }
    void start(DeviceAccess access) {
        file = std::make_unique<DeviceFile>(loop, diary, std::move(access));
        diary.file = file.get();
        file->start();
    }

    SdEventLoop loop{ClockPolicy::always};
    TemporaryFolder folder;
    const Fifo fifo{folder / "fifo"};
    FileDiary diary;
    std::unique_ptr<DeviceFile> file;
};

TEST_F(HangingDevice, ThatIsOpenedHoldsUpNobodyAndIsNamed) {
    start({.device = "/dev/x", .open = [fifo = fifo] { return fifo.open_reading(); }});
    turns();
    EXPECT_FALSE(file->is_open());
    EXPECT_TRUE(diary.absent.empty());
    ASSERT_TRUE(turn_until([&] { return !diary.absent.empty(); }));
    turns();
    EXPECT_EQ(diary.absent, std::vector<std::string>{"/dev/x hangs while it is opened: plug it in again, and check "
                                                     "its power supply"});
    // Late is not never.
    UniqueFd other_end;
    ASSERT_TRUE(turn_until([&] { return static_cast<bool>(other_end = fifo.open_writing()); }));
    ASSERT_TRUE(turn_until([&] { return diary.opened == 1; }));
    EXPECT_TRUE(file->is_open());
}

TEST_F(HangingDevice, ThatIsClosedHoldsUpNobodyAndIsOpenedAgainAfterwards) {
    std::array<int, 2> pipe{};
    ASSERT_EQ(pipe2(pipe.data(), O_CLOEXEC | O_NONBLOCK), 0);
    const UniqueFd line(pipe[0]);
    UniqueFd other_end(pipe[1]);
    start({.device = "/dev/x",
           .open = [fd = line.get()]() -> Result<UniqueFd> { return UniqueFd(fcntl(fd, F_DUPFD_CLOEXEC, 0)); },
           .let_go = [fifo = fifo](int) { static_cast<void>(fifo.open_reading()); }});
    ASSERT_TRUE(turn_until([&] { return diary.opened == 1; }));
    other_end.reset();
    ASSERT_TRUE(turn_until([&] { return !diary.absent.empty(); }));
    EXPECT_EQ(diary.absent.front(), "gone");
    file->reopen("nothing is open");
    turns();
    EXPECT_FALSE(file->is_open());
    EXPECT_EQ(diary.opened, 1);
    ASSERT_TRUE(turn_until([&] { return fifo.somebody_waits(); }));
    ASSERT_TRUE(turn_until([&] { return diary.opened == 2; }));
    file.reset();
    EXPECT_TRUE(turn_until([&] { return fifo.somebody_waits(); }));
}

TEST_F(HangingDevice, ThatIsNotNeededAnyMoreIsLeftBehindAndLetGoOfLater) {
    start({.device = "/dev/x", .open = [fifo = fifo] { return fifo.open_reading(); }});
    turns();
    file.reset();
    // The thread gets on, and nobody is left who reads.
    UniqueFd other_end;
    ASSERT_TRUE(turn_until([&] { return static_cast<bool>(other_end = fifo.open_writing()); }));
    pollfd closed{.fd = other_end.get(), .events = 0, .revents = 0};
    EXPECT_EQ(poll(&closed, 1, 60'000), 1);
    EXPECT_EQ(closed.revents, POLLERR);
    turns();
    EXPECT_EQ(diary.opened, 0);
    EXPECT_TRUE(diary.absent.empty());
}

// Whatever it is doing: nothing is told afterwards, and nothing stays open.
TEST_F(HangingDevice, IsDestroyedAtAnyTime) {
    std::array<int, 2> pipe{};
    ASSERT_EQ(pipe2(pipe.data(), O_CLOEXEC | O_NONBLOCK), 0);
    UniqueFd line(pipe[0]);
    const UniqueFd other_end(pipe[1]);
    for (int turns_before = 0; turns_before < 200; ++turns_before) {
        start({.device = "/dev/x",
               .open = [fd = line.get()]() -> Result<UniqueFd> { return UniqueFd(fcntl(fd, F_DUPFD_CLOEXEC, 0)); }});
        for (int i = 0; i < turns_before % 20; ++i) loop.turn(milliseconds{0});
        if (turns_before % 3 == 0) file->reopen("anew");
        if (turns_before % 2 == 0) loop.turn(milliseconds{0});
        file.reset();
        const int told = diary.opened;
        loop.turn(milliseconds{0});
        EXPECT_EQ(diary.opened, told);
    }
    line.reset();
    pollfd closed{.fd = other_end.get(), .events = 0, .revents = 0};
    EXPECT_EQ(poll(&closed, 1, 60'000), 1);
}

// EACCES is about the file, EPERM never: the unit's list of devices is.
TEST(DeviceError, SaysWhoRefusesADevice) {
    EXPECT_EQ(
        device_error("/dev/x", EACCES),
        (Error{"no right to open /dev/x", "let a udev rule give it to the group yizhan-devices (70-yizhan.rules)"}));
    EXPECT_EQ(
        device_error("/dev/x", EPERM),
        (Error{"the unit does not allow /dev/x",
               "restart stationd; where that does not help, name it in DeviceAllow= of the unit (/proc/devices)"}));
}

}  // namespace
}  // namespace yizhan
