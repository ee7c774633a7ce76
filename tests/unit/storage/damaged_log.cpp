// An access log that turns out to be damaged while it is in use.
#include <algorithm>

#include "firmware/storage/open_log.h"
#include "tests/unit/storage/writing_station.h"

namespace yizhan {
namespace {

// Six hundred records, stored; then all pages of the file but the first are overwritten, and what SQLite has of them in
// memory is of no use for older records.
class ADamagedLog : public OnSimulatedDisk {
 protected:
    ADamagedLog() {
        {
            WritingStation before(disk_);
            before.append(3000);
            before.run_for(seconds{2});
        }
        station_ = std::make_unique<WritingStation>(disk_);
        auto& contents = disk_.contents(log_path);
        std::fill(contents.begin() + 4096, contents.end(), 'x');
        disk_.put(log_path, contents);
    }
    bool answered(const std::string& what) const { return std::ranges::count(station_->answers, what) > 0; }

    std::unique_ptr<WritingStation> station_;
};

TEST_F(ADamagedLog, IsSetAsideWhenACommitFindsOutAndNothingThatWaitedIsLost) {
    station_->append(3);
    station_->run_for(seconds{5});
    EXPECT_TRUE(answered("set aside"));
    EXPECT_TRUE(disk_.exists(std::string(log_path) + ".damaged-1"));
    EXPECT_EQ(station_->writer_->stored(), 3003u);
    EXPECT_EQ(station_->writer_->problem(), nullptr);
    EXPECT_EQ(station_->writer_->epoch(), sample_epoch + 1);
    EXPECT_EQ(station_->writer_->beginning().first(), 3001u);
    EXPECT_EQ(station_->writer_->acknowledged(), 3000u);
}

TEST_F(ADamagedLog, IsFoundOutByWhoeverReadsIt) {
    station_->query({.limit = 100});
    station_->run_for(seconds{5});
    EXPECT_EQ(station_->answers.front(), "error");
    EXPECT_TRUE(answered("set aside"));
}

TEST_F(ADamagedLog, GoesOnWithItsStateItsNumbersAndAChainOfItsOwn) {
    station_->append(3);
    station_->run_for(seconds{5});
    station_->append(200);
    station_->run_for(minutes{2});
    const State state = station_->state_;
    station_.reset();
    const auto [log, start] = open_log(disk_.name());
    EXPECT_TRUE(start.state == state);
    EXPECT_EQ(start.epoch, sample_epoch + 1);
    EXPECT_EQ(log->beginning().hash, chain_start(sample_station().id, sample_epoch + 1));
    LogCheck check;
    while (!check.done) check = log->verify(std::move(check)).value();
    EXPECT_FALSE(check.flaw.has_value()) << check.flaw->what;
    EXPECT_EQ(check.first, 3001u);
    EXPECT_EQ(check.last, 3203u);
    EXPECT_GT(check.checkpoints, 0u);
}

TEST_F(ADamagedLog, StartsAgainWithTheNextNumberIfNothingWasRecordedSince) {
    station_->query({.limit = 100});
    station_->run_for(seconds{5});
    const State state = station_->state_;
    station_.reset();
    const auto [log, start] = open_log(disk_.name());
    EXPECT_TRUE(start.state == state) << "and what it was";
    store(*log, plain_records(3001, 1));
    EXPECT_EQ(log->last_seq(), 3001u);
}

TEST_F(ADamagedLog, IsTriedAgainUntilTheDiskLetsANewOneBegin) {
    disk_.set_read_only(true);
    station_->append(3);
    station_->run_for(minutes{3});
    EXPECT_EQ(station_->writer_->stored(), 3000u);
    EXPECT_NE(station_->writer_->problem(), nullptr);
    disk_.set_read_only(false);
    station_->append(2);
    station_->run_for(minutes{2});
    EXPECT_EQ(station_->writer_->stored(), 3005u);
    EXPECT_EQ(station_->writer_->problem(), nullptr);
}

TEST_F(ADamagedLog, IsGoneOnWithInMemoryWhereTheDiskIsNoUseAndTheSiteWantsIt) {
    station_->or_in_memory = true;
    disk_.set_failing(true);
    station_->append(3);
    station_->run_for(minutes{3});
    EXPECT_EQ(station_->writer_->stored(), 3000u) << "a disk that fails is not damage: it may come back";
    disk_.set_failing(false);
    disk_.set_read_only(true);
    station_->run_for(minutes{3});
    EXPECT_TRUE(answered("in memory"));
    EXPECT_EQ(station_->writer_->stored(), 3003u);
}

TEST_F(ADamagedLog, IsAnAlarmWhereItIsGoneOnWithInMemoryThoughNoCommitHadFailed) {
    station_->or_in_memory = true;
    disk_.set_read_only(true);
    station_->query({.limit = 100});
    station_->run_for(minutes{3});
    EXPECT_TRUE(answered("in memory"));
    EXPECT_EQ(station_->writer_->epoch(), sample_epoch) << "not that of the file, which may be there at the next start";
}

TEST_F(ADamagedLog, CountsNobodyTwiceHoweverManyRecordsWaited) {
    for (int i = 0; i < 1000; ++i) ASSERT_TRUE(station_->append(i % 2 == 0 ? RecordType::entered : RecordType::left));
    ASSERT_TRUE(station_->append(RecordType::entered));
    bool stored_any = false;
    for (int turn = 0; turn < 1000 && !stored_any; ++turn) {
        station_->run_for(milliseconds{5});
        stored_any = station_->writer_->epoch() == sample_epoch + 1 && station_->writer_->stored() > 3000;
    }
    ASSERT_TRUE(stored_any);
    const State state = station_->state_;
    disk_.power_cut();
    station_.reset();
    EXPECT_TRUE(open_log(disk_.name()).start.state == state) << "with the first commit all of it was stored";
}

TEST_F(ADamagedLog, IsBegunAnewByAStopToo) {
    station_->append(3);
    station_->worker_.reset();
    ASSERT_TRUE(station_->writer_->flush()) << "what waited is stored";
    station_.reset();
    EXPECT_EQ(open_log(disk_.name()).start.state.seq, 3003u);
}

// A number of renames is done, then the disk refuses, or the power has gone.
class StoppedFiles : public Files {
 public:
    StoppedFiles(Files& files, int renames) : files_(files), renames_(renames) {}
    Result<std::unique_ptr<File>> open(const std::string& path) override { return files_.open(path); }
    Result<void> rename(const std::string& from, const std::string& to) override {
        if (renames_-- <= 0) return failure("stopped", "");
        return files_.rename(from, to);
    }
    Result<void> replace(const std::string& path, std::span<const std::byte> bytes) override {
        return files_.replace(path, bytes);
    }
    Result<void> remove(const std::string& path) override { return files_.remove(path); }

