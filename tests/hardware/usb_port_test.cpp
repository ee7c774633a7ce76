// The USB port, libusb, the kernel's USB stack and a reader on a virtual bus. Needs root, vhci-hcd and a running udev.
#include <grp.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <regex>
#include <string>

#include "tests/hardware/usb_bench.h"

namespace yizhan {
namespace {

using Json = nlohmann::json;

class UsbPortTest : public testing::Test {
 protected:
    UsbBench bench;
    UsbReaderProgram& program = bench.program;
};

std::array<std::byte, 10> ask_sam_id() {
    std::array<std::byte, 10> request{};
    constexpr std::array<unsigned, 10> bytes{0xAA, 0xAA, 0xAA, 0x96, 0x69, 0x00, 0x03, 0x12, 0xFF, 0xEE};
    for (std::size_t i = 0; i < bytes.size(); ++i) request[i] = static_cast<std::byte>(bytes[i]);
    return request;
}

// --- plugs

TEST_F(UsbPortTest, WaitsForAReaderThatIsNotThereYet) {
    const std::string path = program.tell(plug())["path"];
    program.tell({{"cmd", "unplug"}});
    bench.run(seconds{1});
    UsbDriver driver(bench, path);
    bench.run(seconds{1});
    EXPECT_EQ(driver.reports.words(), "");
    program.tell(plug());
    EXPECT_TRUE(driver.becomes(ReaderHealth::online));
    EXPECT_TRUE(driver.reads(1));
}

TEST_F(UsbPortTest, SaysNothingBeforeItIsStarted) {
    const std::string path = program.tell(plug())["path"];
    bench.run(seconds{1});
    const auto port = bench.open(path);
    bench.run(milliseconds{100});
    program.tell({{"cmd", "unplug"}});
    bench.run(seconds{1});
    PortNotes notes;
    port->start(notes);
    EXPECT_EQ(notes.words, "");
    program.tell(plug());
    EXPECT_TRUE(bench.until([&] { return notes.words == "attached "; }));
}

TEST_F(UsbPortTest, ComesBackAfterBeingUnpluggedAtAnyStageOfARead) {
    const std::string path = program.tell(plug())["path"];
    UsbDriver driver(bench, path);
    EXPECT_TRUE(driver.becomes(ReaderHealth::online));
    unsigned person = 10;
    std::string number;
    for (const char* stage : {"nothing", "finds", "selects", "reads"}) {
        program.tell({{"cmd", "unplug"}});
        EXPECT_TRUE(driver.becomes(ReaderHealth::offline));
        program.tell(plug({{"latency_ms", 1000}}));
        EXPECT_TRUE(driver.becomes(ReaderHealth::online));
        if (std::string_view(stage) != "nothing") {
            const auto before = program.count(stage);
            program.tell({{"cmd", "present"}, {"person", ++person}});
            EXPECT_TRUE(bench.until([&] { return program.count(stage) > before; })) << stage;
        }
        program.tell({{"cmd", "unplug"}});
        EXPECT_TRUE(driver.becomes(ReaderHealth::offline)) << stage;
        EXPECT_FALSE(driver.has_read(simulated::resident_card("19500101", person))) << stage;
        program.tell(plug());
        EXPECT_TRUE(driver.becomes(ReaderHealth::online)) << stage;
        EXPECT_TRUE(driver.reads(++person)) << stage;
    }
}

TEST_F(UsbPortTest, ComesBackAfterBeingUnpluggedInMidReply) {
    for (const char* profile : {"four-pipes", "one-pair"}) {
        // The reply takes 2 s.
        const Json slow = plug({{"profile", profile}, {"chunk", 64}, {"gap_ms", 100}});
        UsbDriver driver(bench, program.tell(slow)["path"]);
        EXPECT_TRUE(driver.becomes(ReaderHealth::online));
        const auto reads = program.count("reads");
        program.tell({{"cmd", "present"}, {"person", 1}});
        EXPECT_TRUE(bench.until([&] { return program.count("reads") > reads; }));
        const auto transfers = program.count("transfers");
        EXPECT_TRUE(bench.until([&] { return program.count("transfers") >= transfers + 8; }));
        program.tell({{"cmd", "unplug"}});
        EXPECT_TRUE(driver.becomes(ReaderHealth::offline));
        EXPECT_EQ(driver.cards(), 0U);
        program.tell(plug({{"profile", profile}}));
        EXPECT_TRUE(driver.becomes(ReaderHealth::online));
        EXPECT_TRUE(driver.reads(2));
        program.tell({{"cmd", "unplug"}});
        EXPECT_TRUE(driver.becomes(ReaderHealth::offline));
    }
}

TEST_F(UsbPortTest, KeepsToItsPlaceWhenTheReaderMovesToAnother) {
    const std::string path = program.tell(plug())["path"];
    UsbDriver driver(bench, path);
    EXPECT_TRUE(driver.becomes(ReaderHealth::online));
    program.tell({{"cmd", "unplug"}});
    EXPECT_NE(program.tell(plug({{"port", 3}}))["path"], path);
    EXPECT_TRUE(driver.becomes(ReaderHealth::offline));
    bench.run(seconds{2});
    EXPECT_EQ(driver.reader.status().health, ReaderHealth::offline);
    program.tell({{"cmd", "unplug"}});
    program.tell(plug());
    EXPECT_TRUE(driver.becomes(ReaderHealth::online));
    EXPECT_TRUE(driver.reads(1));
}

TEST_F(UsbPortTest, FollowsAPlugThatShakes) {
    const std::string path = program.tell(plug())["path"];
    UsbDriver driver(bench, path);
    for (int i = 0; i < 10; ++i) {
        program.tell({{"cmd", "unplug"}});
        if (i % 3 == 0) bench.run(milliseconds{30});
        program.tell(plug({{"profile", i % 2 == 0 ? "one-pair" : "four-pipes"}}));
        if (i % 4 == 0) bench.run(milliseconds{200});
    }
    EXPECT_TRUE(driver.becomes(ReaderHealth::online));
    EXPECT_TRUE(driver.reads(1));
}

// --- readers that misbehave

TEST_F(UsbPortTest, IsHeardAgainAfterASilence) {
    UsbDriver driver(bench, program.tell(plug())["path"]);
    EXPECT_TRUE(driver.becomes(ReaderHealth::online));
    program.tell({{"cmd", "mute"}});
    EXPECT_TRUE(bench.until([&] { return driver.reader.status().health != ReaderHealth::online; }));
    program.tell({{"cmd", "unmute"}});
    EXPECT_TRUE(driver.becomes(ReaderHealth::online));
    EXPECT_TRUE(driver.reads(1));
}

TEST_F(UsbPortTest, WakesAReaderThatOnlyAResetWakes) {
    UsbDriver driver(bench, program.tell(plug())["path"]);
    EXPECT_TRUE(driver.becomes(ReaderHealth::online));
    const auto configured = program.count("configured");
    program.tell({{"cmd", "mute"}, {"until_reset", true}});
    EXPECT_TRUE(bench.until([&] { return program.count("configured") > configured; }, seconds{60}));
    EXPECT_TRUE(driver.becomes(ReaderHealth::online));
    EXPECT_TRUE(driver.reads(1));
}

TEST_F(UsbPortTest, IsNotConfusedByALateReply) {
    for (const char* profile : {"four-pipes", "one-pair"}) {
        UsbDriver driver(bench, program.tell(plug({{"profile", profile}}))["path"]);
        EXPECT_TRUE(driver.becomes(ReaderHealth::online));
        program.tell({{"cmd", "late"}, {"ms", 3200}, {"request", "3001"}});
        program.tell({{"cmd", "present"}, {"person", 1}});
        EXPECT_TRUE(bench.until([&] { return driver.reader.status().timeouts > 0; }));
        EXPECT_TRUE(driver.reads(2));
        program.tell({{"cmd", "unplug"}});
        EXPECT_TRUE(driver.becomes(ReaderHealth::offline));
    }
}

TEST_F(UsbPortTest, ClearsAStallWithoutLosingTheReader) {
    UsbDriver driver(bench, program.tell(plug())["path"]);
    EXPECT_TRUE(driver.becomes(ReaderHealth::online));
    const auto configured = program.count("configured");
    driver.reports.all.clear();
    program.tell({{"cmd", "stall"}});
    EXPECT_TRUE(bench.until([&] { return program.count("halts_cleared") > 0; }));
    EXPECT_TRUE(driver.reads(1));
    EXPECT_EQ(program.count("configured"), configured);
    EXPECT_EQ(driver.reader.status().health, ReaderHealth::online);
}

TEST_F(UsbPortTest, ResetsAReaderThatKeepsStalling) {
    const std::string path = program.tell(plug({{"profile", "one-pair"}}))["path"];
    const auto port = bench.open(path);
    PortNotes notes;
    port->start(notes);
    EXPECT_TRUE(bench.until([&] { return notes.words == "attached "; }));
    const auto configured = program.count("configured");
    program.tell({{"cmd", "stall"}, {"times", 3}});
    for (int tries = 0; tries < 100 && program.count("configured") == configured; ++tries) {
        static_cast<void>(port->send(ask_sam_id()));  // refused while the stall is cleared
        bench.run(milliseconds{200});
    }
    EXPECT_TRUE(bench.until([&] { return notes.words == "attached detached attached "; })) << notes.words;
    EXPECT_NE(notes.why.find("stalling"), std::string::npos) << notes.why;
    EXPECT_GT(program.count("halts_cleared"), 0U);
}

TEST_F(UsbPortTest, WithdrawsARequestThatTheReaderDoesNotTake) {
    const std::string path = program.tell(plug())["path"];
    const auto port = bench.open(path);
    PortNotes notes;
    port->start(notes);
    EXPECT_FALSE(port->send(ask_sam_id()));
    EXPECT_TRUE(bench.until([&] { return notes.words == "attached "; }));
    program.tell({{"cmd", "deafen"}});
    EXPECT_TRUE(port->send(ask_sam_id()));
    EXPECT_FALSE(port->send(ask_sam_id()));
    EXPECT_TRUE(bench.until([&] { return program.count("unlinks") >= 2; }));
    EXPECT_TRUE(bench.until([&] { return port->send(ask_sam_id()).has_value(); }));
    EXPECT_EQ(notes.words, "attached ");
}

// --- resets, refusals, the end

TEST_F(UsbPortTest, LeavesAndComesBackWhenItIsReset) {
    const std::string path = program.tell(plug())["path"];
    const auto port = bench.open(path);
    PortNotes notes;
    port->start(notes);
    port->reset();  // nothing is open yet
    EXPECT_TRUE(bench.until([&] { return notes.words == "attached "; }));
    const auto configured = program.count("configured");
    port->reset();
    EXPECT_EQ(notes.words, "attached ");
    EXPECT_FALSE(port->send(ask_sam_id()));
    port->reset();
    EXPECT_TRUE(bench.until([&] { return notes.words == "attached detached attached "; })) << notes.words;
    EXPECT_EQ(program.count("configured"), configured + 1);
    bench.run(milliseconds{100});
    EXPECT_TRUE(port->send(ask_sam_id()));
    EXPECT_TRUE(bench.until([&] { return notes.bytes.size() == 27; }));
}

TEST_F(UsbPortTest, EndsAResetOfAReaderThatIsPulledOutMeanwhile) {
    const std::string path = program.tell(plug())["path"];
    const auto port = bench.open(path);
    PortNotes notes;
    port->start(notes);
    EXPECT_TRUE(bench.until([&] { return notes.words == "attached "; }));
    port->reset();
    bench.loop.turn(milliseconds{10});
    program.tell({{"cmd", "unplug"}});
    // It may be told gone for two reasons: the reset, and the plug.
    EXPECT_TRUE(bench.until([&] { return notes.words.starts_with("attached detached "); })) << notes.words;
    program.tell(plug());
    const std::regex there_gone_there("attached (detached )+attached ");
    EXPECT_TRUE(bench.until([&] { return std::regex_match(notes.words, there_gone_there); }, seconds{60}))
        << notes.words;
}

TEST_F(UsbPortTest, SaysWhatIsWrongWithADeviceItCannotUse) {
    const std::string path = program.tell(plug({{"profile", "hid"}}))["path"];
    const auto port = bench.open(path);
    PortNotes notes;
    port->start(notes);
    EXPECT_TRUE(bench.until([&] { return notes.words == "detached "; }));
    EXPECT_NE(notes.why.find("HID"), std::string::npos) << notes.why;
    bench.run(seconds{3});
    EXPECT_EQ(notes.words, "detached ");  // said once
    program.tell({{"cmd", "unplug"}});
    program.tell(plug({{"profile", "no-pipes"}}));
    EXPECT_TRUE(bench.until([&] { return notes.why.find("pipes") != std::string::npos; })) << notes.why;
    program.tell({{"cmd", "unplug"}});
    program.tell(plug());
    EXPECT_TRUE(bench.until([&] { return notes.words.ends_with("attached "); }));
    // In use by somebody else.
    const auto others = UsbPorts::make(bench.loop);
    ASSERT_TRUE(others);
    const auto second = (*others)->open("usb:" + path, {});
    ASSERT_TRUE(second);
    PortNotes second_notes;
    (*second)->start(second_notes);
    EXPECT_TRUE(bench.until([&] { return second_notes.why.find("another program") != std::string::npos; }));
}

TEST_F(UsbPortTest, SaysHowToGetAccess) {
    const std::string path = program.tell(plug())["path"];
    bench.run(seconds{1});
    // Nobody, and in no group.
    ASSERT_EQ(setgroups(0, nullptr), 0);
    ASSERT_EQ(setegid(65534), 0);
    ASSERT_EQ(seteuid(65534), 0);
    const auto port = bench.open(path);
    PortNotes notes;
    port->start(notes);
    const bool told = bench.until([&] { return notes.words == "detached "; });
    EXPECT_EQ(seteuid(0), 0);
    EXPECT_EQ(setegid(0), 0);
    EXPECT_TRUE(told);
    EXPECT_NE(notes.why.find("0400:c35a"), std::string::npos) << notes.why;
    EXPECT_NE(notes.why.find("udev"), std::string::npos) << notes.why;
    EXPECT_TRUE(bench.until([&] { return notes.words == "detached attached "; }));
}

TEST_F(UsbPortTest, AwaitsWhatIsUnderWayWhenItDies) {
    const std::string path = program.tell(plug())["path"];
    auto port = bench.open(path);
    PortNotes notes;
    port->start(notes);
    EXPECT_TRUE(bench.until([&] { return notes.words == "attached "; }));
    const auto unlinks = program.count("unlinks");
    EXPECT_TRUE(port->send(ask_sam_id()));
    port.reset();
    EXPECT_EQ(notes.words, "attached ");
    // 8 packets ahead on each IN pipe, less those that an answer has taken just then.
    EXPECT_GE(program.count("unlinks"), unlinks + 14);
    // Nothing is left of it: the device can be had again, also in mid-reset and in mid-leave.
    for (int i = 0; i < 3; ++i) {
        port = bench.open(path);
        PortNotes again;
        port->start(again);
        EXPECT_TRUE(bench.until([&] { return again.words == "attached "; }));
        if (i > 0) port->reset();
        if (i > 1) bench.run(milliseconds{5});
        port.reset();
    }
    bench.loop.turn(milliseconds{0});
}

TEST_F(UsbPortTest, RefusesASecondPortOfTheSameNameAndOtherNames) {
    const auto port = bench.open("9-9");
    EXPECT_FALSE(bench.ports->open("usb:9-9", {}));
    EXPECT_FALSE(bench.ports->open("serial:/dev/ttyS0", {}));
}

}  // namespace
}  // namespace yizhan
