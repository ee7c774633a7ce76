#include "firmware/identity/member_tool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "drivers/ports/files.h"
#include "firmware/identity/credential_id.h"
#include "tests/unit/identity/memory_file.h"

namespace yizhan {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const std::string centre_secret(32, 's');
const MemberListOrder order{.station = "xining-01", .version = 3, .built_at = 1700000000};

std::span<const std::byte> secret_bytes() { return std::as_bytes(std::span(centre_secret)); }
KeyBytes station_key() { return derive_station_key(secret_bytes(), order.station).value(); }

class MemberTool : public ::testing::Test {
 protected:
    MemberTool() {
        std::string name = (std::filesystem::temp_directory_path() / "yizhan-members-XXXXXX").string();
        folder_ = mkdtemp(name.data());
        out_ = folder_ / "xining-01.members";
    }
    ~MemberTool() override { std::filesystem::remove_all(folder_); }

    SystemFiles files_;
    Result<MemberListReport> build(std::string_view csv) {
        testing::MemoryFile file(csv);
        return build_member_list(file, order, secret_bytes(), files_, out_.string());
    }
    std::vector<std::byte> written() const {
        std::ifstream in(out_, std::ios::binary);
        const std::string text{std::istreambuf_iterator<char>(in), {}};
        const auto raw = std::as_bytes(std::span(text));
        return {raw.begin(), raw.end()};
    }
    Result<std::unique_ptr<MemberList>> load_written(const std::vector<std::string>& groups) const {
        testing::MemoryFile file(written(), out_.string());
        return MemberList::load(file, order.station, CredentialDigest(station_key()).key_id(), groups);
    }
    std::size_t files_in_folder() const {
        return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder_), {}));
    }

    std::filesystem::path folder_;
    std::filesystem::path out_;
};

TEST_F(MemberTool, BuildsAListInWhichTheStationFindsTheCards) {
    const CredentialDigest digest(station_key());
    const auto enrolled = digest(Credential(CredentialKind::text, "enrolled at the station"));
    const auto report = build(
        "\xEF\xBB\xBF"
        "note, groups ,credential,valid_to,valid_from,flags\r\n"
        "\"Zhang, night shift\",sanitation;delivery,id:999999197001011239,2024-12-31,2024-01-01,\r\n"
        "\r\n"
        ",,wiegand26:1-12345,,,staff ; slow\r\n"
        ",,,,,\r\n"
        ",delivery,digest:" +
        to_text(enrolled) + ",,2000-01-01,denied\r\n");
    ASSERT_TRUE(report) << report.error().what;
    EXPECT_THAT(report->errors, ElementsAre());
    EXPECT_TRUE(report->written);
    EXPECT_EQ(report->rows, 3u);
    EXPECT_EQ(report->members, 3u);
    EXPECT_EQ(report->key_id, digest.key_id());
    EXPECT_THAT(report->groups, ElementsAre("sanitation", "delivery"));

    const auto list = load_written({"delivery", "office", "sanitation"});
    ASSERT_TRUE(list) << list.error().what;
    EXPECT_EQ((*list)->info().version, 3u);
    Member member;
    ASSERT_TRUE((*list)->find(digest(Credential(CredentialKind::resident_id, "999999197001011239")), member));
    EXPECT_EQ(member.groups, 0b101u);
    EXPECT_EQ(member.validity, (DayRange{8766, 9131}));
    EXPECT_EQ(member.flags, 0);
    const std::array<std::byte, 3> payload{std::byte{0x01}, std::byte{0x30}, std::byte{0x39}};
    ASSERT_TRUE((*list)->find(digest(Credential(CredentialKind::wiegand26, payload)), member));
    EXPECT_EQ(member.groups, 0u);
    EXPECT_EQ(member.validity, DayRange());
    EXPECT_EQ(member.flags, 6);
    ASSERT_TRUE((*list)->find(enrolled, member));
    EXPECT_TRUE(member.has(MemberFlag::denied));
    EXPECT_FALSE((*list)->find(digest(Credential(CredentialKind::text, "999999197001011239")), member));
}

TEST_F(MemberTool, LeavesNothingInTheListThatANumberCouldBeReadFrom) {
    ASSERT_TRUE(build("credential,note\nid:999999197001011239,private words\n")->written);
    const auto bytes = written();
    const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    EXPECT_THAT(text, AllOf(Not(HasSubstr("1970")), Not(HasSubstr("private"))));
}

