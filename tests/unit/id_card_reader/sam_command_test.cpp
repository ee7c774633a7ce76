#include "drivers/id_card_reader/sam_command.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/unit/id_card_reader/frames.h"

namespace yizhan {
namespace {

using enum SamCommand;
constexpr SamCommand commands[] = {reset, sam_id, find, select, read, presence};

// Every status that a reply without data may carry for each command; all others are late answers to something else.
const std::set<unsigned> to_any{0x10, 0x11, 0x21, 0x23, 0x24, 0x60, 0x66};
std::set<unsigned> bare_statuses(SamCommand command) {
    std::set<unsigned> statuses = to_any;
    const std::set<unsigned> about_card{0x31, 0x32, 0x33, 0x37, 0x3F, 0x40, 0x41, 0x47, 0x81};
    switch (command) {
        case reset:
            statuses.insert(0x90);
            break;
        case sam_id:
            break;
        case find:
            statuses.insert({0x80, 0x40, 0x41});
            break;
        case presence:
            statuses.insert({0x80, 0x91});
            [[fallthrough]];
        case select:
        case read:
            statuses.insert(about_card.begin(), about_card.end());
            break;
    }
    return statuses;
}

// Lengths of data that the good reply to each command may have, below 300.
bool good_length(SamCommand command, std::size_t size) {
    switch (command) {
        case reset:
            return size == 0;
        case sam_id:
            return size == 16;
        case find:
            return size == 4;
        case select:
            return size == 8;
        case presence:
            return size == 70 || size == 140 || size == 210 || size == 280;
        case read:
            return false;  // the length words say otherwise
    }
    return false;
}

TEST(SamCommand, AnswersAreToldFromStrayRepliesByStatusAndLength) {
    for (const SamCommand command : commands) {
        const unsigned good = command == find ? 0x9F : 0x90;
        for (unsigned status = 0; status <= 0xFF; ++status) {
            for (std::size_t size = 0; size < 300; ++size) {
                const Bytes data(size);
                const bool expected =
                    status == good ? good_length(command, size) : size == 0 && bare_statuses(command).contains(status);
                ASSERT_EQ(answers(command, {static_cast<std::uint8_t>(status), data}), expected)
                    << static_cast<int>(command) << " " << status << " " << size;
            }
        }
    }
}

TEST(SamCommand, AReadMustBeAsLongAsItsLengthWordsSay) {
    for (const auto& [words, size] : {std::pair{"01 00 04 00", 1284U}, {"01 00 00 00", 260U}, {"00 02 00 01", 7U}}) {
        for (const std::size_t actual : {size - 1, size, size + 1}) {
            Bytes data = from_hex(words);
            data.resize(actual);
            EXPECT_EQ(answers(read, {0x90, data}), actual == size) << words;
            EXPECT_EQ(text_of_read({0x90, data}).empty(), actual != size) << words;
        }
    }
    EXPECT_TRUE(text_of_read({0x90, {}}).empty());
    EXPECT_TRUE(text_of_read({0x90, Bytes(3)}).empty());
}

TEST(SamCommand, TheSamIdReadsAsItIsPrinted) {
    EXPECT_EQ(format_sam_id(from_hex("05 00 01 00 09 B8 32 01 05 BE 12 00 AD C5 B1 11")),
              "05.01-20101129-0001228293-0296863149");
    EXPECT_EQ(format_sam_id(Bytes(16)), "00.00-00000000-0000000000-0000000000");
    EXPECT_EQ(format_sam_id(Bytes(16, std::byte{0xFF})), "65535.65535-4294967295-4294967295-4294967295");
}

}  // namespace
}  // namespace yizhan
