// PostgreSQL keeps records by month.
#include "tests/collector/filled_database.h"

namespace yizhan::collector {
namespace {

constexpr std::int64_t day = 86'400'000;
constexpr std::int64_t december = 1'796'083'200'000 + day;  // 2026-12-02

class Months : public ::testing::Test {
 protected:
    Months() { EXPECT_TRUE(make_tables(*database)); }
    std::string partitions() const {
        const auto rows = database->run(
            "SELECT string_agg(inhrelid::regclass::text, ' ' ORDER BY inhrelid::regclass::text) FROM pg_inherits WHERE "
            "inhparent = 'record'::regclass");
        return rows.value().text(0, 0);
    }
    std::int64_t in(const std::string& table) const {
        return database->run("SELECT count(*) FROM " + table).value().integer(0, 0);
    }
    void give(std::uint64_t first, std::uint64_t last, std::int64_t time, std::int64_t now) {
        std::vector<FeedBatch> batches;
        batches.push_back(batch(first, last));
        for (FeedRecord& record : batches[0].records) {
            auto document = nlohmann::json::parse(record.document);
            document["time"] = record.time = time;
            record.document = document.dump();
        }
        const auto stored = store(*database, std::move(batches), now);
        EXPECT_TRUE(stored) << stored.error().what;
    }
    // As pg_dump holds it, as long as it runs.
    std::unique_ptr<SqlDatabase> dump() const {
        auto other = open_sql(kind.where()).value();
        EXPECT_TRUE(other->run("BEGIN"));
        EXPECT_TRUE(other->run("LOCK TABLE record IN ACCESS SHARE MODE"));
        return other;
    }

    OnPostgresql kind;
    std::unique_ptr<SqlDatabase> database = open_sql(kind.where()).value();
};

TEST_F(Months, AreThereBeforeTheirRecordsCome) {
    ASSERT_TRUE(database->make_room_for(autumn, autumn));
    EXPECT_EQ(partitions(), "record_2026_11 record_2026_12 record_2027_01 record_other");
    ASSERT_TRUE(database->make_room_for(december, december));
    EXPECT_EQ(partitions(), "record_2026_11 record_2026_12 record_2027_01 record_2027_02 record_other");
}

TEST_F(Months, ThatAreFarFromNowAreNotMade) {
    for (const std::int64_t away : {-100'000, -731, 32, 100'000}) {
        ASSERT_TRUE(database->make_room_for(autumn + away * day, autumn));
    }
    EXPECT_EQ(partitions(), "record_2026_11 record_2026_12 record_2027_01 record_other");
    ASSERT_TRUE(database->make_room_for(autumn - 700 * day, autumn));
    EXPECT_EQ(partitions(), "record_2024_12 record_2026_11 record_2026_12 record_2027_01 record_other");
}

TEST_F(Months, AMonthThatTurnsDuringADumpKeepsNobodyWaiting) {
    ASSERT_TRUE(database->make_room_for(autumn, autumn));
    {
        const auto dumping = dump();
        give(1, 10, december, december);
        EXPECT_EQ(in("record_2026_12"), 10);
        EXPECT_EQ(partitions().find("2027_02"), std::string::npos);
        give(11, 20, december, december);
    }
    give(21, 30, december, december + 3'600'000);
    EXPECT_NE(partitions().find("2027_02"), std::string::npos);
    EXPECT_EQ(in("record_other"), 0);
}

TEST_F(Months, RecordsOfAMonthThatCouldNotBeMadeAreStoredAllTheSame) {
    {
        const auto dumping = dump();
        give(1, 10, december, december);
    }
    EXPECT_EQ(in("record_other"), 10);
    give(11, 20, december, december + 3'600'000);  // those are in the way of the partition
    EXPECT_EQ(in("record_other"), 20);
    EXPECT_EQ(partitions(), "record_2027_01 record_2027_02 record_other");
    EXPECT_EQ(verify(*database, std::nullopt).value().at(0).records, 20u);
}

}  // namespace
}  // namespace yizhan::collector