TEST_F(MemberTool, ReportsEveryBadRowWithItsLineAndColumn) {
    const auto report = build(
        "credential,valid_from,valid_to,groups,flags\n"  // 1
        "id:999999197001011238,,,,\n"  // 2
        ",2024-01-01,,,\n"  // 3
        "text:a,2024-13-01,01.02.2024,,\n"  // 4
        "text:b,1999-12-31,2200-01-01,,\n"  // 5
        "text:c,2024-02-02,2024-02-01,,\n"  // 6
        "text:d,,,999999197001011239,\n"  // 7
        "text:e,,,delivery;;staff,\n"  // 8
        "text:f,,,,owner\n"  // 9
        "text:g,,,\n"  // 10
        "text:h,\"2024-01-01\" ,,,\n"  // 11
        "digest:00000001:000102030405060708090a0b0c0d0e0f,,,,\n"  // 12
        "digest:zz,,,,\n"  // 13
        "text:i,,,,denied\n"  // 14: good
        "text:j,,,,\n");  // 15: good
    ASSERT_TRUE(report);
    std::vector<std::string> whats;
    for (const auto& error : report->errors) {
        whats.push_back(error.what);
        EXPECT_FALSE(error.cure.empty()) << error.what;
    }
    EXPECT_THAT(
        whats,
        ElementsAre("members.csv:2: credential: the check digit does not fit", "members.csv:3: credential: empty",
                    "members.csv:4: valid_from: not a date", "members.csv:4: valid_to: not a date",
                    "members.csv:5: valid_from: outside 2000-01-01 to 2179-06-05",
                    "members.csv:5: valid_to: outside 2000-01-01 to 2179-06-05",
                    "members.csv:6: valid_to: before valid_from", "members.csv:7: groups: not a group's name",
                    "members.csv:8: groups: not a group's name", "members.csv:9: flags: an unknown flag",
                    "members.csv:10: 4 cells, the header has 5", "members.csv:11: text after a closing quote",
                    "members.csv:12: credential: this digest was made with another key",
                    "members.csv:13: credential: not a credential digest"));
    EXPECT_EQ(report->rows, 14u);
    EXPECT_EQ(report->members, 2u);
    EXPECT_FALSE(report->written);
    EXPECT_EQ(files_in_folder(), 0u);
}

TEST_F(MemberTool, ReportsDuplicatesByTheirLinesOnly) {
    const auto report = build(
        "credential\nid:999999197001011239\ntext:a\nid:999999197001011239\nid:99999918000101018x\n"
        "id:99999918000101018X\nid:999999197001011239\n");
    ASSERT_TRUE(report);
    std::vector<std::string> whats;
    for (const auto& error : report->errors) whats.push_back(error.what);
    EXPECT_THAT(whats, ElementsAre("members.csv:4: credential: the same as in line 2",
                                   "members.csv:6: credential: the same as in line 5",
                                   "members.csv:7: credential: the same as in line 4"));
}

TEST_F(MemberTool, RefusesAHeaderItDoesNotKnowWithoutShowingIt) {
    const std::pair<const char*, const char*> headers[] = {
        {"", "members.csv: empty"},
        {"\n\n", "members.csv: empty"},
        {"groups,flags\n", "members.csv:1: header: column 'credential' is missing"},
        {"credential,flags,flags\n", "members.csv:1: header: column 'flags' is there twice"},
        {"credential,name\n", "members.csv:1: header: column 2 has no known name"},
        {"\n\nid:999999197001011239,2024-01-01\n", "members.csv:3: header: column 1 has no known name"},
        {"credential;groups\n", "members.csv:1: header: column 1 has no known name"},
    };
    for (const auto& [csv, what] : headers) {
        const auto report = build(csv);
        ASSERT_TRUE(report);
        ASSERT_FALSE(report->errors.empty());
        EXPECT_EQ(report->errors[0].what, what);
        EXPECT_FALSE(report->errors[0].cure.empty());
        EXPECT_FALSE(report->written);
    }
}

