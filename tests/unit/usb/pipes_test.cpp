#include "drivers/ports/usb/pipes.h"

#include <gtest/gtest.h>

namespace yizhan {
namespace {

constexpr UsbEndpoint bulk(std::uint8_t address) { return {.address = address, .bulk = true, .packet = 64}; }
constexpr UsbEndpoint interrupt(std::uint8_t address) { return {.address = address, .bulk = false, .packet = 64}; }

Result<UsbPipes> pipes_of(std::vector<UsbEndpoint> endpoints, std::uint8_t device_class = 0xFF) {
    const std::vector<UsbInterface> interfaces{
        {.number = 0, .device_class = device_class, .endpoints = std::move(endpoints)}};
    return choose_pipes(interfaces);
}

TEST(UsbPipes, AreTwoEachWayInAscendingOrderWhereTheDeviceHasThem) {
    const auto pipes = pipes_of({bulk(0x85), bulk(0x06), bulk(0x02), bulk(0x81)});
    ASSERT_TRUE(pipes);
    EXPECT_TRUE(pipes->split());
    EXPECT_EQ(pipes->out, (std::vector{bulk(0x02), bulk(0x06)}));
    EXPECT_EQ(pipes->in, (std::vector{bulk(0x81), bulk(0x85)}));
}

TEST(UsbPipes, AreTheFirstTwoEachWayWhereTheDeviceHasMore) {
    const auto pipes = pipes_of({bulk(0x87), bulk(0x81), bulk(0x85), bulk(0x02), bulk(0x04), bulk(0x06)});
    ASSERT_TRUE(pipes);
    EXPECT_EQ(pipes->out, (std::vector{bulk(0x02), bulk(0x04)}));
    EXPECT_EQ(pipes->in, (std::vector{bulk(0x81), bulk(0x85)}));
}

TEST(UsbPipes, AreOnePairOfAnyType) {
    for (const auto& [in, out] : {std::pair{bulk(0x81), bulk(0x02)}, std::pair{interrupt(0x81), interrupt(0x01)},
                                  std::pair{interrupt(0x82), bulk(0x01)}}) {
        const auto pipes = pipes_of({in, out});
        ASSERT_TRUE(pipes);
        EXPECT_FALSE(pipes->split());
        EXPECT_EQ(pipes->in, std::vector{in});
        EXPECT_EQ(pipes->out, std::vector{out});
    }
}

TEST(UsbPipes, AreThoseOfTheFirstInterfaceThatFits) {
    const std::vector<UsbInterface> interfaces{
        {.number = 0, .device_class = 0x03, .endpoints = {interrupt(0x81), interrupt(0x01)}},
        {.number = 2, .device_class = 0xFF, .endpoints = {bulk(0x82)}},
        {.number = 3, .device_class = 0xFF, .endpoints = {bulk(0x83), bulk(0x03)}}};
    const auto pipes = choose_pipes(interfaces);
    ASSERT_TRUE(pipes);
    EXPECT_EQ(pipes->interface, 3);
}

TEST(UsbPipes, AreRefusedWithTheReasonWhereNothingFits) {
    EXPECT_FALSE(pipes_of({}));
    EXPECT_FALSE(pipes_of({bulk(0x81)}));
    EXPECT_FALSE(pipes_of({bulk(0x81), bulk(0x82), bulk(0x01)}));
    EXPECT_FALSE(pipes_of({interrupt(0x81), interrupt(0x82), interrupt(0x01), interrupt(0x02)}));
    EXPECT_FALSE(pipes_of({bulk(0x81), {.address = 0x01, .bulk = true, .packet = 0}}));
    const auto hid = pipes_of({interrupt(0x81), interrupt(0x01)}, 0x03);
    ASSERT_FALSE(hid);
    EXPECT_NE(hid.error().what.find("HID"), std::string::npos);
    EXPECT_FALSE(hid.error().cure.empty());
}

}  // namespace
}  // namespace yizhan
