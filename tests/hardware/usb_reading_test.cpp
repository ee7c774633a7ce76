// Cards read through the USB port, libusb and the kernel's USB stack, from every kind of reader.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <string>

#include "tests/hardware/usb_bench.h"
#include "tests/support/sample.h"

namespace yizhan {
namespace {

class UsbReadingTest : public ::testing::Test {
 protected:
    UsbBench bench;
    UsbReaderProgram& program = bench.program;
};

struct Way {
    const char* profile;
    nlohmann::json chunk;
};
class EveryWay : public UsbReadingTest, public ::testing::WithParamInterface<Way> {};

TEST_P(EveryWay, ReadsCardsWhateverTheLatency) {
    std::unique_ptr<UsbDriver> driver;
    unsigned person = 0;
    const std::array latencies{300, 50, 1000};
    const int tried = testing::sample("latency of three for each profile and size of chunk", 1, 3);
    for (const int latency : std::span(latencies).first(static_cast<std::size_t>(tried))) {
        const auto plugged =
            program.tell(plug({{"profile", GetParam().profile}, {"chunk", GetParam().chunk}, {"latency_ms", latency}}));
        if (!driver) driver = std::make_unique<UsbDriver>(bench, plugged["path"]);
        EXPECT_TRUE(driver->becomes(ReaderHealth::online)) << driver->reader.status().verdict;
        EXPECT_TRUE(driver->reads(++person)) << driver->reports.words();
        EXPECT_TRUE(driver->reads(++person)) << driver->reports.words();
        program.tell({{"cmd", "unplug"}});
        EXPECT_TRUE(driver->becomes(ReaderHealth::offline));
    }
    const ReaderStatus status = driver->reader.status();
    EXPECT_EQ(status.cards, person);
    // A byte at a time takes so long in a guest beside a busy machine that a reply may be too late; what is left of it
    // is no frame. The card was read all the same.
    const bool slow = GetParam().chunk == 1 && status.timeouts > 0;
    if (slow) return;
    EXPECT_EQ(status.bad_frames, 0U);
    EXPECT_EQ(status.timeouts, 0U);
}

INSTANTIATE_TEST_SUITE_P(UsbReading, EveryWay,
                         ::testing::Values(Way{"four-pipes", 1}, Way{"four-pipes", 63}, Way{"four-pipes", 64},
                                           Way{"four-pipes", "whole"}, Way{"one-pair", 1}, Way{"one-pair", 63},
                                           Way{"one-pair", 64}, Way{"one-pair", "whole"},
                                           Way{"interrupt-pair", "whole"}),
                         [](const auto& way) {
                             std::string name = way.param.profile;
                             std::ranges::replace(name, '-', '_');
                             return name + "_" + (way.param.chunk.is_string() ? "whole" : way.param.chunk.dump());
                         });

TEST_F(UsbReadingTest, PutsABodyThatComesBeforeItsHeadBehindIt) {
    UsbDriver driver(bench, program.tell(plug({{"body_first", true}}))["path"]);
    EXPECT_TRUE(driver.becomes(ReaderHealth::online));
    EXPECT_TRUE(driver.reads(1));
    EXPECT_EQ(driver.reader.status().timeouts, 0U);
}

TEST_F(UsbReadingTest, PassesOverEmptyPacketsBehindReplies) {
    for (const char* profile : {"four-pipes", "one-pair"}) {
        UsbDriver driver(bench,
                         program.tell(plug({{"profile", profile}, {"empty_packets", true}, {"chunk", 64}}))["path"]);
        EXPECT_TRUE(driver.becomes(ReaderHealth::online));
        EXPECT_TRUE(driver.reads(1));
        EXPECT_EQ(driver.reader.status().timeouts, 0U);
        program.tell({{"cmd", "unplug"}});
        EXPECT_TRUE(driver.becomes(ReaderHealth::offline));
    }
}

TEST_F(UsbReadingTest, TellsReadersOfOneMakeApartByWhereTheyArePluggedIn) {
    const std::string first = program.tell(plug({{"reader", 1}, {"port", 1}, {"sam", 1}}))["path"];
    const std::string second =
        program.tell(plug({{"reader", 2}, {"port", 2}, {"sam", 2}, {"profile", "one-pair"}}))["path"];
    ASSERT_NE(first, second);
    UsbDriver outside(bench, first);
    UsbDriver inside(bench, second);
    EXPECT_TRUE(outside.becomes(ReaderHealth::online));
    EXPECT_TRUE(inside.becomes(ReaderHealth::online));
    EXPECT_NE(outside.reader.status().serial, inside.reader.status().serial);
    EXPECT_TRUE(outside.reads(1, 1));
    EXPECT_EQ(inside.cards(), 0U);
    EXPECT_TRUE(inside.reads(2, 2));
    EXPECT_EQ(outside.cards(), 1U);
    // One leaves, the other does not notice.
    program.tell({{"cmd", "unplug"}, {"reader", 1}});
    EXPECT_TRUE(outside.becomes(ReaderHealth::offline));
    EXPECT_TRUE(inside.reads(3, 2));
}

}  // namespace
}  // namespace yizhan
