#include "firmware/storage/log_writer.h"

#include <gmock/gmock.h>

#include "tests/unit/storage/writing_station.h"

namespace yizhan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using LogWriterOnDisk = OnSimulatedDisk;

TEST_F(LogWriterOnDisk, TellsWhatIsStoredOnceItSurvivesAPowerCut) {
    WritingStation station(disk_);
    station.append(3);
    EXPECT_EQ(station.writer_->waiting(), 3U);
    EXPECT_EQ(station.writer_->stored(), 0U);
    station.run_for(milliseconds{9});
    EXPECT_EQ(station.writer_->stored(), 0U);
    station.run_for(milliseconds{1});
    EXPECT_THAT(station.answers, ElementsAre("stored 3"));
    EXPECT_EQ(station.writer_->waiting(), 0U);
    EXPECT_EQ(station.writer_->stored(), 3U);
    disk_.power_cut();
    EXPECT_TRUE(open_log(disk_.name()).start.state == station.state_);
}

TEST_F(LogWriterOnDisk, CountsRecordsThatTakeLongerToTheDiskThanTheyShould) {
    WritingStation station(disk_);
    station.append(3);
    station.run_for(seconds{1});
    EXPECT_EQ(station.writer_->storing_times().slowest, milliseconds{10});  // the worker's
    EXPECT_EQ(station.writer_->storing_times().late, 0U);
    // Six commits in a row, a checkpoint behind each: the last three are beyond 50 ms.
    station.append(6 * LogWriter::seal_every - 3);
    station.run_for(seconds{1});
    EXPECT_EQ(station.writer_->storing_times().slowest, milliseconds{110});
    EXPECT_EQ(station.writer_->storing_times().late, 3 * LogWriter::seal_every);
    station.writer_->expect_stored(milliseconds{5});
    station.append(1);
    station.run_for(seconds{1});
    EXPECT_EQ(station.writer_->storing_times().late, 3 * LogWriter::seal_every + 1);
}

TEST_F(LogWriterOnDisk, StoresABacklogInBatchesOfWhatACheckpointMayCover) {
    WritingStation station(disk_);
    station.append(10);
    station.run_for(seconds{1});
    station.append(240);
    station.run_for(seconds{1});
    EXPECT_THAT(station.answers, ElementsAre("stored 10", "stored 100", "stored 200", "stored 250"));
}

TEST_F(LogWriterOnDisk, StoresWhatOthersAppendWhileTheySettle) {
    WritingStation station(disk_);
    struct Late : LoopMember {
        explicit Late(WritingStation& its_station) : station(its_station) { station.loop_.join(*this); }
        ~Late() override { station.loop_.leave(*this); }
        Mono next_deadline() const override { return never; }
        void advance(Now) override {}
        void settle(Now) override {
            if (station.state_.seq == 0) station.append();
        }
        WritingStation& station;
    } late(station);
    station.run_for(milliseconds{50});
    EXPECT_EQ(station.writer_->stored(), 1U);
}

TEST_F(LogWriterOnDisk, RefusesAndCountsWhatTheRingCannotHold) {
    WritingStation station(disk_);
    station.worker_->stall();
    station.append(LogWriter::ring_capacity - 1);
    EXPECT_FALSE(station.writer_->full());
    station.append(1);
    EXPECT_TRUE(station.writer_->full());
    EXPECT_FALSE(station.append());
    EXPECT_FALSE(station.append());
    EXPECT_EQ(station.writer_->refused(), 2U);
    EXPECT_EQ(station.writer_->waiting(), LogWriter::ring_capacity);
    station.run_for(seconds{1});
    EXPECT_TRUE(station.writer_->full());  // what is with the worker is not stored yet
    station.worker_->resume();
    station.run_for(seconds{2});
    station.append(1);
    station.run_for(seconds{1});
    EXPECT_EQ(station.writer_->stored(), LogWriter::ring_capacity + 1);
    EXPECT_TRUE(open_log(disk_.name(), "/other").start.state == State{});
    disk_.power_cut();
    EXPECT_TRUE(open_log(disk_.name()).start.state == station.state_);
}

