#include "firmware/storage/access_log.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <numeric>

#include "tests/unit/storage/access_log_fixture.h"
#include "tests/unit/storage/random_records.h"

namespace yizhan {
namespace {

using testing::HasSubstr;

using AccessLogOnDisk = OnSimulatedDisk;

TEST_F(AccessLogOnDisk, StartsEmptyAndKeepsItsEpoch) {
    {
        const auto [log, start] = open_log(disk_.name());
        EXPECT_EQ(start.epoch, sample_epoch);
        EXPECT_TRUE(start.state == State{});
        EXPECT_EQ(start.acknowledged, 0U);
        EXPECT_EQ(start.folded, 0U);
    }
    const auto [log, start] = open_log(disk_.name(), log_path, sample_station(), 5);
    EXPECT_EQ(start.epoch, sample_epoch);
    EXPECT_EQ(log->epoch(), sample_epoch);
}

TEST_F(AccessLogOnDisk, UsesAWriteAheadLogAndOneSyncACommit) {
    const auto [log, start] = open_log(disk_.name());
    store(*log, plain_records(1, 10));
    EXPECT_TRUE(disk_.exists(std::string(log_path) + "-wal"));
    const auto before = disk_.syncs();
    store(*log, plain_records(11, 200));
    EXPECT_EQ(disk_.syncs(), before + 1);
}

// Not of this log but of the simulation below it: SQLite salts a -wal by dice of its own.
TEST_F(AccessLogOnDisk, IsTheSameToTheByteInEveryRun) {
    const auto written = [] {
        simulated::Disk disk("again");
        const auto [log, start] = open_log(disk.name());
        store(*log, plain_records(1, 10));
        return disk.contents(std::string(log_path) + "-wal");
    };
    EXPECT_EQ(written(), written());
}

TEST_F(AccessLogOnDisk, StoresAgainAfterAChangeThatFailedAlone) {
    int refused = 0;
    std::uint64_t stored = 0;
    for (int failing = 1; failing <= 12; ++failing) {
        const auto [log, start] = open_log(disk_.name());
        int change = 0;
        disk_.on_change([&change, failing] { return ++change != failing; });
        if (log->commit(plain_records(stored + 1, 10), nullptr)) {
            stored += 10;
        } else {
            ++refused;
        }
        disk_.on_change(nullptr);
        EXPECT_TRUE(log->query({}).has_value());
        store(*log, plain_records(stored + 1, 10));
        stored += 10;
        disk_.power_cut();
        EXPECT_EQ(open_log(disk_.name()).start.state.seq, stored);
    }
    EXPECT_GT(refused, 2);
}

TEST_F(AccessLogOnDisk, ComesBackWithTheFoldOfItsRecords) {
    std::vector<Record> records{sample_record(1, RecordType::started), sample_record(2, RecordType::granted),
                                sample_record(3, RecordType::entered), sample_record(4, RecordType::outlet_on)};
    {
        const auto [log, start] = open_log(disk_.name());
        store(*log, records);
    }
    const auto [log, start] = open_log(disk_.name());
    EXPECT_TRUE(start.state == fold(records));
    EXPECT_EQ(start.state.count(), 1U);
    EXPECT_EQ(log->beginning().first(), 1U);
    EXPECT_EQ(log->last_seq(), 4U);
}

TEST_F(AccessLogOnDisk, KeepsAnAcknowledgementAndNeverTakesItBack) {
    const auto records = plain_records(1, 10);
    {
        const auto [log, start] = open_log(disk_.name());
        EXPECT_EQ(log->oldest_unacknowledged(), std::nullopt);
        store(*log, records);
        EXPECT_EQ(log->oldest_unacknowledged(), records[0].at.wall);
        EXPECT_TRUE(log->acknowledge(7));
        EXPECT_TRUE(log->acknowledge(3));
        EXPECT_EQ(log->acknowledged(), 7U);
    }
    const auto [log, start] = open_log(disk_.name());
    EXPECT_EQ(start.acknowledged, 7U);
    EXPECT_EQ(log->oldest_unacknowledged(), records[7].at.wall);
    EXPECT_TRUE(log->acknowledge(10));
    EXPECT_EQ(log->oldest_unacknowledged(), std::nullopt);
}

TEST_F(AccessLogOnDisk, StopsOnAHoleInTheNumbers) {
    const auto [log, start] = open_log(disk_.name());
    EXPECT_DEATH(static_cast<void>(log->commit(plain_records(2, 1), nullptr)), "check failed");
    store(*log, plain_records(1, 3));
    EXPECT_DEATH(static_cast<void>(log->commit(plain_records(3, 2), nullptr)), "check failed");
    EXPECT_DEATH(static_cast<void>(log->commit(plain_records(5, 1), nullptr)), "check failed");
}

// Stopping after any stored record leaves the station as if it had never stopped.
RC_GTEST_FIXTURE_PROP(AccessLogOnDisk, RestoresTheSameWhereverItStopped, ()) {
    const auto config = sample_station();
    const auto records = random_records(config, 40);
    const std::string path = "/log/" + std::to_string(*rc::gen::arbitrary<std::uint32_t>());
    disk_.power_cut();
    State live;
    std::size_t done = 0;
    while (done < records.size()) {
        const auto [log, start] = open_log(disk_.name(), path);
        RC_ASSERT(start.state == live);
        const auto batch = *rc::gen::inRange<std::size_t>(1, records.size() - done + 1);
        const std::span next = std::span(records).subspan(done, batch);
        for (const auto& record : next) apply(live, record);
        store(*log, next, *rc::gen::arbitrary<bool>() ? &live : nullptr);
        done += batch;
        if (*rc::gen::arbitrary<bool>()) disk_.power_cut();
    }
    RC_ASSERT(open_log(disk_.name(), path).start.state == live);
    disk_.power_cut();
    RC_ASSERT(open_log(disk_.name(), path).start.state == live);
}

TEST_F(AccessLogOnDisk, FoldsOnlyWhatIsNewerThanTheSnapshot) {
    State live;
    {
        const auto [log, start] = open_log(disk_.name());
        for (std::uint64_t first = 1; first < 3000; first += 100) {
            const auto records = plain_records(first, 100);
            for (const auto& record : records) apply(live, record);
            store(*log, records, first == 2001 ? &live : nullptr);
        }
    }
    const auto [log, start] = open_log(disk_.name());
    EXPECT_EQ(start.folded, 900U);
    EXPECT_EQ(log->snapshot_seq(), 2100U);
    EXPECT_TRUE(start.state == live);
}

TEST_F(AccessLogOnDisk, FallsBackWhenSnapshotsCannotBeRead) {
    State live;
    {
        const auto [log, start] = open_log(disk_.name());
        for (std::uint64_t seq = 1; seq <= 3; ++seq) {
            const std::vector one{sample_record(seq, RecordType::entered)};
            apply(live, one[0]);
            store(*log, one, seq < 3 ? &live : nullptr);
        }
    }
    // Closing has moved everything from the WAL into the file. Spoil the newest snapshot, then the one before.
    auto& bytes = disk_.contents(log_path);
    for (const std::uint64_t folded : {2U, 3U}) {
        const auto newest = folded == 2 ? "\"seq\":2," : "\"seq\":1,";
        const auto at = bytes.find(newest);
        ASSERT_NE(at, std::string::npos);
        bytes.replace(at, 5, "\"SEQ\"");
        const auto start = open_log(disk_.name()).start;
        EXPECT_EQ(start.folded, folded);
        EXPECT_TRUE(start.state == live);
    }
}

TEST_F(AccessLogOnDisk, KeepsOldRecordsUnderstandableWhenNamesChange) {
    {
        const auto [log, start] = open_log(disk_.name());
        store(*log, std::vector{sample_record(1)});
    }
    auto renamed = sample_station();
    renamed.doors[1].name = "yard";
    const auto [log, start] = open_log(disk_.name(), log_path, renamed);
    store(*log, std::vector{sample_record(2)});
    const auto rows = log->query({});
    ASSERT_TRUE(rows.has_value());
    ASSERT_EQ(rows->size(), 2U);
    EXPECT_EQ((*rows)[0].door, "back");
    EXPECT_EQ((*rows)[1].door, "yard");
}

TEST_F(AccessLogOnDisk, LosesNothingOfWhatWasStoredToAPowerCut) {
    std::vector<Record> stored;
    for (int life = 0; life < 5; ++life) {
        const auto [log, start] = open_log(disk_.name());
        ASSERT_TRUE(start.state == fold(stored));
        // More than 1000 pages in one life: a checkpoint happens on the way.
        for (int batch = 0; batch < 8; ++batch) {
            const auto records = plain_records(stored.size() + 1, 250);
            store(*log, records);
            stored.insert(stored.end(), records.begin(), records.end());
        }
        disk_.power_cut();
    }
    EXPECT_TRUE(open_log(disk_.name()).start.state == fold(stored));
}

// The power goes in the very sync of a commit or of a checkpoint, wherever that is: nothing reported as stored is
// missing, and of the commit under way there is all or nothing.
TEST_F(AccessLogOnDisk, SurvivesAPowerCutInAnySync) {
    const std::string wal = std::string(log_path) + "-wal";
    std::uint64_t at_start = 0;
    State live;
    {
        // Close to the thousand pages at which SQLite empties the WAL into the file.
        const auto [log, start] = open_log(disk_.name());
        while (at_start == 0 || disk_.contents(wal).size() < std::size_t{990} * 4096) {
            const auto records = plain_records(at_start + 1, 250);
            for (const auto& record : records) apply(live, record);
            store(*log, records, &live);
            at_start += 250;
        }
        disk_.power_cut();
    }
    bool cut_a_checkpoint = false;
    for (std::uint64_t cut = 1; cut <= 16; ++cut) {
        const std::string path = "/log/cut" + std::to_string(cut);
        disk_.put(path, disk_.contents(log_path));
        disk_.put(path + "-wal", disk_.contents(wal));
        const auto first = disk_.syncs();
        disk_.on_sync([&](const std::string& synced, std::uint64_t count) {
            if (count != first + cut) return true;
            cut_a_checkpoint |= synced == path;
            disk_.power_cut();
            return true;
        });
        std::uint64_t stored = at_start;
        if (auto log = open_sample_log(disk_, path)) {
            ASSERT_TRUE((*log)->restore());
            while ((*log)->commit(plain_records(stored + 1, 5), nullptr)) stored += 5;
        }
        disk_.on_sync(nullptr);
        EXPECT_EQ(open_log(disk_.name(), path).start.state.seq, stored) << "cut in sync " << cut;
    }
    EXPECT_TRUE(cut_a_checkpoint);
}

TEST_F(AccessLogOnDisk, StoresAgainWhatFoundNoRoomBefore) {
    const auto [log, start] = open_log(disk_.name());
    store(*log, std::vector{sample_record(1)});
    auto more = plain_records(2, 256);
    more.back() = sample_record(257, RecordType::outlet_on);  // words that were not there before
    disk_.set_full(true);
    const auto refused = log->commit(more, nullptr);
    ASSERT_FALSE(refused.has_value());
    EXPECT_THAT(refused.error().what, HasSubstr(log_path));
    EXPECT_THAT(refused.error().what, HasSubstr("no room"));
    EXPECT_THAT(refused.error().cure, HasSubstr("free space"));
    EXPECT_EQ(log->last_seq(), 1U);
    const auto rows = log->query({});  // reading goes on
    ASSERT_TRUE(rows.has_value());
    EXPECT_EQ(rows->size(), 1U);
    disk_.set_full(false);
    store(*log, more);
    const auto newest = log->query({.limit = 1, .newest_first = true});
    ASSERT_TRUE(newest.has_value());
    EXPECT_EQ((*newest)[0].type, "outlet-on");
    EXPECT_EQ((*newest)[0].outlet, "middle");
    disk_.power_cut();
    EXPECT_EQ(open_log(disk_.name()).start.state.seq, 257U);
}

TEST_F(AccessLogOnDisk, StoresAgainAfterAFailedSync) {
    const auto [log, start] = open_log(disk_.name());
    disk_.on_sync([](const std::string&, std::uint64_t) { return false; });
    const auto refused = log->commit(plain_records(1, 5), nullptr);
    ASSERT_FALSE(refused.has_value());
    EXPECT_THAT(refused.error().what, HasSubstr("the disk failed"));
    disk_.on_sync(nullptr);
    store(*log, plain_records(1, 5));
    disk_.power_cut();
    EXPECT_EQ(open_log(disk_.name()).start.state.seq, 5U);
}

TEST_F(AccessLogOnDisk, TellsWhatIsWrongAndWhatToDo) {
    const auto error_of_opening = [&] {
        const auto log = open_sample_log(disk_, log_path);
        EXPECT_FALSE(log.has_value());
        return log ? Error{} : log.error();
    };
    disk_.set_read_only(true);
    EXPECT_THAT(error_of_opening().what, HasSubstr("/log/access.db: cannot be opened"));
    disk_.set_read_only(false);
    {
        const auto [log, start] = open_log(disk_.name());
        store(*log, plain_records(1, 5));
        const Error locked = error_of_opening();
        EXPECT_THAT(locked.what, HasSubstr("/log/access.db: in use by another program"));
        EXPECT_THAT(locked.cure, HasSubstr("is stationd already running?"));
    }
    disk_.set_read_only(true);
    EXPECT_THAT(error_of_opening().what, HasSubstr("/log/access.db: cannot be"));
    EXPECT_FALSE(error_of_opening().cure.empty());
    disk_.set_read_only(false);
    disk_.set_failing(true);
    EXPECT_THAT(error_of_opening().what, HasSubstr("the disk failed"));
    disk_.set_failing(false);
    EXPECT_EQ(open_log(disk_.name()).start.state.seq, 5U);
}

TEST_F(AccessLogOnDisk, RefusesADamagedFile) {
    {
        const auto [log, start] = open_log(disk_.name());
        store(*log, plain_records(1, 500));
    }
    const std::string whole = disk_.contents(log_path);
    const auto refused = [&](std::string damaged) {
        disk_.put(log_path, std::move(damaged));
        const auto log = open_sample_log(disk_, log_path);
        return log ? Error{} : log.error();
    };
    auto no_header = whole;
    no_header.replace(0, 100, 100, 'x');
    EXPECT_THAT(refused(no_header).what, HasSubstr("/log/access.db: this is no access log"));
    auto no_schema = whole;
    no_schema.replace(100, 3996, 3996, 'x');
    const Error damaged = refused(no_schema);
    EXPECT_THAT(damaged.what, HasSubstr("/log/access.db: the database is damaged"));
    EXPECT_THAT(damaged.cure, HasSubstr("move the file"));
    EXPECT_FALSE(refused(whole.substr(0, 4096)).what.empty());
    EXPECT_FALSE(refused("yizhan").what.empty());
    EXPECT_EQ(refused(whole).what, "");
}

}  // namespace
}  // namespace yizhan
