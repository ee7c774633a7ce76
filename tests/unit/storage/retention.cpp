// What becomes of old records.
#include "firmware/storage/retention.h"

#include <algorithm>

#include "firmware/storage/log_check.h"
#include "tests/unit/storage/writing_station.h"

namespace yizhan {
namespace {

using std::chrono::days;

constexpr std::uint64_t kept_count = 3000;  // a snapshot behind each thousand
constexpr std::uint64_t settled = 2000;  // the older of the two newest

Now at(Wall wall, bool trusted = true) { return {.mono = Mono{}, .wall = wall, .wall_trusted = trusted}; }
Wall made(std::uint64_t seq) { return sample_stamp(seq).wall; }

// Nothing goes for its number or its age.
Retention for_ever() { return {.keep = days{100'000}, .most_records = 1'000'000, .identifiable = days{100'000}}; }

std::vector<Record> people(std::uint64_t first, std::uint64_t count) {
    std::vector<Record> records;
    for (std::uint64_t seq = first; seq < first + count; ++seq) {
        records.push_back(sample_record(seq));
        records.back().credential.digest.fill(0);
        std::ranges::copy(std::as_bytes(std::span("person", 6)),
                          std::as_writable_bytes(std::span(records.back().credential.digest)).begin());
        records.back().credential.digest[8] = static_cast<std::uint8_t>(seq % 251);
    }
    return records;
}

class ALogThatIsKept : public OnSimulatedDisk {
 protected:
    void SetUp() override {
        fill(people(1, kept_count));
        ASSERT_TRUE(log_->acknowledge(kept_count));
    }

    void fill(const std::vector<Record>& records) {
        constexpr std::size_t batch = 250;
        open();
        State state;
        for (std::size_t i = 0; i < records.size(); i += batch) {
            const auto part = std::span(records).subspan(i, std::min(batch, records.size() - i));
            for (const Record& record : part) apply(state, record);
            store(*log_, part, state.seq % 1000 == 0 ? &state : nullptr);
        }
        ASSERT_TRUE(log_->seal());
    }

    void fill_anew(const std::vector<Record>& records) {
        log_.reset();
        for (const auto& path : disk_.paths()) disk_.put(path, {});
        fill(records);
    }

    void open() {
        log_.reset();
        log_ = open_log(disk_.name()).log;
    }

    // As often as there is more to do; the last answer.
    Tidied tidy(const Retention& retention, Now now) {
        Tidied tidied;
        for (int step = 0; step < 20; ++step) {
            const auto next = log_->tidy(retention, now);
            EXPECT_TRUE(next.has_value()) << next.error().what;
            if (!next) return {};
            tidied = *next;
            if (!tidied.more) return tidied;
        }
        ADD_FAILURE() << "it never ends";
        return tidied;
    }

    LogCheck verified() {
        LogCheck check;
        while (!check.done) {
            auto next = log_->verify(std::move(check));
            EXPECT_TRUE(next.has_value()) << next.error().what;
            if (!next) return {};
            check = std::move(*next);
        }
        return check;
    }

    std::size_t found_on_disk(std::string_view bytes) {
        std::size_t found = 0;
        for (const auto& path : disk_.paths()) {
            const std::string& contents = disk_.contents(path);
            for (auto at = contents.find(bytes); at != std::string::npos; at = contents.find(bytes, at + 1)) ++found;
        }
        return found;
    }

