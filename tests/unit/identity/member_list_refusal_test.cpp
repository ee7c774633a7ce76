// What only a wrong builder writes, under a right SHA-256: every refusal by its words.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "firmware/identity/member_list_format.h"
#include "tests/unit/identity/lists.h"
#include "tests/unit/identity/memory_file.h"

namespace yizhan {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::list_file;
using testing::row;
using ::testing::StartsWith;

MemberTable two_groups_three_rows() {
    MemberTable table{.groups = {"staff", "sanitation"}, .rows = {row(10), row(90), row(200)}};
    table.rows[1].groups = 3;
    return table;
}

// A list taken apart, to be changed and put together again with a right SHA-256.
struct Parts {
    MemberListHeader header;
    std::vector<MemberListName> names = std::vector<MemberListName>(2);
    std::vector<GroupMask> sets = std::vector<GroupMask>(2);
    std::vector<std::uint32_t> index = std::vector<std::uint32_t>(4);
    std::vector<MemberEntry> entries = std::vector<MemberEntry>(3);

    // Calls with the address, size and file offset of each part.
    void each(const std::function<void(void*, std::size_t, std::size_t)>& visit) {
        const auto layout = layout_of(3, 2, 2);
        visit(&header, sizeof header, 0);
        visit(names.data(), 2 * sizeof names[0], layout.group_names);
        visit(sets.data(), 2 * sizeof sets[0], layout.group_sets);
        visit(index.data(), 4 * sizeof index[0], layout.index);
        visit(entries.data(), 3 * sizeof entries[0], layout.entries);
    }
};

struct Refusal {
    const char* name;
    std::function<void(Parts&)> spoil;
    const char* what;
};

void set_name(MemberListName& field, std::string_view name) {
    field = {};
    std::ranges::copy(name, field.begin());
}

const std::vector<Refusal>& refusals() {
    static const std::vector<Refusal> all{
        {"Magic", [](Parts& p) { p.header.magic[7] = 'S'; }, "not a member list"},
        {"Format", [](Parts& p) { p.header.format = 2; }, "member list format 2, this station reads 1"},
        {"Count", [](Parts& p) { p.header.count = 4; }, "counts do not add up"},
        {"CountHuge", [](Parts& p) { p.header.count = UINT64_MAX; }, "more members or groups"},
        {"CountOverflowsToTheSameSize", [](Parts& p) { p.header.count += std::uint64_t{1} << 62; },
         "more members or groups"},
        {"GroupCount", [](Parts& p) { p.header.group_count = 65; }, "more members or groups"},
        {"GroupSetCount", [](Parts& p) { p.header.group_set_count = 65537; }, "more members or groups"},
        {"FileSize", [](Parts& p) { ++p.header.file_size; }, "counts do not add up"},
        {"Buckets", [](Parts& p) { p.header.buckets = 4; }, "counts do not add up"},
        {"Reserved", [](Parts& p) { p.header.reserved = 1; }, "counts do not add up"},
        {"KeyIdZero", [](Parts& p) { p.header.key_id = 0; }, "counts do not add up"},
        {"KeyIdOther", [](Parts& p) { p.header.key_id = 5; }, "made with key 00000005, this station has key 01020304"},
        {"StationOther", [](Parts& p) { set_name(p.header.station, "xining-02"); },
         "made for station 'xining-02', this is 'xining-01'"},
        {"StationEmpty", [](Parts& p) { p.header.station = {}; }, "has no valid id"},
        {"StationCharset", [](Parts& p) { set_name(p.header.station, "Xining"); }, "has no valid id"},
        {"StationBehindItsEnd", [](Parts& p) { p.header.station[31] = 'x'; }, "has no valid id"},
        {"GroupUnknown", [](Parts& p) { set_name(p.names[1], "fishing"); },
         "names group 'fishing', which the settings do not have"},
        {"GroupTwice", [](Parts& p) { p.names[1] = p.names[0]; }, "group 'staff' is there twice"},
        {"GroupEmpty", [](Parts& p) { p.names[1] = {}; }, "group 2 has no valid name"},
        {"GroupIsANumber", [](Parts& p) { set_name(p.names[0], "999999197001011239"); }, "group 1 has no valid name"},
        {"GroupBehindItsEnd", [](Parts& p) { p.names[0][31] = 'x'; }, "group 1 has no valid name"},
        {"SetNamesNoGroup", [](Parts& p) { p.sets[1] = 4; }, "names a group that is not in the list"},
        {"IndexBegin", [](Parts& p) { p.index[0] = 1; }, "does not cover its members"},
        {"IndexEnd", [](Parts& p) { p.index[3] = 2; }, "does not cover its members"},
        {"IndexFalls", [](Parts& p) { p.index = {0, 1, 0, 3}; }, "index is not in order"},
        {"IndexBehindTheEnd", [](Parts& p) { p.index = {0, 1, UINT32_MAX, 3}; }, "index is not in order"},
        {"IndexShifted", [](Parts& p) { p.index = {0, 2, 2, 3}; }, "member 2 is not where its index says"},
        {"Unsorted",
         [](Parts& p) {
             p.entries[0].digest = row(20).digest;
             p.entries[1].digest = row(15).digest;
             p.index = {0, 2, 2, 3};
         },
         "member 2 is not in order, or there twice"},
        {"Twice",
         [](Parts& p) {
             p.entries[1].digest = p.entries[0].digest;
             p.index = {0, 2, 2, 3};
         },
         "member 2 is not in order, or there twice"},
        {"GroupSetOfEntry", [](Parts& p) { p.entries[2].group_set = 2; }, "member 3 has a group set"},
        {"Flag", [](Parts& p) { p.entries[2].flags = 8; }, "member 3 has an unknown flag"},
        {"Validity",
         [](Parts& p) {
             p.entries[0].valid_from = 10;
             p.entries[0].valid_to = 9;
         },
         "member 1 ends before it begins"},
    };
    return all;
}

Result<std::unique_ptr<MemberList>> load_after(const std::function<void(Parts&)>& change) {
    auto bytes = list_file(two_groups_three_rows());
    Parts parts;
    parts.each([&](void* part, std::size_t size, std::size_t at) { std::memcpy(part, bytes.data() + at, size); });
    change(parts);
    parts.each([&](void* part, std::size_t size, std::size_t at) { std::memcpy(bytes.data() + at, part, size); });
    return testing::load(testing::sealed(bytes));
}

TEST(MemberListParts, AreTakenApartAndPutTogetherRight) {
    const auto list = load_after([](Parts&) {});
    ASSERT_TRUE(list) << list.error().what;
}

class MemberListRefusal : public ::testing::TestWithParam<Refusal> {};

TEST_P(MemberListRefusal, NamesTheFileWhatIsWrongAndACure) {
    const auto list = load_after(GetParam().spoil);
    ASSERT_FALSE(list);
    EXPECT_THAT(list.error().what, AllOf(StartsWith("members.list: "), HasSubstr(GetParam().what)));
    EXPECT_FALSE(list.error().cure.empty());
}

INSTANTIATE_TEST_SUITE_P(EveryFault, MemberListRefusal, ::testing::ValuesIn(refusals()),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(MemberListBuilder, RefusesDigestsThatAllFallIntoOneBucket) {
    MemberTable table;
    for (std::uint16_t i = 0; i < 65; ++i) table.rows.push_back(row(1, i));
    EXPECT_FALSE(member_list_file({.station = "xining-01", .key_id = 1}, table));
    table.rows.pop_back();
    EXPECT_TRUE(member_list_file({.station = "xining-01", .key_id = 1}, table));
}

TEST(MemberListBuilder, RefusesMoreCombinationsOfGroupsThanTheFormatHolds) {
    MemberTable table;
    for (std::size_t i = 0; i < 17; ++i) table.groups.push_back("g" + std::to_string(i));
    for (std::uint32_t i = 0; i <= max_group_sets; ++i) {
        MemberRow made = row(static_cast<std::uint8_t>(i >> 9), static_cast<std::uint16_t>(i));
        made.digest[1] = static_cast<std::uint8_t>(i >> 1);
        made.groups = i;
        table.rows.push_back(made);
    }
    sort_by_digest(table.rows);
    const auto file = member_list_file({.station = "xining-01", .key_id = 1}, table);
    ASSERT_FALSE(file);
    EXPECT_THAT(file.error().what, HasSubstr("combinations of groups"));
    table.rows.erase(table.rows.begin());
    EXPECT_TRUE(member_list_file({.station = "xining-01", .key_id = 1}, table));
}

TEST(MemberListSize, IsAtMost32MegabytesForAMillion) {
    EXPECT_LE(layout_of(1'000'000, max_groups, max_group_sets).file_size, 32'000'000u);
}

}  // namespace
}  // namespace yizhan