TEST_F(MemberTool, NeverShowsAnIdNumberWhereverItSlipped) {
    const std::string number = "999999197001011239";
    const std::string good = "credential,valid_from,valid_to,groups,flags,note\n";
    std::vector<std::string> files{number + "\n",
                                   "id:" + number + "\n",
                                   number + "," + number + "\n",
                                   good + "\"id:" + number + "\n",
                                   good + "\"id:" + number + "\"x,,,,,\n",
                                   good + "id:" + number + "\n",
                                   good + "\xC4id:" + number + ",,,,,\n"};
    for (int column = 0; column < 6; ++column) {
        for (const auto& written :
             {number, "id:" + number, "ID " + number, number + "0", "digest:" + number, "wiegand34:" + number,
              "uid:" + number, "pr:" + number, "text:" + number + " \x7F"}) {
            std::string row = good;
            for (int i = 0; i < 6; ++i) row += (i > 0 ? "," : "") + (i == column ? written : std::string());
            files.push_back(row + "\n");
        }
    }
    files.push_back(good + "id:" + number + ",,,,,\nid:" + number + ",,,,,\n");
    for (const auto& csv : files) {
        const auto report = build(csv);
        ASSERT_TRUE(report);
        EXPECT_FALSE(report->errors.empty() && !report->written);
        for (const auto& error : report->errors) {
            EXPECT_EQ((error.what + error.cure).find("1970"), std::string::npos);
            EXPECT_EQ((error.what + error.cure).find("999999"), std::string::npos);
        }
        for (const auto& group : report->groups) EXPECT_EQ(group.find("1970"), std::string::npos);
    }
}

TEST_F(MemberTool, ReportsAHundredErrorsAndCountsTheRest) {
    std::string csv = "credential\n";
    for (int i = 0; i < 250; ++i) csv += "nothing\n";
    const auto report = build(csv);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->errors.size(), 100u);
    EXPECT_EQ(report->more_errors, 150u);
    EXPECT_EQ(report->rows, 250u);
    EXPECT_THAT(report->errors.back().what, StartsWith("members.csv:101:"));
}

TEST_F(MemberTool, RefusesMoreGroupsThanAStationKnows) {
    std::string csv = "credential,groups\n";
    for (int i = 0; i < 65; ++i) csv += "text:" + std::to_string(i) + ",g" + std::to_string(i) + "\n";
    const auto report = build(csv);
    ASSERT_TRUE(report);
    ASSERT_EQ(report->errors.size(), 1u);
    EXPECT_EQ(report->errors[0].what, "members.csv:66: groups: more than 64 different groups in the file");
}

TEST_F(MemberTool, KeepsTheOldListUntilTheNewOneIsWholeAndGood) {
    ASSERT_TRUE(build("credential\ntext:a\n")->written);
    const auto old = written();
    EXPECT_FALSE(build("credential\nnothing\n")->written);
    EXPECT_EQ(written(), old);
    ASSERT_TRUE(build("credential\ntext:a\ntext:b\n")->written);
    EXPECT_NE(written(), old);
    EXPECT_EQ(files_in_folder(), 1u);
    EXPECT_EQ(std::filesystem::status(out_).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(MemberTool, SaysWhereItCannotWrite) {
    std::filesystem::create_directory(out_);  // a folder cannot be replaced by a file
    const auto report = build("credential\ntext:a\n");
    ASSERT_FALSE(report);
    EXPECT_THAT(report.error().what, StartsWith(out_.string() + ": cannot replace"));
    EXPECT_EQ(files_in_folder(), 1u);
    std::filesystem::remove_all(folder_);
    EXPECT_THAT(build("credential\ntext:a\n").error().what, HasSubstr("cannot create"));
}

TEST_F(MemberTool, RefusesABadOrder) {
    testing::MemoryFile csv("credential\n");
    EXPECT_FALSE(build_member_list(csv, {.station = "No Such"}, secret_bytes(), files_, out_.string()));
    EXPECT_FALSE(build_member_list(csv, order, secret_bytes().first(16), files_, out_.string()));
}

TEST_F(MemberTool, ChecksAListAgainstWhatIsKnown) {
    ASSERT_TRUE(build("credential,groups\ntext:a,delivery\n")->written);
    testing::MemoryFile file(written(), "list");
    const auto info = check_member_list(file);
    ASSERT_TRUE(info) << info.error().what;
    EXPECT_EQ(info->station, "xining-01");
    EXPECT_EQ(info->count, 1u);
    EXPECT_TRUE(check_member_list(
        file, {.station = "xining-01", .key_id = info->key_id, .groups = std::vector<std::string>{"delivery"}}));
    EXPECT_FALSE(check_member_list(file, {.station = "xining-02"}));
    EXPECT_FALSE(check_member_list(file, {.key_id = info->key_id + 1}));
    EXPECT_FALSE(check_member_list(file, {.groups = std::vector<std::string>{}}));
    file.bytes[100] ^= std::byte{1};
    EXPECT_THAT(check_member_list(file).error().what, StartsWith("list: damaged"));
}

}  // namespace
}  // namespace yizhan
