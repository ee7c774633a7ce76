// The access log on the real file system: what the simulated disk promises holds there too.
#include <gmock/gmock.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/storage/access_log_fixture.h"

namespace yizhan {
namespace {

using ::testing::HasSubstr;

class AccessLogOnRealFiles : public ::testing::Test {
 protected:
    AccessLogOnRealFiles() {
        std::string pattern = ::testing::TempDir() + "yizhan-log-XXXXXX";
        EXPECT_NE(mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
    }
    ~AccessLogOnRealFiles() override { std::filesystem::remove_all(folder_); }

    std::string path() const { return folder_ + "/access.db"; }
    std::string folder_;
};

TEST_F(AccessLogOnRealFiles, ComesBackAsItWas) {
    const std::vector records{sample_record(1, RecordType::started), sample_record(2, RecordType::entered)};
    {
        const auto [log, start] = open_log(nullptr, path());
        store(*log, records);
        EXPECT_TRUE(log->acknowledge(1));
    }
    const auto [log, start] = open_log(nullptr, path());
    EXPECT_TRUE(start.state == fold(records));
    EXPECT_EQ(start.acknowledged, 1U);
    EXPECT_EQ(start.epoch, sample_epoch);
}

TEST_F(AccessLogOnRealFiles, TakesNoMoreMemoryWhenItIsLarge) {
    const auto [log, start] = open_log(nullptr, path());
    std::uint64_t next = 1;
    const auto memory_after = [&](std::uint64_t records) {
        for (; next < records; next += 100) store(*log, plain_records(next, 100));
        EXPECT_TRUE(log->acknowledge(next - 1));
        return sqlite3_memory_used();
    };
    const auto small = memory_after(4'000);
    EXPECT_LE(memory_after(40'000), small + small / 4);
}

TEST_F(AccessLogOnRealFiles, KeepsWhatWasStoredWhenTheProgramIsKilled) {
    const pid_t child = fork();
    if (child == 0) {
        const auto [log, start] = open_log(nullptr, path());
        store(*log, plain_records(1, 100));
        _exit(::testing::Test::HasFailure() ? 1 : 0);  // without closing
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_EQ(status, 0);
    EXPECT_EQ(open_log(nullptr, path()).start.state.seq, 100U);
}

TEST_F(AccessLogOnRealFiles, TurnsAwayASecondProgram) {
    const auto [log, start] = open_log(nullptr, path());
    const auto second = AccessLog::open({path(), 1}, sample_station(), sample_key, sample_salts);
    ASSERT_FALSE(second);
    EXPECT_THAT(second.error().what, HasSubstr(path() + ": in use by another program"));
    EXPECT_THAT(second.error().cure, HasSubstr("is stationd already running?"));
    store(*log, plain_records(1, 1));
}

TEST_F(AccessLogOnRealFiles, SaysWhereItCannotBeMade) {
    const auto log =
        AccessLog::open({folder_ + "/no/such/folder/access.db", 1}, sample_station(), sample_key, sample_salts);
    ASSERT_FALSE(log);
    EXPECT_THAT(log.error().what, HasSubstr("/no/such/folder/access.db: cannot be opened"));
    EXPECT_THAT(log.error().cure, HasSubstr("folder exists"));
}

TEST_F(AccessLogOnRealFiles, RefusesAFileThatIsNoDatabaseAndLeavesItAlone) {
    const std::string text(5000, 'n');
    std::ofstream(path()) << text;
    const auto log = AccessLog::open({path(), 1}, sample_station(), sample_key, sample_salts);
    ASSERT_FALSE(log);
    EXPECT_THAT(log.error().what, HasSubstr(path() + ": this is no access log"));
    std::ifstream file(path());
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), text);
}

TEST_F(AccessLogOnRealFiles, KeepsTheCredentialInTheFileOnly) {
    {
        const auto [log, start] = open_log(nullptr, path());
        store(*log, std::vector{sample_record(1)});
    }
    const auto [log, start] = open_log(nullptr, path());
    std::vector<Record> entering{sample_record(2, RecordType::entered)};
    store(*log, entering);
    State state = start.state;
    apply(state, entering[0]);
    EXPECT_NE(state.visit_of(sample_credential(7)), nullptr);
}

}  // namespace
}  // namespace yizhan
