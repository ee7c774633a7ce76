#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "tests/unit/storage/access_log_fixture.h"
#include "tests/unit/storage/random_records.h"

namespace yizhan {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using AccessLogQueries = OnSimulatedDisk;

std::vector<std::uint64_t> found(AccessLog& log, const LogQuery& query) {
    const auto rows = log.query(query);
    EXPECT_TRUE(rows.has_value()) << rows.error().what;
    return rows ? numbers_of(*rows) : std::vector<std::uint64_t>{};
}

// What a query means, said without SQL.
std::vector<std::uint64_t> expected(const std::vector<Record>& records, const LogQuery& query,
                                    const StationConfig& config) {
    std::vector<std::uint64_t> numbers;
    for (const auto& record : records) {
        const LogRow row = to_row(record, 1, config);
        if (!query.newest_first && row.seq <= query.after_seq) continue;
        if (query.newest_first && query.after_seq != 0 && row.seq >= query.after_seq) continue;
        if (query.from && row.at.wall < *query.from) continue;
        if (query.to && row.at.wall > *query.to) continue;
        if (!query.type.empty() && row.type != query.type) continue;
        if (!query.door.empty() && row.door != query.door) continue;
        numbers.push_back(row.seq);
    }
    if (query.newest_first) std::reverse(numbers.begin(), numbers.end());
    if (numbers.size() > query.limit) numbers.resize(query.limit);
    return numbers;
}

TEST_F(AccessLogQueries, GiveEverythingARecordSaysButItsCredential) {
    const auto [log, start] = open_log(disk_.name());
    store(*log, std::vector{sample_record(1)});
    const auto rows = log->query({});
    ASSERT_TRUE(rows.has_value());
    ASSERT_EQ(rows->size(), 1U);
    const LogRow& row = rows->front();
    EXPECT_EQ(row.epoch, sample_epoch);
    EXPECT_EQ(row.at, sample_stamp(1));
    EXPECT_EQ(row.actor, "maintenance");
    EXPECT_EQ(row.uid, 1000U);
    Record without_credential = sample_record(1);
    without_credential.credential = {};
    const LogRow same = to_row(without_credential, sample_epoch, sample_station());
    EXPECT_EQ(row.visit, same.visit);
    EXPECT_EQ(row.lasts, same.lasts);
    EXPECT_EQ(row.value, same.value);
    for (const auto word :
         {&LogRow::type, &LogRow::outcome, &LogRow::cause, &LogRow::off_reason, &LogRow::mode, &LogRow::alarm,
          &LogRow::door, &LogRow::reader, &LogRow::outlet, &LogRow::input, &LogRow::group}) {
        EXPECT_EQ(row.*word, same.*word);
        EXPECT_NE(row.*word, "");
    }
}

TEST_F(AccessLogQueries, PageForwardsAndBackwards) {
    const auto [log, start] = open_log(disk_.name());
    EXPECT_THAT(found(*log, {}), IsEmpty());
    EXPECT_THAT(found(*log, {.newest_first = true}), IsEmpty());
    store(*log, plain_records(1, 10));
    EXPECT_THAT(found(*log, {.limit = 3}), ElementsAre(1, 2, 3));
    EXPECT_THAT(found(*log, {.after_seq = 3, .limit = 3}), ElementsAre(4, 5, 6));
    EXPECT_THAT(found(*log, {.after_seq = 9, .limit = 3}), ElementsAre(10));
    EXPECT_THAT(found(*log, {.after_seq = 10}), IsEmpty());
    EXPECT_THAT(found(*log, {.after_seq = 0xFFFF'FFFF'FFFF'FFFF}), IsEmpty());
    EXPECT_THAT(found(*log, {.limit = 2, .newest_first = true}), ElementsAre(10, 9));
    EXPECT_THAT(found(*log, {.after_seq = 9, .limit = 2, .newest_first = true}), ElementsAre(8, 7));
    EXPECT_THAT(found(*log, {.after_seq = 1, .newest_first = true}), IsEmpty());
    EXPECT_THAT(found(*log, {.after_seq = 0xFFFF'FFFF'FFFF'FFFF, .limit = 1, .newest_first = true}), ElementsAre(10));
    EXPECT_THAT(found(*log, {.limit = 0}), IsEmpty());
}

TEST_F(AccessLogQueries, NeverGiveMoreThanAPage) {
    const auto [log, start] = open_log(disk_.name());
    store(*log, plain_records(1, 700));
    EXPECT_EQ(found(*log, {.limit = 1'000'000}).size(), AccessLog::page_limit);
}

TEST_F(AccessLogQueries, FindNothingForAWordNeverStored) {
    const auto [log, start] = open_log(disk_.name());
    store(*log, plain_records(1, 4));
    EXPECT_THAT(found(*log, {.type = "granted"}), IsEmpty());
    EXPECT_THAT(found(*log, {.door = "' OR 1=1 --"}), IsEmpty());
    EXPECT_THAT(found(*log, {.type = "front"}), IsEmpty());  // a word, but no type
}

RC_GTEST_FIXTURE_PROP(AccessLogQueries, FindExactlyWhatTheyAskFor, ()) {
    const auto config = sample_station();
    auto records = random_records(config, 60);
    // A clock set right on the way: times need not rise with the numbers.
    const auto jump = *rc::gen::inRange<std::size_t>(0, records.size());
    for (std::size_t i = jump; i < records.size(); ++i) records[i].at.wall -= seconds(20);
    const auto some_time = [&]() -> std::optional<Wall> {
        if (*rc::gen::arbitrary<bool>()) return std::nullopt;
        return sample_stamp(0).wall + seconds(*rc::gen::inRange(-25, 65));
    };
    const LogQuery query{
        .after_seq = *rc::gen::inRange<std::uint64_t>(0, 65),
        .from = some_time(),
        .to = some_time(),
        .type = *rc::gen::element<std::string>("", "", "entered", "started"),
        .door = *rc::gen::element<std::string>("", "", "front", "back"),
        .limit = *rc::gen::inRange<std::size_t>(0, 70),
        .newest_first = *rc::gen::arbitrary<bool>(),
    };
    const std::string path = "/log/" + std::to_string(*rc::gen::arbitrary<std::uint32_t>());
    const auto [log, start] = open_log(disk_.name(), path, config);
    RC_PRE(start.state.seq == 0);
    store(*log, records);
    RC_ASSERT(found(*log, query) == expected(records, query, config));
}

// Nothing matches but the first and the last: one page must not look through all of a long log.
TEST_F(AccessLogQueries, LookAtABoundedStretchAtATime) {
    const auto [log, start] = open_log(disk_.name());
    constexpr std::uint64_t count = 2 * AccessLog::scan_limit + 100;
    auto records = plain_records(1, count);
    records.front().door = records.back().door = DoorIndex{1};
    records.front().type = records.back().type = RecordType::granted;
    store(*log, records);
    for (const LogQuery& by :
         {LogQuery{.door = "back"}, LogQuery{.type = "granted"},
          LogQuery{.from = sample_stamp(1).wall, .to = sample_stamp(count).wall, .door = "back"}}) {
        for (const bool newest_first : {false, true}) {
            LogQuery query = by;
            query.newest_first = newest_first;
            std::vector<std::size_t> rows_by_step;
            std::optional<LogQuery> rest = query;
            while (rest) {
                const auto page = log->page(*rest);
                ASSERT_TRUE(page.has_value());
                rows_by_step.push_back(page->rows.size());
                rest = page->rest;
            }
            EXPECT_THAT(rows_by_step, ElementsAre(1, 0, 1));
        }
    }
    // A short stretch of time is found at once, wherever it is.
    const auto page = log->page({.from = sample_stamp(count).wall, .door = "back"});
    ASSERT_TRUE(page.has_value());
    EXPECT_THAT(numbers_of(page->rows), ElementsAre(count));
    EXPECT_FALSE(page->rest);
}

}  // namespace
}  // namespace yizhan
