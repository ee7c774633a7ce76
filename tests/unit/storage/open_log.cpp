#include "firmware/storage/open_log.h"

#include <gmock/gmock.h>

#include "drivers/simulated/files.h"
#include "firmware/storage/database.h"
#include "tests/support/sample.h"
#include "tests/unit/storage/access_log_fixture.h"

namespace yizhan {
namespace {

using ::testing::HasSubstr;

class OpeningALog : public OnSimulatedDisk {
 protected:
    void SetUp() override { files_.show(disk_); }

    Result<OpenedLog> open(std::uint32_t fresh_epoch = 77) {
        return open_log_anyhow({log_path, fresh_epoch, disk_.name()}, sample_station(), sample_key, sample_salts,
                               files_, or_in_memory_);
    }
    void fill() {
        const auto log = open_log(disk_.name()).log;
        store(*log, plain_records(1, 500));
    }
    void damage(std::size_t from = 0, std::size_t size = 100) {
        disk_.contents(log_path).replace(from, size, size, 'x');
        disk_.put(log_path, disk_.contents(log_path));
    }

    simulated::Files files_;
    bool or_in_memory_ = true;
};

TEST_F(OpeningALog, TakesAWholeOneAsItIs) {
    fill();
    const auto opened = open();
    ASSERT_TRUE(opened.has_value());
    EXPECT_EQ(opened->start.state.seq, 500u);
    EXPECT_EQ(opened->start.epoch, sample_epoch);
    EXPECT_FALSE(opened->set_aside || opened->in_memory);
}

TEST_F(OpeningALog, KeepsADamagedOneAndBeginsANewOneWithANewEpoch) {
    fill();
    damage();
    const std::string damaged = disk_.contents(log_path);
    {
        auto opened = open();
        ASSERT_TRUE(opened.has_value()) << opened.error().what;
        EXPECT_EQ(opened->start.epoch, 77u);
        EXPECT_EQ(opened->start.state.seq, 0u);
        EXPECT_TRUE(opened->start.state.running) << "as after a kill: nobody knows who is inside";
        ASSERT_TRUE(opened->set_aside.has_value());
        EXPECT_THAT(opened->set_aside->cure, HasSubstr("/log/access.db.damaged-1"));
        EXPECT_FALSE(opened->in_memory);
        store(*opened->log, plain_records(1, 3));
        disk_.power_cut();
    }
    EXPECT_EQ(disk_.contents(std::string(log_path) + ".damaged-1"), damaged);
    const auto again = open(78);
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(again->start.epoch, 77u);
    EXPECT_EQ(again->start.state.seq, 3u);
}

TEST_F(OpeningALog, SaysThatItReplacedOneUntilAStateWithThatAlarmIsStored) {
    fill();
    damage();
    for (int start = 0; start < 3; ++start) {
        const auto opened = open();
        ASSERT_TRUE(opened.has_value());
        ASSERT_TRUE(opened->set_aside.has_value()) << start;
        disk_.power_cut();
    }
    {
        const auto opened = open();
        State state = opened->start.state;
        state.alarms.push_back({.kind = AlarmKind::log_replaced});
        const auto records = plain_records(1, 1);
        apply(state, records[0]);
        store(*opened->log, records, &state);
    }
    EXPECT_FALSE(open()->set_aside.has_value());
}

TEST_F(OpeningALog, TakesAWriteAheadLogWithoutItsDatabaseForADamagedOne) {
    for (const bool empty : {false, true}) {
        simulated::Disk disk(empty ? "empty" : "gone");
        files_.show(disk);
        {
            const auto log = open_log(disk.name()).log;
            store(*log, plain_records(1, 500));
            disk.power_cut();
        }
        const std::string wal = disk.contents(std::string(log_path) + "-wal");
        empty ? disk.put(log_path, "") : static_cast<void>(disk.remove(log_path));
        const auto opened =
            open_log_anyhow({log_path, 77, disk.name()}, sample_station(), sample_key, sample_salts, files_, false);
        ASSERT_TRUE(opened.has_value()) << opened.error().what;
        EXPECT_TRUE(opened->set_aside.has_value());
        EXPECT_TRUE(opened->start.state.running);
        EXPECT_EQ(disk.contents(std::string(log_path) + ".damaged-1-wal"), wal);
    }
}

TEST_F(OpeningALog, KeepsADatabaseAndItsWriteAheadLogUnderOneNameWhereverThePowerGoes) {
    {
        const auto log = open_log(disk_.name()).log;
        store(*log, plain_records(1, 500));
        disk_.power_cut();
    }
    disk_.put(log_path, std::string(5000, 'n'));
    disk_.put(std::string(log_path) + ".new", "");
    ASSERT_TRUE(disk_.rename(std::string(log_path) + "-wal", std::string(log_path) + ".damaged-1-wal"));
    ASSERT_TRUE(open().has_value());
    EXPECT_TRUE(disk_.exists(std::string(log_path) + ".damaged-1"));
    EXPECT_TRUE(disk_.exists(std::string(log_path) + ".damaged-1-wal"));
}

TEST_F(OpeningALog, BeginsAnotherOneWhereTheOneThatWasToReplaceItIsNoLogEither) {
    fill();
    damage();
    disk_.put(std::string(log_path) + ".new", std::string(9000, 'n'));
    disk_.put(std::string(log_path) + ".unfinished", std::string(9000, 'n'));
    disk_.put(std::string(log_path) + ".unfinished-wal", std::string(9000, 'n'));
    or_in_memory_ = false;
    const auto opened = open();
    ASSERT_TRUE(opened.has_value()) << opened.error().what;
    EXPECT_TRUE(opened->start.state.running);
    store(*opened->log, plain_records(1, 3));
}

TEST_F(OpeningALog, LeavesADatabaseOfSomethingElseOrOfANewerVersionAloneAndTheDoorsWork) {
    for (const char* change : {"PRAGMA user_version = 77", "CREATE TABLE theirs (x)"}) {
        SCOPED_TRACE(change);
        disk_.put(log_path, "");
        {
            auto database = Database::open(log_path, disk_.name());
            ASSERT_TRUE((*database)->execute(change));
        }
        const std::string theirs = disk_.contents(log_path);
        or_in_memory_ = true;
        const auto opened = open();
        ASSERT_TRUE(opened.has_value()) << opened.error().what;
        EXPECT_TRUE(opened->in_memory.has_value());
        EXPECT_EQ(disk_.contents(log_path), theirs);
        or_in_memory_ = false;
        EXPECT_FALSE(open().has_value());
    }
}

// A door that does not open because of one bit on a card is the worst that can become of it.
TEST_F(OpeningALog, StartsWhateverBitOfTheFileWasFlipped) {
    {
        const auto log = open_log(disk_.name()).log;
        std::vector<Record> records;
        for (std::uint64_t seq = 1; seq <= 12; ++seq) records.push_back(sample_record(seq));
        const State state = fold(records);
        store(*log, records, &state);
    }
    const std::string whole = disk_.contents(log_path);
    const auto bits = whole.size() * 8;
    const auto step = std::max<std::size_t>(bits / static_cast<std::size_t>(testing::sample("bits", 2000, 200'000)), 1);
    std::size_t set_aside = 0;
    for (std::size_t bit = 0; bit < bits; bit += step) {
        simulated::Disk disk("flipped");
        files_.show(disk);
        std::string flipped = whole;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
        disk.put(log_path, std::move(flipped));
        const auto opened =
            open_log_anyhow({log_path, 77, disk.name()}, sample_station(), sample_key, sample_salts, files_, true);
        ASSERT_TRUE(opened.has_value()) << "bit " << bit << ": " << opened.error().what;
        set_aside += opened->set_aside ? 1 : 0;
    }
    EXPECT_GT(set_aside, 10u);
}

TEST_F(OpeningALog, TakesTheWriteAheadLogOfADamagedOneAway) {
    {
        const auto log = open_log(disk_.name()).log;
        store(*log, plain_records(1, 500));
        disk_.power_cut();
    }
    ASSERT_TRUE(disk_.exists(std::string(log_path) + "-wal"));
    disk_.put(log_path, std::string(5000, 'n'));
    disk_.contents(std::string(log_path) + "-wal")[0] = 'n';
    const auto opened = open();
    ASSERT_TRUE(opened.has_value()) << opened.error().what;
    EXPECT_EQ(opened->start.state.seq, 0u);
    EXPECT_TRUE(disk_.exists(std::string(log_path) + ".damaged-1-wal"));
}

TEST_F(OpeningALog, KeepsNineDamagedOnesAndThenStoresNoMore) {
    for (std::uint32_t n = 1; n <= 9; ++n) {
        disk_.put(log_path, "no log");
        const auto opened = open(n);
        ASSERT_TRUE(opened.has_value());
        ASSERT_TRUE(opened->set_aside.has_value());
        EXPECT_THAT(opened->set_aside->cure, HasSubstr(".damaged-" + std::to_string(n)));
    }
    disk_.put(log_path, "no log");
    const auto opened = open();
    ASSERT_TRUE(opened.has_value());
    ASSERT_TRUE(opened->in_memory.has_value());
    EXPECT_THAT(opened->in_memory->what, HasSubstr("9 damaged logs"));
    EXPECT_EQ(disk_.contents(log_path), "no log");
}

TEST_F(OpeningALog, StaysInMemoryWhileTheDiskDoesNotWork) {
    fill();
    const std::string before = disk_.contents(log_path);
    for (const char* trouble : {"failing", "read-only"}) {
        SCOPED_TRACE(trouble);
        disk_.set_failing(trouble == std::string("failing"));
        disk_.set_read_only(trouble == std::string("read-only"));
        auto opened = open();
        ASSERT_TRUE(opened.has_value()) << opened.error().what;
        ASSERT_TRUE(opened->in_memory.has_value());
        EXPECT_THAT(opened->in_memory->cure, HasSubstr("restart stationd"));
        EXPECT_NE(opened->start.epoch, 77u) << "the file may come to have that";
        store(*opened->log, plain_records(1, 300));
        EXPECT_EQ(opened->log->query({.after_seq = 200, .limit = 500})->size(), 100u);
        ASSERT_TRUE(opened->log->acknowledge(300));
        ASSERT_TRUE(opened->log->seal());
    }
    disk_.set_failing(false);
    disk_.set_read_only(false);
    EXPECT_EQ(disk_.contents(log_path), before);
    EXPECT_EQ(open()->start.state.seq, 500u);
}

TEST_F(OpeningALog, LeavesADamagedOneWhereItIsWhileThereIsNoRoomForAnother) {
    fill();
    damage();
    disk_.set_full(true);
    ASSERT_TRUE(open()->in_memory.has_value());
    EXPECT_FALSE(disk_.exists(std::string(log_path) + ".damaged-1"));
    disk_.set_full(false);
    const auto opened = open(78);
    EXPECT_TRUE(opened->set_aside.has_value());
    EXPECT_TRUE(opened->start.state.running) << "nobody knows how it ended";
}

TEST_F(OpeningALog, IsRefusedWithoutADiskWhereASiteWantsNoLogInMemory) {
    or_in_memory_ = false;
    disk_.set_failing(true);
    const auto opened = open();
    ASSERT_FALSE(opened.has_value());
    EXPECT_THAT(opened.error().what, HasSubstr("the disk failed"));
}

TEST_F(OpeningALog, IsRefusedWhereSomebodyHasToDecide) {
    const auto first = open_log(disk_.name()).log;
    const auto second = open();
    ASSERT_FALSE(second.has_value());
    EXPECT_THAT(second.error().what, HasSubstr("in use by another program"));
}

}  // namespace
}  // namespace yizhan
