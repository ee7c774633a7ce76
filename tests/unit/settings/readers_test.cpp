// Readers that tell a number of their own: contactless cards and whatever types.
#include <gtest/gtest.h>

#include <string>
#include <tuple>

#include "tests/unit/settings/parsing.h"

namespace yizhan {
namespace {

using Errors = std::vector<std::string>;

// The reader's own lines begin on line 13.
std::string with_reader(std::string_view type, std::string_view keys) {
    return std::string(smallest_station) + "[[reader]]\nname = \"r\"\nplace = \"inside\"\ntype = \"" +
           std::string(type) + "\"\n" + std::string(keys);
}

ContactlessReaderSettings contactless(std::string_view keys) {
    return std::get<ContactlessReaderSettings>(parsed(with_reader("contactless", keys)).readers[0].reader);
}

KeyboardReaderSettings keyboard(std::string_view keys) {
    return std::get<KeyboardReaderSettings>(parsed(with_reader("keyboard", keys)).readers[0].reader);
}

TEST(ContactlessReaderSettings, HaveAPortAndNothingDoneToTheUidByDefault) {
    const auto reader = contactless("port = \"pcsc:ACS ACR1252 1S CL Reader 00 00\"\n");
    EXPECT_EQ(reader, (ContactlessReaderSettings{.port = "pcsc:ACS ACR1252 1S CL Reader 00 00"}));
    EXPECT_EQ(errors_of(with_reader("contactless", "")), Errors{"test.toml:9:1: [[reader]] \"r\" has no port"});
}

TEST(ContactlessReaderSettings, NameWhatIsMadeOfTheUid) {
    for (const auto& [word, reverse, low_bytes] :
         {std::tuple{"none", false, 0}, std::tuple{"reverse", true, 0}, std::tuple{"low-3", false, 3},
          std::tuple{"low-4", false, 4}, std::tuple{"reverse-low-3", true, 3}, std::tuple{"reverse-low-4", true, 4}}) {
        const auto reader = contactless("port = \"pcsc:a\"\ntransform = \"" + std::string(word) + "\"\n");
        EXPECT_EQ(reader.reverse, reverse) << word;
        EXPECT_EQ(reader.low_bytes, low_bytes) << word;
    }
    EXPECT_EQ(errors_of(with_reader("contactless", "port = \"pcsc:a\"\ntransform = \"low-2\"\n")).size(), 1U);
}

TEST(ContactlessReaderSettings, TakeOnlyPortsOfPcsc) {
    for (const std::string port : {"usb:1-1", "pcsc:", "pcsc:驿", "ACR122U"}) {
        EXPECT_EQ(errors_of(with_reader("contactless", "port = \"" + port + "\"\n")),
                  Errors{"test.toml:13:8: [[reader]] \"r\" port \"" + port +
                         "\" is not pcsc: and the name of a reader, or a part of it"});
    }
    EXPECT_EQ(errors_of(with_reader("contactless", "port = \"pcsc:" + std::string(128, 'x') + "\"\n")).size(), 1U);
    EXPECT_EQ(errors_of(with_reader("contactless", "port = \"pcsc:" + std::string(127, 'x') + "\"\n")), Errors{});
}

TEST(KeyboardReaderSettings, TakeDigitsByDefault) {
    const auto reader = keyboard("device = \"/dev/input/event3\"\n");
    EXPECT_EQ(reader, (KeyboardReaderSettings{.device = "/dev/input/event3", .numbers = true}));
    EXPECT_EQ(reader, keyboard("device = \"/dev/input/event3\"\ncharset = \"digits\"\nmin_length = 4\n"
                               "max_length = 64\n"));
    EXPECT_EQ(errors_of(with_reader("keyboard", "")), Errors{"test.toml:9:1: [[reader]] \"r\" has no device"});
}

TEST(KeyboardReaderSettings, NameSetsOfCharactersThatHoldEachOther) {
    std::string smaller = "0123456789";
    for (const auto& [word, size] :
         {std::pair{"hex", 22U}, std::pair{"alphanumeric", 62U}, std::pair{"printable", 95U}}) {
        const auto set =
            keyboard("device = \"/dev/input/event3\"\ncharset = \"" + std::string(word) + "\"\n").characters;
        EXPECT_EQ(set.size(), size) << word;
        for (const char c : smaller) EXPECT_TRUE(set.contains(c)) << word << " has no " << c;
        for (const char c : set) EXPECT_EQ(std::ranges::count(set, c), 1) << word << " repeats " << c;
        smaller = set;
    }
    for (char c = ' '; c <= '~'; ++c) EXPECT_TRUE(smaller.contains(c)) << c;
}

TEST(KeyboardReaderSettings, HaveLengthsWithinBoundsAndInOrder) {
    const std::string device = "device = \"/dev/input/event3\"\n";
    for (const auto* key : {"min_length", "max_length"}) {
        for (const auto* value : {"3", "65", "-1"}) {
            EXPECT_EQ(
                errors_of(with_reader("keyboard", device + key + " = " + value + "\n")),
                Errors{"test.toml:14:14: [[reader]] \"r\" " + std::string(key) + " " + value + " is out of bounds"});
        }
    }
    EXPECT_EQ(errors_of(with_reader("keyboard", device + "min_length = 9\nmax_length = 8\n")),
              Errors{"test.toml:14:14: [[reader]] \"r\" min_length 9 is more than max_length 8"});
    EXPECT_EQ(errors_of(with_reader("keyboard", device + "min_length = 8\nmax_length = 8\n")), Errors{});
}

TEST(KeyboardReaderSettings, TakeOnlyInputDevices) {
    EXPECT_EQ(errors_of(with_reader("keyboard", "device = \"/dev/ttyS0\"\n")),
              Errors{"test.toml:13:10: [[reader]] \"r\" device \"/dev/ttyS0\" is not a device below /dev/input"});
}

TEST(ReaderSettings, GiveEachPortAndDeviceToOneReader) {
    const std::string second = "[[reader]]\nname = \"s\"\nplace = \"inside\"\n";
    EXPECT_EQ(errors_of(with_reader("contactless", "port = \"pcsc:a\"\n") + second +
                        "type = \"contactless\"\nport = \"pcsc:a\"\n"),
              Errors{"test.toml:18:8: two readers on one port, \"pcsc:a\": [[reader]] \"s\" port and, at "
                     "test.toml:13:8, [[reader]] \"r\" port"});
    EXPECT_EQ(errors_of(with_reader("keyboard", "device = \"/dev/input/event3\"\n") + second +
                        "type = \"keyboard\"\ndevice = \"/dev/input/event3\"\n"),
              Errors{"test.toml:18:10: two readers on one device, \"/dev/input/event3\": [[reader]] \"s\" device and, "
                     "at test.toml:13:10, [[reader]] \"r\" device"});
}

}  // namespace
}  // namespace yizhan
