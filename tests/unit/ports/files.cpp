#include "drivers/ports/files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <set>
#include <string>

#include "drivers/ports/random.h"
#include "drivers/simulated/files.h"
#include "drivers/simulated/random.h"
#include "tests/unit/ports/temporary_folder.h"

namespace yizhan {
namespace {

struct OnDisk {
    TemporaryFolder folder;
    SystemFiles files;
    std::string put(const std::string& name, const std::string& bytes) const {
        std::ofstream(folder / name) << bytes;
        return folder / name;
    }
};

struct InMemory {
    simulated::Files files;
    std::string put(const std::string& name, const std::string& bytes) {
        files.put(name, bytes);
        return name;
    }
};

template <class Disk>
class EitherFiles : public testing::Test {
 public:
    Disk disk;
};
using EitherDisk = testing::Types<OnDisk, InMemory>;
TYPED_TEST_SUITE(EitherFiles, EitherDisk);

TYPED_TEST(EitherFiles, ReadAtAnyOffsetUpToTheEnd) {
    const auto path = this->disk.put("list", "0123456789");
    auto file = this->disk.files.open(path);
    ASSERT_TRUE(file) << file.error().what;
    EXPECT_EQ((*file)->name(), path);
    EXPECT_EQ((*file)->size(), 10u);
    for (std::size_t offset = 0; offset < 13; ++offset) {
        for (std::size_t size = 0; size < 13; ++size) {
            std::string into(size, '#');
            const auto got = (*file)->read(offset, std::as_writable_bytes(std::span(into)));
            ASSERT_TRUE(got);
            const std::string expected = offset < 10 ? std::string("0123456789").substr(offset, size) : "";
            EXPECT_EQ(*got, expected.size());
            EXPECT_EQ(into.substr(0, *got), expected);
        }
    }
}

TYPED_TEST(EitherFiles, SayWhatIsMissingAndWhatToDo) {
    const auto file = this->disk.files.open("/nowhere/list");
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error(), (Error{"/nowhere/list: No such file or directory", "check the path"}));
}

TYPED_TEST(EitherFiles, KeepTheOldBytesOfAReplacedFile) {
    const auto path = this->disk.put("list", "old");
    auto file = this->disk.files.open(path);
    ASSERT_TRUE(file);
    if constexpr (std::is_same_v<TypeParam, OnDisk>) {
        const auto fresh = this->disk.put("fresh", "new");
        ASSERT_EQ(rename(fresh.c_str(), path.c_str()), 0);
    } else {
        this->disk.put("list", "new");
    }
    std::string into(3, '#');
    EXPECT_EQ((*file)->read(0, std::as_writable_bytes(std::span(into))), 3u);
    EXPECT_EQ(into, "old");
    EXPECT_EQ(read_text(this->disk.files, path, 100), "new");
}

TEST(SystemFiles, RefuseWhatIsNoRegularFileInsteadOfWaitingForIt) {
    const OnDisk disk;
    const std::string fifo = disk.folder / "fifo";
    ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
    for (const std::string& path : {fifo, std::string("/dev/zero"), std::string("/")}) {
        auto file = SystemFiles().open(path);
        ASSERT_TRUE(file);
        std::array<std::byte, 4> into{};
        const auto got = (*file)->read(0, into);
        ASSERT_FALSE(got);
        EXPECT_EQ(got.error(), (Error{path + ": not a regular file", "name or hand over a regular file"}));
        EXPECT_EQ((*file)->size().error(), got.error());
    }
}

TEST(FdFile, SaysThatItCannotReadWhatIsOpenForWritingOnly) {
    const OnDisk disk;
    FdFile file(UniqueFd(open(disk.put("list", "x").c_str(), O_WRONLY | O_CLOEXEC)), "the file handed over");
    std::array<std::byte, 4> into{};
    const auto got = file.read(0, into);
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().cure, "hand over a file that is open for reading");
}

TEST(SimulatedFiles, FailAsTheyAreTold) {
    simulated::Files files;
    files.put("list", "x");
    auto file = files.open("list");
    ASSERT_TRUE(file);
    const Error broken{"list: Input/output error", "replace the card"};
    files.content("list").read_error = broken;
    std::array<std::byte, 4> into{};
    EXPECT_EQ((*file)->read(0, into).error(), broken);
    const Error denied{"list: Permission denied", "allow it"};
    files.refuse("list", denied);
    EXPECT_EQ(files.open("list").error(), denied);
    files.put("list", "y");
    EXPECT_EQ(read_text(files, "list", 10), "y");
    ASSERT_TRUE(files.remove("list"));
    EXPECT_FALSE(files.open("list"));
}

TEST(SystemRandom, FillsEveryByte) {
    SystemRandom random;
    std::array<std::byte, 1000> bytes{};
    std::array<bool, 1000> changed{};
    for (int i = 0; i < 20; ++i) {
        random.fill(bytes);
        for (std::size_t at = 0; at < bytes.size(); ++at) changed[at] |= bytes[at] != std::byte{0};
    }
    for (const bool each : changed) EXPECT_TRUE(each);
}

TEST(SimulatedRandom, GivesTheSameNumbersFromTheSameSeed) {
    simulated::Random a(7);
    simulated::Random b(7);
    simulated::Random c(8);
    EXPECT_EQ(a.next(), b.next());
    EXPECT_NE(a.next(), c.next());
    std::array<std::byte, 13> first{};
    std::array<std::byte, 13> second{};
    b.next();
    a.fill(first);
    b.fill(second);
    EXPECT_EQ(first, second);
}

TEST(SimulatedRandom, StaysBelowItsBoundAndReachesAllOfIt) {
    simulated::Random random(1);
    std::set<std::uint64_t> seen;
    for (int i = 0; i < 200; ++i) seen.insert(random.below(6));
    EXPECT_EQ(seen, (std::set<std::uint64_t>{0, 1, 2, 3, 4, 5}));
    EXPECT_EQ(random.below(1), 0u);
    std::uint64_t largest = 0;
    for (int i = 0; i < 100; ++i) largest = std::max(largest, random.below(UINT64_MAX));
    EXPECT_GT(largest, UINT64_MAX / 2);
    for (int i = 0; i < 100; ++i) EXPECT_LT(random.below(std::uint64_t{5} << 32), std::uint64_t{5} << 32);
}

}  // namespace
}  // namespace yizhan