    std::unique_ptr<AccessLog> log_;
};

TEST_F(ALogThatIsKept, LosesWhatIsOlderThanItsDaysAndNothingElse) {
    Retention retention = for_ever();
    retention.keep = days{300};
    EXPECT_FALSE(tidy(retention, at(made(0) + days{300})).more);
    EXPECT_EQ(log_->beginning().first(), 1u);
    tidy(retention, at(made(1234) + days{300}));
    EXPECT_EQ(log_->beginning().first(), 1235u);
    EXPECT_EQ(numbers_of(*log_->query({.limit = 1})), std::vector<std::uint64_t>{1235});
    EXPECT_EQ(tidy(retention, at(made(1234) + days{300})).fault, RetentionFault::none);
}

TEST_F(ALogThatIsKept, KeepsItsChainWhereItBegins) {
    Retention retention = for_ever();
    retention.keep = days{300};
    const auto checkpoint = log_->checkpoint();
    tidy(retention, at(made(1500) + days{300}));
    for (const bool again : {false, true}) {
        if (again) open();
        const LogCheck check = verified();
        EXPECT_FALSE(check.flaw.has_value()) << check.flaw->what;
        EXPECT_EQ(check.first, 1501u);
        EXPECT_EQ(check.last, kept_count);
        EXPECT_EQ(log_->checkpoint(), checkpoint);
    }
}

TEST_F(ALogThatIsKept, ComesBackAsItWasWhateverWasTakenAway) {
    Retention retention = for_ever();
    retention.keep = days{200};
    tidy(retention, at(made(kept_count) + days{1000}));
    // What a restart may have to read stays, though it is old.
    EXPECT_EQ(log_->beginning().first(), settled + 1);
    log_.reset();
    const auto [log, start] = open_log(disk_.name());
    EXPECT_TRUE(start.state == fold(people(1, kept_count)));
    EXPECT_EQ(start.acknowledged, kept_count);
}

TEST_F(ALogThatIsKept, LosesNothingByAgeWhileTheClockIsNotTrusted) {
    Retention retention = for_ever();
    retention.keep = retention.identifiable = days{200};
    tidy(retention, at(made(kept_count) + days{1000}, false));
    EXPECT_EQ(log_->beginning().first(), 1u);
    EXPECT_EQ(found_on_disk("person"), kept_count);
}

TEST_F(ALogThatIsKept, LosesTheOldestOfTooManyRecordsAndSaysThatTheyWereYoung) {
    Retention retention = for_ever();
    retention.most_records = 2500;
    EXPECT_EQ(tidy(retention, at(made(kept_count))).fault, RetentionFault::shortened);
    EXPECT_EQ(log_->beginning().first(), 501u);
    // Until those that are missing would be old enough; a restart does not forget it.
    open();
    EXPECT_EQ(tidy(for_ever(), at(made(500) + Retention::least - days{1} - seconds{1})).fault,
              RetentionFault::shortened);
    EXPECT_EQ(tidy(for_ever(), at(made(500) + Retention::least)).fault, RetentionFault::none);
}

TEST_F(ALogThatIsKept, SaysThatRecordsWereYoungAlsoWithoutAClock) {
    Retention retention = for_ever();
    retention.most_records = 2500;
    EXPECT_EQ(tidy(retention, at(made(kept_count) + days{1000}, false)).fault, RetentionFault::shortened);
    EXPECT_EQ(log_->beginning().first(), 501u);
    // Until one tells that they were old enough; and what it has told stays true without it.
    EXPECT_EQ(tidy(for_ever(), at(made(500) + days{1}, false)).fault, RetentionFault::shortened);
    EXPECT_EQ(tidy(for_ever(), at(made(500) + days{1})).fault, RetentionFault::shortened);
    EXPECT_EQ(tidy(for_ever(), at(made(500) + days{1000}, false)).fault, RetentionFault::shortened);
    EXPECT_EQ(tidy(for_ever(), at(made(500) + Retention::least)).fault, RetentionFault::none);
    EXPECT_EQ(tidy(for_ever(), at(made(500), false)).fault, RetentionFault::none);
    // After a start it is as it was before, which the state tells, until a clock says otherwise.
    open();
    EXPECT_EQ(tidy(for_ever(), at(made(500), false)).fault, std::nullopt);
}

TEST_F(ALogThatIsKept, TakesWhatNoClockHasStampedForYoung) {
    auto records = people(1, kept_count);
    for (Record& record : records) record.at.trusted = false;
    fill_anew(records);
    ASSERT_TRUE(log_->acknowledge(kept_count));
    Retention retention = for_ever();
    retention.most_records = 2500;
    EXPECT_EQ(tidy(retention, at(made(kept_count), false)).fault, RetentionFault::shortened);
    open();
    EXPECT_EQ(tidy(for_ever(), at(made(kept_count), false)).fault, RetentionFault::shortened);
    // Not newer than the first day that a clock knows: from then on it gets older.
    const Wall known = made(kept_count) + days{300};
    EXPECT_EQ(tidy(for_ever(), at(known)).fault, RetentionFault::shortened);
    open();
    EXPECT_EQ(tidy(for_ever(), at(known + Retention::least - days{2})).fault, RetentionFault::shortened);
    EXPECT_EQ(tidy(for_ever(), at(known + Retention::least)).fault, RetentionFault::none);
}

TEST_F(ALogThatIsKept, LosesTheOldestWhenItTakesTooManyBytes) {
    open();
    Retention retention = for_ever();
    retention.most_bytes = disk_.contents(log_path).size() / 2;
    const auto before = disk_.contents(log_path).size();
    EXPECT_EQ(tidy(retention, at(made(kept_count) + days{1000})).fault, RetentionFault::none);
    EXPECT_GT(log_->beginning().first(), 1000u);
    EXPECT_LE(log_->beginning().first(), settled + 1);
    // The room is used again.
    store(*log_, people(kept_count + 1, 500));
    open();
    EXPECT_LE(disk_.contents(log_path).size(), before + 65536);
}

TEST_F(ALogThatIsKept, LosesNothingThatTheCentreDoesNotHave) {
    fill_anew(people(1, kept_count));
    ASSERT_TRUE(log_->acknowledge(700));
    Retention retention = for_ever();
    retention.keep = days{200};
    retention.most_records = 2000;
    EXPECT_EQ(tidy(retention, at(made(kept_count) + days{1000})).fault, RetentionFault::undelivered);
    EXPECT_EQ(log_->beginning().first(), 701u);
    retention.only_delivered = false;
    EXPECT_EQ(tidy(retention, at(made(kept_count) + days{1000})).fault, RetentionFault::none);
    EXPECT_EQ(log_->beginning().first(), settled + 1);
}

TEST_F(ALogThatIsKept, HasNoByteOfACredentialThatWasErased) {
    ASSERT_GE(found_on_disk("person"), kept_count);
    Retention retention = for_ever();
    retention.identifiable = days{30};
    tidy(retention, at(made(1200) + days{30}));
    EXPECT_EQ(log_->beginning().first(), 1u) << "the records stay";
    const LogCheck check = verified();
    EXPECT_FALSE(check.flaw.has_value()) << check.flaw->what;
    EXPECT_EQ(check.last, kept_count);
    // While the log is open: closing it would empty its -wal.
    EXPECT_EQ(found_on_disk("person"), kept_count - 1200);
    for (const std::uint64_t seq : {251u, 502u, 1004u}) {
        const auto same = people(seq, 1)[0].credential.digest;
        // Of those with this very digest only the younger ones are left.
        const std::string_view bytes(reinterpret_cast<const char*>(same.data()), same.size());
        EXPECT_EQ(found_on_disk(bytes), (kept_count - seq % 251) / 251 - (1200 - seq % 251) / 251);
    }
}

TEST_F(ALogThatIsKept, HasNoByteOfACredentialThatWasTakenAwayWithItsRecord) {
    Retention retention = for_ever();
    retention.most_records = 2000;
    tidy(retention, at(made(kept_count)));
    ASSERT_EQ(log_->beginning().first(), 1001u);
    EXPECT_EQ(found_on_disk("person"), kept_count - 1000);
}

TEST_F(ALogThatIsKept, HasNoByteOfACredentialWhereNothingHasComeForLong) {
    Retention retention = for_ever();
    retention.identifiable = days{30};
    tidy(retention, at(made(kept_count) + days{31}));
    EXPECT_EQ(found_on_disk("person"), 0u) << "also of what a restart reads";
    log_.reset();
    EXPECT_EQ(open_log(disk_.name()).start.state.count(), fold(people(1, kept_count)).count());
}

TEST_F(ALogThatIsKept, NamesARecordWhoseCredentialWasErasedBeforeItsTime) {
    log_.reset();
    {
        auto database = Database::open(log_path, disk_.name());
        ASSERT_TRUE(database.has_value());
        ASSERT_TRUE(
            (*database)->execute("PRAGMA locking_mode = EXCLUSIVE; UPDATE record SET digest = zeroblob(16), "
                                 "salt = zeroblob(16) WHERE seq = 77"));
    }
    open();
    const LogCheck check = verified();
    ASSERT_TRUE(check.flaw.has_value());
    EXPECT_EQ(check.flaw->seq, 77u);
}

TEST_F(ALogThatIsKept, IsVerifiedFromItsNewBeginningWhenThatMovesMeanwhile) {
    auto check = log_->verify({});
    ASSERT_TRUE(check && !check->done && check->last == 2000);
    Retention retention = for_ever();
    retention.keep = days{200};
    fill(people(kept_count + 1, 0));
    const auto more = people(kept_count + 1, 2000);
    State state = fold(people(1, kept_count));
    for (std::size_t i = 0; i < more.size(); i += 1000) {
        const auto part = std::span(more).subspan(i, 1000);
        for (const Record& record : part) apply(state, record);
        store(*log_, part, &state);
    }
    ASSERT_TRUE(log_->acknowledge(5000));
    tidy(retention, at(made(5000) + days{1000}));
    ASSERT_EQ(log_->beginning().first(), 4001u);
    while (check && !check->done) check = log_->verify(std::move(*check));
    ASSERT_TRUE(check.has_value());
    EXPECT_FALSE(check->flaw.has_value()) << check->flaw->what;
    EXPECT_EQ(check->first, 4001u);
    EXPECT_EQ(check->last, 5000u);
}

TEST_F(ALogThatIsKept, KnowsTheAgeOfWhatWasMadeWithoutAClockByWhatComesBehindIt) {
    for (const bool old_behind : {false, true}) {
        log_.reset();
        for (const auto& path : disk_.paths()) disk_.put(path, {});
        auto records = people(1, kept_count);
        for (auto& record : records) {
            if (record.seq <= 1800) record.at.trusted = false;
            if (record.seq <= 1800) record.at.wall = Wall{};
            if (record.seq > 1800 && !old_behind) record.at.wall += days{500};
        }
        fill(records);
        ASSERT_TRUE(log_->acknowledge(kept_count));
        Retention retention = for_ever();
        retention.keep = days{300};
        tidy(retention, at(made(1900) + days{300}));
        EXPECT_EQ(log_->beginning().first(), old_behind ? 1901u : 1u);
    }
}

using AStationThatKeepsItsLog = OnSimulatedDisk;

// A snapshot behind each thousand, and all delivered.
void record_three_thousand(WritingStation& station) {
    for (int thousand = 0; thousand < 3; ++thousand) {
        station.append(1000);
        station.run_for(seconds{1});
    }
    station.writer_->acknowledge(3000);
}

TEST_F(AStationThatKeepsItsLog, TidiesEveryTenMinutesAndGoesOnAtOnceWhileThereIsMore) {
    WritingStation station(disk_);
    record_three_thousand(station);
    Retention retention = for_ever();
    retention.most_records = 2000;
    station.writer_->keep(retention);
    station.run_for(minutes{9});
    EXPECT_EQ(station.writer_->beginning().first(), 1u);
    station.run_for(minutes{1} + milliseconds{50});
    EXPECT_EQ(station.writer_->beginning().first(), 501u);
    station.run_for(seconds{2});
    EXPECT_EQ(station.writer_->beginning().first(), 1001u);
    EXPECT_EQ(station.faults.size(), 2u) << "told of each new beginning";
    station.append(1);
    station.run_for(seconds{1});
    EXPECT_EQ(station.writer_->stored(), 3001u);
}

TEST_F(AStationThatKeepsItsLog, TakesASnapshotADaySoThatAQuietStationsRecordsGrowOldToo) {
    WritingStation station(disk_);
    station.writer_->keep(for_ever());
    for (int day = 0; day < 3; ++day) {
        station.append(1);
        station.run_for(hours{25});
    }
    EXPECT_EQ(station.opened_.log->snapshot_seq(), 3u);
}

TEST_F(AStationThatKeepsItsLog, ForgetsWhoWasInsideThoughNothingHappensAnyMore) {
    WritingStation station(disk_);
    station.append(RecordType::entered);
    station.writer_->request_snapshot();
    station.run_for(seconds{1});
    Record left = sample_record(2, RecordType::left);
    left.visit = sample_record(1).visit;
    ASSERT_TRUE(station.writer_->append(left));
    apply(station.state_, left);
    ASSERT_TRUE(station.state_.inside.empty());
    station.run_for(seconds{1});
    const auto snapshots = [&] {
        std::string all;
        for (const auto& path : disk_.paths()) all += disk_.contents(path);
        return all;
    };
    const std::string somebody = to_text(sample_record(1).credential);
    ASSERT_NE(snapshots().find(somebody), std::string::npos) << "in the state of when they were inside";
    Retention retention = for_ever();
    retention.identifiable = days{2};
    station.writer_->keep(retention);
    station.run_for(days{600});
    EXPECT_EQ(snapshots().find(somebody), std::string::npos);
}

TEST_F(AStationThatKeepsItsLog, TriesAgainWhenTheDiskFails) {
    WritingStation station(disk_);
    record_three_thousand(station);
    station.run_for(seconds{60});
    Retention retention = for_ever();
    retention.most_records = 2000;
    station.writer_->keep(retention);
    disk_.set_failing(true);
    station.run_for(minutes{11});
    EXPECT_EQ(station.faults, std::vector<RetentionFault>{RetentionFault::failed});
    EXPECT_EQ(station.writer_->problem(), nullptr) << "nothing that has to be stored waits for it";
    disk_.set_failing(false);
    station.run_for(minutes{21});
    EXPECT_EQ(station.faults.back(), RetentionFault::shortened);
    EXPECT_EQ(station.writer_->beginning().first(), 1001u);
}

}  // namespace
}  // namespace yizhan
