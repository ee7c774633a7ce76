#include "drivers/ports/serial/serial_port.h"

#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <termios.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <optional>
#include <vector>

#include "tests/unit/ports/both_loops.h"
#include "tests/unit/ports/temporary_folder.h"
#include "tests/unit/serial/pty.h"

namespace yizhan {
namespace {

struct Diary : BytePortListener {
    std::string bytes;
    int attached = 0;
    std::vector<std::string> detached;
    void on_attached(Now) override { ++attached; }
    void on_detached(std::string_view why, Now) override { detached.emplace_back(why); }
    void on_bytes(std::span<const std::byte> more, Now) override {
        bytes.append(reinterpret_cast<const char*>(more.data()), more.size());
    }
};

class Serial : public testing::Test {
 public:
    RealWorld world;
    TemporaryFolder folder;
    std::optional<Pty> pty{std::in_place};
    // As udev's by-id names: it comes and goes with the device.
    const std::string device = folder / "reader";
    SerialPorts ports{world.loop};
    SerialLine speaks;
    Diary diary;
    std::unique_ptr<BytePort> port;

    void plug_in() { std::filesystem::create_symlink(pty->device(), device); }
    void open() {
        auto opened = ports.open("serial:" + device, speaks);
        ASSERT_TRUE(opened) << opened.error().what;
        port = std::move(*opened);
        port->start(diary);
    }
    void open_attached() {
        plug_in();
        open();
        ASSERT_TRUE(world.run_while([&] { return diary.attached == 0; }));
    }
    Result<void> send(std::string_view text) { return port->send(std::as_bytes(std::span(text))); }
    std::string hear(std::size_t size) {
        std::string heard;
        const auto awake = world.loop.watch(pty->master(), EPOLLIN, [](std::uint32_t) {});
        EXPECT_TRUE(world.run_while([&] {
            heard += pty->hear();
            return heard.size() < size;
        }));
        return heard;
    }
};

TEST_F(Serial, TellsNothingFromInsideStart) {
    plug_in();
    open();
    EXPECT_EQ(diary.attached, 0);
    EXPECT_TRUE(world.run_while([&] { return diary.attached == 0; }));
}

// A pseudo-terminal carries bytes at any speed, and knows no parity; that the speed was asked for is all there is to
// see.
TEST_F(Serial, SpeaksAsItIsTold) {
    struct Case {
        SerialLine line;
        speed_t speed;
    };
    for (const Case& one : {Case{{.speed = 4800, .even_parity = true}, B4800}, Case{{.speed = 9600}, B9600},
                            Case{{.speed = 115200}, B115200}}) {
        speaks = one.line;
        diary = {};
        std::filesystem::remove(device);
        open_attached();
        termios asked{};
        ASSERT_EQ(tcgetattr(pty->master(), &asked), 0);
        EXPECT_EQ(cfgetospeed(&asked), one.speed);
        port.reset();
    }
}

TEST_F(Serial, CarriesEveryByteBothWaysUnchanged) {
    open_attached();
    std::string all;
    for (int value = 0; value < 256; ++value) all += static_cast<char>(value);
    pty->say(all);
    ASSERT_TRUE(world.run_while([&] { return diary.bytes.size() < all.size(); }));
    EXPECT_EQ(diary.bytes, all);
    for (std::size_t at = 0; at < all.size(); at += SerialPort::longest_request) {
        const auto part = all.substr(at, SerialPort::longest_request);
        ASSERT_TRUE(send(part));
        EXPECT_EQ(hear(part.size()), part);
    }
}

TEST_F(Serial, RunsAt115200WithEightBitsAndNoHandshake) {
    open_attached();
    termios line{};
    ASSERT_EQ(tcgetattr(pty->master(), &line), 0);
    EXPECT_EQ(cfgetispeed(&line), static_cast<speed_t>(B115200));
    EXPECT_EQ(cfgetospeed(&line), static_cast<speed_t>(B115200));
    EXPECT_EQ(line.c_cflag & (CSIZE | PARENB | CSTOPB | CRTSCTS | CLOCAL), static_cast<tcflag_t>(CS8 | CLOCAL));
    EXPECT_EQ(line.c_iflag & (IXON | IXOFF), 0U);
}

TEST_F(Serial, WaitsForADeviceThatIsNotThereYetAndSaysSoOnce) {
    open();
    ASSERT_TRUE(world.run_while([&] { return diary.detached.empty(); }));
    EXPECT_EQ(diary.detached.front(), device + " is not there: plug it in, or correct its name in the settings");
    const auto refused = send("x");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().what, device + ": not attached");
    const Mono two_tries_later = world.loop.now().mono + milliseconds{2500};
    ASSERT_TRUE(world.run_while([&] { return world.loop.now().mono < two_tries_later; }));
    plug_in();
    ASSERT_TRUE(world.run_while([&] { return diary.attached == 0; }));
    EXPECT_EQ(diary.detached.size(), 1U);
}

TEST_F(Serial, GoesOnWithADeviceThatWasUnpluggedAndPluggedInAgain) {
    open_attached();
    std::filesystem::remove(device);
    pty->unplug();
    ASSERT_TRUE(world.run_while([&] { return diary.detached.size() < 2; }));
    EXPECT_EQ(diary.detached[0], device + " went away: check plug and cable");
    EXPECT_EQ(diary.detached[1], device + " is not there: plug it in, or correct its name in the settings");
    pty.emplace();
    plug_in();
    ASSERT_TRUE(world.run_while([&] { return diary.attached < 2; }));
    ASSERT_TRUE(send("hello"));
    EXPECT_EQ(hear(5), "hello");
}

TEST_F(Serial, IsOpenedAnewByAReset) {
    open_attached();
    port->reset();
    EXPECT_TRUE(diary.detached.empty());
    ASSERT_TRUE(world.run_while([&] { return diary.attached < 2; }));
    EXPECT_EQ(diary.detached, std::vector<std::string>{device + " is opened anew"});
    ASSERT_TRUE(send("again"));
    EXPECT_EQ(hear(5), "again");
}

TEST_F(Serial, IsLockedAgainstOtherPrograms) {
    open_attached();
    auto second = ports.open("serial:" + device, speaks);
    ASSERT_TRUE(second);
    Diary other;
    (*second)->start(other);
    ASSERT_TRUE(world.run_while([&] { return other.detached.empty(); }));
    EXPECT_EQ(other.detached.front(),
              "another program uses " + device + ": stop it (fuser -v " + device + " names it)");
    const UniqueFd line(::open(device.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
    int exclusive = 0;
    if (line) {
        EXPECT_EQ(ioctl(line.get(), TIOCGEXCL, &exclusive), 0);  // root may open what is exclusive
    } else {
        exclusive = errno == EBUSY ? 1 : 0;
    }
    EXPECT_EQ(exclusive, 1);
    // Closed, it is free again.
    port.reset();
    EXPECT_TRUE(world.run_while([&] { return other.attached == 0; }));
}

TEST_F(Serial, SaysThatAFileIsNoSerialLine) {
    std::ofstream(folder / "reader") << "text";
    open();
    ASSERT_TRUE(world.run_while([&] { return diary.detached.empty(); }));
    EXPECT_EQ(diary.detached.front(), device + " is not a serial line: correct the port in the settings");
}

TEST_F(Serial, SendsARequestToItsEndBeforeItTakesTheNext) {
    open_attached();
    // Nobody reads at the far end: what is sent piles up until the line takes no more.
    const std::string request(SerialPort::longest_request, 'r');
    std::string sent;
    Result<void> answer;
    for (int i = 0; i < 4096 && answer; ++i) {
        answer = send(request);
        if (answer) sent += request;
    }
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().what, device + ": the last request has not left yet");
    EXPECT_TRUE(hear(sent.size()) == sent);
    EXPECT_TRUE(send(request));
}

TEST(SerialPorts, TakeOnlyNamesOfSerialLines) {
    RealWorld world;
    SerialPorts ports(world.loop);
    for (const auto* name : {"usb:1-1", "serial:", "/dev/ttyS0"}) {
        const auto opened = ports.open(name, {});
        ASSERT_FALSE(opened);
        EXPECT_EQ(opened.error(), (Error{"port " + std::string(name) + " is no serial line", "write serial:/dev/…"}));
    }
}

}  // namespace
}  // namespace yizhan
