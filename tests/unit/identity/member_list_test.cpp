#include "firmware/identity/member_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <rapidcheck/gtest.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fstream>
#include <map>

#include "tests/unit/identity/lists.h"
#include "tests/unit/identity/memory_file.h"
#include "tests/unit/identity/openssl_allocations.h"

namespace yizhan {
namespace {

using ::testing::HasSubstr;
using testing::id_of;
using testing::list_file;
using testing::load;
using testing::row;
using testing::sealed;
using ::testing::StartsWith;

MemberTable small_table() {
    MemberTable table{.groups = {"staff", "sanitation"}, .rows = {row(10), row(90), row(200)}};
    table.rows[0].groups = 1;
    table.rows[1].groups = 2;
    table.rows[2].groups = 3;
    table.rows[1].validity = {8766, 9131};
    table.rows[2].flags = 7;
    return table;
}

TEST(MemberList, FindsItsMembersWithValidityFlagsAndTheSettingsGroupBits) {
    const auto list = load(list_file(small_table()));
    ASSERT_TRUE(list) << list.error().what;
    EXPECT_EQ((*list)->info().station, "xining-01");
    EXPECT_EQ((*list)->info().version, 7u);
    EXPECT_EQ((*list)->info().built_at, 1700000000);
    EXPECT_EQ((*list)->info().count, 3u);
    EXPECT_EQ((*list)->info().groups, (std::vector<std::string>{"staff", "sanitation"}));

    Member member;
    ASSERT_TRUE((*list)->find(id_of(row(10)), member));
    EXPECT_EQ(member.groups, 0b100u);  // staff is the settings' third group
    EXPECT_EQ(member.validity, DayRange());
    EXPECT_EQ(member.flags, 0);
    ASSERT_TRUE((*list)->find(id_of(row(90)), member));
    EXPECT_EQ(member.groups, 0b001u);
    EXPECT_EQ(member.validity, (DayRange{8766, 9131}));
    ASSERT_TRUE((*list)->find(id_of(row(200)), member));
    EXPECT_EQ(member.groups, 0b101u);
    EXPECT_TRUE(member.has(MemberFlag::denied) && member.has(MemberFlag::slow) && member.has(MemberFlag::staff));
}

TEST(MemberList, DoesNotFindADigestMadeWithAnotherKey) {
    const auto list = load(list_file(small_table())).value();
    Member member;
    EXPECT_FALSE(list->find(CredentialId{testing::key_id + 1, row(10).digest}, member));
    EXPECT_FALSE(list->find(CredentialId{}, member));
}

TEST(MemberList, MayBeEmpty) {
    const auto list = load(list_file({}));
    ASSERT_TRUE(list) << list.error().what;
    Member member;
    for (int first = 0; first < 256; ++first) {
        EXPECT_FALSE((*list)->find(id_of(row(static_cast<std::uint8_t>(first))), member));
    }
}

TEST(MemberList, MayUseAllGroupsThereCanBe) {
    std::vector<std::string> groups;
    for (std::size_t i = 0; i < max_groups; ++i) groups.push_back("g" + std::to_string(i));
    MemberTable table{.groups = {groups.rbegin(), groups.rend()}, .rows = {row(1)}};
    table.rows[0].groups = GroupMask{1} << 63 | 2;
    testing::MemoryFile file(list_file(table));
    const auto list = MemberList::load(file, "xining-01", testing::key_id, groups);
    ASSERT_TRUE(list) << list.error().what;
    Member member;
    ASSERT_TRUE((*list)->find(id_of(row(1)), member));
    EXPECT_EQ(member.groups, 1 | GroupMask{1} << 62);
}

RC_GTEST_PROP(MemberList, AgreesWithAMapAboutMembersAndStrangers, ()) {
    struct Expected {
        DayRange validity;
        GroupMask groups;
        std::uint16_t flags;
    };
    using Digest = std::array<std::uint8_t, 16>;
    // Few different first bytes, so that digests share buckets.
    const auto digest =
        rc::gen::map(rc::gen::pair(rc::gen::inRange(0, 16), rc::gen::arbitrary<std::array<std::uint8_t, 2>>()),
                     [](const auto& drawn) {
                         Digest made{};
                         made[0] = static_cast<std::uint8_t>(drawn.first * 17);
                         made[1] = drawn.second[0];
                         made[15] = drawn.second[1];
                         return made;
                     });
    const auto digests = *rc::gen::container<std::vector<Digest>>(digest);
    std::map<Digest, Expected> expected;
    MemberTable table{.groups = testing::settings_groups, .rows = {}};
    for (const auto& one : digests) {
        if (expected.contains(one)) continue;
        const auto from = *rc::gen::inRange(0, 30000);
        const Expected member{{static_cast<Day>(from), static_cast<Day>(from + *rc::gen::inRange(0, 30000))},
                              *rc::gen::inRange<GroupMask>(0, 8),
                              *rc::gen::inRange<std::uint16_t>(0, 8)};
        expected.emplace(one, member);
        table.rows.push_back({one, member.validity, member.flags, 0, member.groups});
    }
    const auto list = load(list_file(table));
    RC_ASSERT(list.has_value());
    for (const auto& [one, member] : expected) {
        Member found;
        RC_ASSERT((*list)->find({testing::key_id, one}, found));
        RC_ASSERT(found.validity == member.validity);
        RC_ASSERT(found.groups == member.groups);
        RC_ASSERT(found.flags == member.flags);
    }
    for (const auto& stranger : *rc::gen::container<std::vector<Digest>>(digest)) {
        Member found;
        RC_ASSERT((*list)->find({testing::key_id, stranger}, found) == expected.contains(stranger));
    }
}

TEST(MemberList, IsRefusedWhereAnyByteDiffers) {
    const auto good = list_file(small_table());
    ASSERT_TRUE(load(good));
    for (std::size_t at = 0; at < good.size(); ++at) {
        for (const int change : {0x01, 0x80, 0xFF}) {
            auto bad = good;
            bad[at] ^= static_cast<std::byte>(change);
            const auto list = load(bad);
            ASSERT_FALSE(list) << "byte " << at;
            EXPECT_THAT(list.error().what, StartsWith("members.list: "));
            EXPECT_FALSE(list.error().cure.empty());
        }
    }
}

TEST(MemberList, IsRefusedAtAnyOtherLength) {
    const auto good = list_file(small_table());
    for (std::size_t size = 0; size <= good.size() + 100; ++size) {
        auto bad = good;
        bad.resize(size);
        EXPECT_EQ(load(bad).has_value(), size == good.size()) << size;
    }
}

// Whoever can write the file can also write its SHA-256: the rest must hold by itself.
TEST(MemberList, IsRefusedOrHarmlessWhereAByteDiffersUnderARightSum) {
    const auto good = list_file(small_table());
    for (std::size_t at = 0; at + 32 < good.size(); ++at) {
        for (int change = 1; change < 256; change = change * 2 + 1) {
            auto bad = good;
            bad[at] ^= static_cast<std::byte>(change);
            const auto list = load(sealed(bad));
            if (!list) continue;
            EXPECT_EQ((*list)->info().count, 3u);
            for (int first = 0; first < 256; ++first) {
                Member member;
                if (!(*list)->find(id_of(row(static_cast<std::uint8_t>(first))), member)) continue;
                EXPECT_LT(member.groups, 8u);
                EXPECT_LE(member.validity.from, member.validity.to);
            }
        }
    }
}

TEST(MemberList, IsReadInWhateverPiecesTheFileGives) {
    testing::MemoryFile file(list_file(small_table()));
    file.most_per_read = 7;
    EXPECT_TRUE(MemberList::load(file, "xining-01", testing::key_id, testing::settings_groups));
}

TEST(MemberList, IsRefusedIfTheFileFailsAnywhere) {
    const auto good = list_file(small_table());
    for (std::uint64_t from = 0; from < good.size(); ++from) {
        testing::MemoryFile file(good);
        file.most_per_read = 1;
        file.fails_from = from;
        const auto list = MemberList::load(file, "xining-01", testing::key_id, testing::settings_groups);
        ASSERT_FALSE(list) << from;
        EXPECT_EQ(list.error().what, "members.list: input/output error");
    }
}

TEST(MemberList, IsRefusedIfTheFileBecomesShorterWhileItIsRead) {
    testing::MemoryFile file(list_file(small_table()));
    file.before_read = [](testing::MemoryFile& self, std::uint64_t offset) {
        if (offset > 0) self.bytes.resize(offset);
    };
    file.most_per_read = 100;
    const auto list = MemberList::load(file, "xining-01", testing::key_id, testing::settings_groups);
    ASSERT_FALSE(list);
    EXPECT_THAT(list.error().what, HasSubstr("became shorter"));
}

// A second list of the same length, with other counts and a right sum, appears after the header was read.
TEST(MemberList, IsRefusedIfTheFileIsReplacedWhileItIsRead) {
    auto other = list_file(small_table());
    other[72] = std::byte{200};  // count
    other = sealed(other);
    testing::MemoryFile file(list_file(small_table()));
    int reads = 0;
    file.before_read = [&](testing::MemoryFile& self, std::uint64_t) {
        if (++reads == 2) self.bytes = other;
    };
    const auto list = MemberList::load(file, "xining-01", testing::key_id, testing::settings_groups);
    ASSERT_FALSE(list);
    EXPECT_GE(reads, 2);
}

TEST(MemberList, IsNotTouchedByWhatIsDoneToTheFileAfterwards) {
    testing::MemoryFile file(list_file(small_table()));
    const auto list = MemberList::load(file, "xining-01", testing::key_id, testing::settings_groups).value();
    file.bytes.clear();
    Member member;
    EXPECT_TRUE(list->find(id_of(row(90)), member));
}

TEST(MemberList, AnswersWithoutAllocating) {
    const CredentialDigest digest(KeyBytes{1, 2, 3});
    MemberTable table{.groups = {}, .rows = {}};
    MemberRow member_row;
    member_row.digest = digest(Credential(CredentialKind::resident_id, "999999197001011239")).digest;
    table.rows.push_back(member_row);
    const auto bytes = member_list_file({.station = "xining-01", .key_id = digest.key_id()}, table).value();
    testing::MemoryFile file(bytes);
    const auto list = MemberList::load(file, "xining-01", digest.key_id(), {}).value();

    Member member;
    const auto before = testing::allocations();
    const bool found = list->find(digest(Credential(CredentialKind::resident_id, "999999197001011239")), member);
    const bool stranger = list->find(digest(Credential(CredentialKind::text, "999999197001011239")), member);
    const auto after = testing::allocations();
    EXPECT_EQ(after - before, 0u);
    EXPECT_TRUE(found);
    EXPECT_FALSE(stranger);
    // The counter itself works, for C++ and for OpenSSL.
    static_cast<void>(sealed(bytes));
    EXPECT_GT(testing::allocations(), after + 1);
}

// The run-time libraries of the sanitizers turn mlock() into nothing.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool mlock_works = false;
#elif defined(__has_feature)
constexpr bool mlock_works = !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer);
#else
constexpr bool mlock_works = true;
#endif

std::size_t locked_kilobytes() {
    std::ifstream status("/proc/self/status");
    std::string word;
    while (status >> word) {
        std::size_t value = 0;
        if (word == "VmLck:" && status >> value) return value;
    }
    return 0;
}

TEST(MemberList, HoldsItsMemoryLockedWhileItLives) {
    if (!mlock_works) GTEST_SKIP() << "mlock() does nothing under this sanitizer";
    const auto before = locked_kilobytes();
    {
        const auto list = load(list_file(small_table())).value();
        EXPECT_GE(locked_kilobytes(), before + list->bytes() / 1024 + 1);
    }
    EXPECT_EQ(locked_kilobytes(), before);
}

// In a child process, for a right that is dropped does not come back.
[[noreturn]] void load_without_the_right_to_lock() {
    __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    std::array<__user_cap_data_struct, 2> none{};
    syscall(SYS_capset, &header, none.data());
    const rlimit nothing{0, 0};
    setrlimit(RLIMIT_MEMLOCK, &nothing);
    const auto list = load(list_file(small_table()));
    if (!list) std::fprintf(stderr, "%s; %s\n", list.error().what.c_str(), list.error().cure.c_str());
    std::_Exit(list ? 1 : 0);
}

TEST(MemberListDeathTest, IsRefusedWithACureWhereTheLimitsDoNotAllowLocking) {
    if (!mlock_works) GTEST_SKIP() << "mlock() does nothing under this sanitizer";
    EXPECT_EXIT(load_without_the_right_to_lock(), ::testing::ExitedWithCode(0),
                "members.list: cannot lock .* bytes in memory.*LimitMEMLOCK");
}

}  // namespace
}  // namespace yizhan