TEST_F(LogWriterOnDisk, StopsOnARecordOutOfOrder) {
    WritingStation station(disk_);
    EXPECT_DEATH(static_cast<void>(station.writer_->append(sample_record(2))), "check failed");
}

TEST_F(LogWriterOnDisk, TriesAgainWithGrowingPausesAndLosesNothing) {
    WritingStation station(disk_);
    disk_.set_full(true);
    std::vector<seconds> tried;
    const Mono start = station.scheduler_.now().mono;
    station.worker_->set_latency(milliseconds{0});
    auto jobs = station.worker_->jobs_done();
    station.append(300);
    for (int second = 0; second < 250; ++second) {
        station.run_for(milliseconds{0});
        if (station.worker_->jobs_done() != jobs) {
            jobs = station.worker_->jobs_done();
            tried.push_back(std::chrono::floor<seconds>(station.scheduler_.now().mono - start));
        }
        station.scheduler_.run_for(seconds{1});
    }
    using namespace std::chrono_literals;
    EXPECT_THAT(tried, ElementsAre(0s, 1s, 3s, 7s, 15s, 31s, 63s, 123s, 183s, 243s));
    EXPECT_THAT(station.answers, ElementsAre("failed"));
    EXPECT_THAT(station.reason.what, HasSubstr("no room left on the disk"));
    EXPECT_EQ(station.writer_->waiting(), 300U);

    disk_.set_full(false);
    station.append(10);
    station.run_for(seconds{61});
    EXPECT_THAT(station.answers,
                ElementsAre("failed", "healthy", "stored 100", "stored 200", "stored 300", "stored 310"));
    disk_.power_cut();
    EXPECT_TRUE(open_log(disk_.name()).start.state == station.state_);
}

TEST_F(LogWriterOnDisk, BeginsWithTheShortPauseAfterItHasWorked) {
    WritingStation station(disk_);
    for (int round = 0; round < 2; ++round) {
        disk_.set_failing(true);
        station.append(1);
        station.run_for(seconds{5});
        disk_.set_failing(false);
        station.run_for(seconds{5});
        station.answers.clear();
        disk_.set_failing(true);
        station.append(1);
        station.run_for(milliseconds{20});
        disk_.set_failing(false);
        station.run_for(milliseconds{900});
        EXPECT_THAT(station.answers, ElementsAre("failed"));
        station.run_for(milliseconds{200});
        EXPECT_EQ(station.writer_->waiting(), 0U);
    }
}

TEST_F(LogWriterOnDisk, TellsWhenTheReasonChanges) {
    WritingStation station(disk_);
    disk_.set_full(true);
    station.append(1);
    station.run_for(seconds{2});
    disk_.set_full(false);
    disk_.set_failing(true);
    station.run_for(seconds{10});
    EXPECT_THAT(station.answers, ElementsAre("failed", "failed"));
    EXPECT_THAT(station.reason.what, HasSubstr("the disk failed"));
    disk_.set_failing(false);
    station.run_for(seconds{60});
    EXPECT_THAT(station.answers, ElementsAre("failed", "failed", "healthy", "stored 1"));
    EXPECT_EQ(station.reason, Error{});
}

TEST_F(LogWriterOnDisk, CommitsBeforeItAnswersQuestions) {
    WritingStation station(disk_);
    station.query({});
    station.append(300);
    station.run_for(seconds{1});
    EXPECT_THAT(station.answers, ElementsAre("stored 100", "stored 200", "stored 300", "rows 100"));
}

TEST_F(LogWriterOnDisk, CommitsBetweenTheStepsOfALongSearch) {
    {
        const auto [log, start] = open_log(disk_.name());
        store(*log, plain_records(1, 2 * AccessLog::scan_limit + 1));
    }
    WritingStation station(disk_);
    station.append(1);
    station.run_for(seconds{1});
    station.answers.clear();
    station.query({.door = "back", .limit = 3});  // the one at the very end: three steps
    station.run_for(milliseconds{5});
    station.append(1);
    station.run_for(milliseconds{20});
    EXPECT_THAT(station.answers, ElementsAre("stored " + std::to_string(station.state_.seq)));
    station.run_for(milliseconds{20});
    EXPECT_EQ(station.answers.back(), "rows 2");
}