 private:
    Files& files_;
    int renames_;
};

TEST_F(OnSimulatedDisk, WhateverStopsTheReplacementOfALogTheNextStartKnowsWhatWasBefore) {
    for (int renames = 0; renames < 5; ++renames) {
        SCOPED_TRACE(renames);
        simulated::Disk disk("replaced-" + std::to_string(renames));
        simulated::Files files;
        files.show(disk);
        auto [log, start] = open_log(disk.name());
        const std::vector<Record> records{sample_record(1, RecordType::granted), sample_record(2, RecordType::entered)};
        store(*log, records);
        const auto replaced = [&](int most) {
            StoppedFiles stopped(files, most);
            return log->begin_anew({log_path, 77, disk.name()}, fold(records), stopped, false).has_value();
        };
        const bool done = replaced(renames);
        // Tried again while it runs, or not.
        if (!done && renames % 2 == 1) {
            EXPECT_TRUE(replaced(5));
        }
        log.reset();
        const auto opened =
            open_log_anyhow({log_path, 78, disk.name()}, sample_station(), sample_key, sample_salts, files, false);
        ASSERT_TRUE(opened.has_value()) << opened.error().what;
        EXPECT_TRUE(opened->start.state == fold(records));
        EXPECT_TRUE(opened->start.epoch == 77 || (renames == 0 && opened->start.epoch == sample_epoch));
        store(*opened->log, plain_records(3, 1));
    }
}

TEST_F(ADamagedLog, TellsAVerificationThatItIsOver) {
    std::string told;
    station_->writer_->verify({},
                              [&](const Result<LogCheck>& check) { told = check ? "checked" : check.error().what; });
    station_->run_for(seconds{5});
    EXPECT_NE(told, "");
    EXPECT_NE(told, "checked");
}

}  // namespace
}  // namespace yizhan
