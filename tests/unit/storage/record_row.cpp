#include "firmware/storage/record_row.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/unit/storage/random_records.h"

namespace yizhan {
namespace {

TEST(RecordRow, SaysEverythingByName) {
    const LogRow row = to_row(sample_record(5), 9, sample_station());
    EXPECT_EQ(row.seq, 5U);
    EXPECT_EQ(row.epoch, 9U);
    EXPECT_EQ(row.at, sample_stamp(5));
    EXPECT_EQ(row.type, "granted");
    EXPECT_EQ(row.outcome, "welcome-slow");
    EXPECT_EQ(row.cause, "exit-by-handle");
    EXPECT_EQ(row.off_reason, "time-limit");
    EXPECT_EQ(row.mode, "free-access");
    EXPECT_EQ(row.alarm, "door-held-open");
    EXPECT_EQ(row.door, "back");
    EXPECT_EQ(row.reader, "shelf");
    EXPECT_EQ(row.outlet, "middle");
    EXPECT_EQ(row.input, "fire");
    EXPECT_EQ(row.group, "cleaners");
    EXPECT_EQ(row.visit, sample_record(5).visit);
    EXPECT_EQ(row.lasts, milliseconds(5000));
    EXPECT_EQ(row.value, -1);
    EXPECT_EQ(row.actor, "maintenance");
    EXPECT_EQ(row.uid, 1000U);
}

TEST(RecordRow, LeavesEmptyWhatARecordDoesNotSay) {
    Record record;
    record.type = RecordType::fire_started;
    const LogRow row = to_row(record, 1, sample_station());
    for (const auto* word : {&row.outcome, &row.cause, &row.off_reason, &row.mode, &row.alarm, &row.door, &row.reader,
                             &row.outlet, &row.input, &row.group, &row.actor}) {
        EXPECT_EQ(*word, "");
    }
}

TEST(RecordRow, SaysNormalWhereTheModeIsWhatItIsAbout) {
    Record record;
    record.type = RecordType::mode_changed;
    EXPECT_EQ(to_row(record, 1, sample_station()).mode, "normal");
}

RC_GTEST_PROP(RecordRow, ReadsBackAsTheRecordItWas, ()) {
    const auto config = sample_station();
    const auto record = random_record(1, config);
    RC_ASSERT(to_record(to_row(record, 1, config), record.credential, config) == record);
}

TEST(RecordRow, FindsThingsByNameWhenTheirPositionsChanged) {
    auto turned = sample_station();
    std::reverse(turned.doors.begin(), turned.doors.end());
    const Record back = to_record(to_row(sample_record(1), 1, sample_station()), {}, turned);
    EXPECT_EQ(back.door, DoorIndex{0});
}

TEST(RecordRow, LeavesOutWhatNoLongerExists) {
    auto smaller = sample_station();
    smaller.doors.pop_back();
    smaller.groups.clear();
    const Record record = to_record(to_row(sample_record(1), 1, sample_station()), {}, smaller);
    EXPECT_EQ(record.type, RecordType::granted);
    EXPECT_EQ(record.door, std::nullopt);
    EXPECT_EQ(record.group, std::nullopt);
    EXPECT_EQ(record.reader, ReaderIndex{2});
}

TEST(RecordRow, RaisesNoAlarmForWhatNoLongerExists) {
    auto smaller = sample_station();
    smaller.doors.pop_back();
    const auto row = to_row(sample_record(1, RecordType::alarm_raised), 1, sample_station());
    State state;
    apply(state, to_record(row, {}, smaller));
    EXPECT_EQ(state.seq, 1U);
    EXPECT_EQ(state.newest, sample_stamp(1));
    EXPECT_TRUE(state.alarms.empty());
    apply(state, to_record(row, {}, sample_station()));
    EXPECT_EQ(state.alarms.size(), 1U);
}

TEST(RecordRow, CountsARecordOfATypeItDoesNotKnowAndChangesNothing) {
    auto row = to_row(sample_record(3, RecordType::entered), 1, sample_station());
    row.type = "abducted";
    State state;
    apply(state, to_record(row, {}, sample_station()));
    EXPECT_EQ(state.seq, 3U);
    EXPECT_EQ(state.count(), 0U);
}

}  // namespace
}  // namespace yizhan