TEST_F(LogWriterOnDisk, AnswersQuestionsWhileCommitsFail) {
    WritingStation station(disk_);
    station.append(5);
    station.run_for(seconds{1});
    disk_.set_full(true);
    station.append(1000);
    station.run_for(seconds{1});
    station.answers.clear();
    station.query({});
    station.run_for(milliseconds{500});
    EXPECT_THAT(station.answers, ElementsAre("rows 5"));
}

TEST_F(LogWriterOnDisk, RefusesOneQuestionTooMany) {
    WritingStation station(disk_);
    for (std::size_t i = 0; i < LogWriter::query_limit; ++i) station.query({});
    EXPECT_TRUE(station.answers.empty());
    station.query({});
    EXPECT_THAT(station.answers, ElementsAre("error"));
    station.run_for(seconds{1});
    EXPECT_EQ(station.answers.size(), LogWriter::query_limit + 1);
    EXPECT_EQ(station.answers.back(), "rows 0");
}

TEST_F(LogWriterOnDisk, PassesAFailedQuestionToWhoAsked) {
    {
        const auto [log, start] = open_log(disk_.name());
        store(*log, plain_records(1, 50'000));  // more than SQLite keeps in memory
        ASSERT_TRUE(log->seal());
    }
    WritingStation station(disk_);
    disk_.set_failing(true);
    station.query({});
    station.run_for(seconds{1});
    EXPECT_THAT(station.answers, ElementsAre("error"));
}

TEST_F(LogWriterOnDisk, StoresAcknowledgementsOfWhatIsStored) {
    {
        WritingStation station(disk_);
        EXPECT_EQ(station.writer_->oldest_unacknowledged(), std::nullopt);
        station.append(10);
        EXPECT_EQ(station.writer_->oldest_unacknowledged(), sample_stamp(1).wall);
        station.writer_->acknowledge(10);  // nobody can have them yet
        station.run_for(seconds{1});
        EXPECT_EQ(station.writer_->acknowledged(), 0U);
        station.writer_->acknowledge(4);
        station.writer_->acknowledge(3);
        EXPECT_EQ(station.writer_->acknowledged(), 0U);
        station.run_for(seconds{1});
        EXPECT_EQ(station.writer_->acknowledged(), 4U);
        EXPECT_EQ(station.writer_->oldest_unacknowledged(), sample_stamp(5).wall);
    }
    WritingStation station(disk_);
    EXPECT_EQ(station.writer_->acknowledged(), 4U);
    station.writer_->acknowledge(1000);
    station.run_for(seconds{1});
    EXPECT_EQ(station.writer_->acknowledged(), 10U);
    EXPECT_EQ(station.writer_->oldest_unacknowledged(), std::nullopt);
    station.append(1);
    EXPECT_EQ(station.writer_->oldest_unacknowledged(), sample_stamp(11).wall);
}

TEST_F(LogWriterOnDisk, BoundsWhatAStartHasToFoldHoweverLongTheLog) {
    State live;
    for (int life = 0; life < 3; ++life) {
        WritingStation station(disk_);
        EXPECT_TRUE(station.state_ == live);
        EXPECT_LE(station.opened_.start.folded, LogWriter::snapshot_every + LogWriter::seal_every);
        for (int burst = 0; burst < 9; ++burst) {
            station.append(3777);
            station.run_for(seconds{1});
        }
        station.append(static_cast<std::size_t>(200 * life));
        station.run_for(seconds{1});
        live = station.state_;
    }
    const auto [log, start] = open_log(disk_.name());
    EXPECT_GT(start.state.seq, 100'000U);
    EXPECT_LE(start.folded, LogWriter::snapshot_every + LogWriter::seal_every);
    EXPECT_TRUE(start.state == live);
}

TEST_F(LogWriterOnDisk, TakesASnapshotWhenAskedTo) {
    WritingStation station(disk_);
    station.append(10);
    station.state_.anonymous += 3;  // happened without a record
    station.writer_->request_snapshot();
    station.append(10);
    station.run_for(seconds{1});
    station.append(5);
    station.run_for(seconds{1});
    disk_.power_cut();
    const auto start = open_log(disk_.name()).start;
    EXPECT_EQ(start.folded, 5U);
    EXPECT_TRUE(start.state == station.state_);
}

TEST_F(LogWriterOnDisk, FlushesWhatWaitsAtAStop) {
    WritingStation station(disk_);
    station.append(LogWriter::ring_capacity);
    EXPECT_TRUE(station.writer_->flush());
    EXPECT_EQ(station.answers.back(), "stored 4096");
    disk_.power_cut();
    EXPECT_TRUE(open_log(disk_.name()).start.state == station.state_);
}

// A slow card that has let the ring fill up must not make systemd lose its patience with a stop.
TEST_F(LogWriterOnDisk, FlushesInAFewWritesHoweverMuchWaits) {
    WritingStation station(disk_);
    station.append(99);
    station.run_for(seconds{1});
    station.append(LogWriter::ring_capacity);
    const auto syncs = disk_.syncs();
    EXPECT_TRUE(station.writer_->flush());
    EXPECT_EQ(station.writer_->waiting(), 0U);
    EXPECT_LE(disk_.syncs() - syncs, 20U);
}

TEST_F(LogWriterOnDisk, StoresAStartAtOnceOrWhenTheDiskWorksAgain) {
    WritingStation station(disk_);
    disk_.set_failing(true);
    station.append(2);
    EXPECT_FALSE(station.writer_->write_first());
    disk_.set_failing(false);
    EXPECT_TRUE(station.writer_->write_first());
    disk_.power_cut();
    EXPECT_EQ(open_log(disk_.name()).start.state.seq, 2U);
}

TEST_F(LogWriterOnDisk, DoesNotWaitForAJobUnderWayToFlush) {
    WritingStation station(disk_);
    station.append(3);
    station.run_for(milliseconds{5});
    station.append(2);
    EXPECT_FALSE(station.writer_->flush());
    station.run_for(milliseconds{5});
    EXPECT_THAT(station.answers, ElementsAre("stored 3"));
    station.run_for(seconds{1});  // nothing new is given to the worker
    EXPECT_THAT(station.answers, ElementsAre("stored 3"));
    EXPECT_TRUE(station.writer_->flush());
    EXPECT_THAT(station.answers, ElementsAre("stored 3", "stored 5"));
}

TEST_F(LogWriterOnDisk, FlushesAfterTheWorkerWhetherItsJobWasDoneOrNot) {
    for (const bool done : {true, false}) {
        WritingStation station(disk_);
        const auto before = station.state_.seq;
        station.append(3);
        station.run_for(milliseconds{5});
        station.append(2);
        if (done) station.worker_->finish();
        station.worker_.reset();
        EXPECT_TRUE(station.writer_->flush());
        EXPECT_EQ(station.writer_->stored(), before + 5);
        EXPECT_EQ(station.writer_->waiting(), 0U);
        disk_.power_cut();
        EXPECT_TRUE(open_log(disk_.name()).start.state == station.state_);
    }
}

TEST_F(LogWriterOnDisk, GivesUpAFlushThatFails) {
    WritingStation station(disk_);
    disk_.set_full(true);
    station.append(1000);
    const auto flushed = station.writer_->flush();
    ASSERT_FALSE(flushed);
    EXPECT_THAT(flushed.error().what, HasSubstr("no room"));
    EXPECT_EQ(station.writer_->waiting(), 1000U);
}

TEST_F(LogWriterOnDisk, MayDieWhileItsJobIsUnderWay) {
    WritingStation station(disk_);
    station.append(3);
    station.query({});
    station.run_for(milliseconds{5});
    station.writer_.reset();
    station.run_for(seconds{1});
    EXPECT_TRUE(station.answers.empty());
    disk_.power_cut();
    EXPECT_EQ(open_log(disk_.name()).start.state.seq, 3U);
}

}  // namespace
}  // namespace yizhan
