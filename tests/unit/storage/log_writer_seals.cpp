// When the log is sealed, and that it can be verified while the station runs.
#include "tests/unit/storage/writing_station.h"

namespace yizhan {
namespace {

using SealedLog = OnSimulatedDisk;

std::uint64_t sealed(const WritingStation& station) {
    return station.writer_->checkpoint() ? station.writer_->checkpoint()->seq : 0;
}

TEST_F(SealedLog, IsSealedWithinAMinuteOfTheFirstRecord) {
    WritingStation station(disk_);
    station.append(3);
    station.run_for(seconds{30});
    station.append(2);
    EXPECT_EQ(sealed(station), 0u);
    station.run_for(seconds{29});
    EXPECT_EQ(sealed(station), 5u);
    EXPECT_EQ(station.sealed_at.size(), 1u);
}

TEST_F(SealedLog, IsLeftAloneWhileNothingHappens) {
    WritingStation station(disk_);
    station.append(3);
    station.run_for(seconds{60});
    const auto syncs = disk_.syncs();
    station.run_for(std::chrono::hours{24});
    EXPECT_EQ(station.sealed_at.size(), 1u);
    EXPECT_EQ(disk_.syncs(), syncs);
    EXPECT_EQ(station.writer_->next_deadline(), never);
}

TEST_F(SealedLog, IsSealedAtOnceWhenAHundredRecordsAreNotYet) {
    WritingStation station(disk_);
    station.append(99);
    station.run_for(seconds{1});
    EXPECT_EQ(sealed(station), 0u);
    station.append(1);
    station.run_for(seconds{1});
    EXPECT_EQ(sealed(station), 100u);
}

TEST_F(SealedLog, IsSealedBetweenTheBatchesOfABacklog) {
    WritingStation station(disk_);
    station.append(1000);
    station.run_for(seconds{1});
    EXPECT_EQ(station.sealed_at.size(), 10u);
    EXPECT_EQ(sealed(station), 1000u);
}

TEST_F(SealedLog, IsSealedWhenTheStationStops) {
    WritingStation station(disk_);
    station.append(7);
    station.worker_.reset();
    ASSERT_TRUE(station.writer_->flush());
    EXPECT_EQ(sealed(station), 7u);
}

TEST_F(SealedLog, GoesOnBehindTheCheckpointAfterAPowerCut) {
    {
        WritingStation station(disk_);
        station.append(5);
        station.run_for(seconds{60});
        station.append(5);
        station.run_for(seconds{1});
        disk_.power_cut();
    }
    WritingStation station(disk_);
    EXPECT_EQ(sealed(station), 5u);
    station.run_for(seconds{56});
    EXPECT_EQ(sealed(station), 10u);
}

TEST_F(SealedLog, IsSealedOnceTheDiskWorksAgain) {
    WritingStation station(disk_);
    station.append(5);
    station.run_for(seconds{1});
    disk_.set_failing(true);
    station.run_for(seconds{90});
    EXPECT_EQ(sealed(station), 0u);
    EXPECT_NE(station.writer_->problem(), nullptr);
    disk_.set_failing(false);
    station.run_for(seconds{61});
    EXPECT_EQ(sealed(station), 5u);
    EXPECT_EQ(station.writer_->problem(), nullptr);
}

TEST_F(SealedLog, IsVerifiedInStepsBetweenWhichRecordsAreStored) {
    WritingStation station(disk_);
    for (int i = 0; i < 3; ++i) {
        station.append(3000);
        station.run_for(seconds{2});
    }
    std::vector<Result<LogCheck>> checks;
    const auto done = [&](const Result<LogCheck>& check) { checks.push_back(check); };
    station.writer_->verify({}, done);
    station.writer_->verify({}, done);
    ASSERT_EQ(checks.size(), 1u);
    EXPECT_FALSE(checks[0].has_value());  // one at a time
    station.run_for(milliseconds{15});
    station.append(1);
    station.run_for(milliseconds{30});
    EXPECT_EQ(station.writer_->stored(), 9001u);
    ASSERT_EQ(checks.size(), 1u);
    station.run_for(seconds{1});
    ASSERT_EQ(checks.size(), 2u);
    ASSERT_TRUE(checks[1].has_value());
    EXPECT_FALSE(checks[1]->flaw.has_value());
    EXPECT_EQ(checks[1]->last, 9001u);
    station.writer_->verify({}, done);
    station.run_for(seconds{1});
    EXPECT_EQ(checks.size(), 3u);
}

}  // namespace
}  // namespace yizhan
