// What verifying says of a database, whatever was done to it.
#include "tests/collector/filled_database.h"

namespace yizhan::collector {
namespace {

template <class Kind>
class Verify : public FilledDatabase<Kind> {};
TYPED_TEST_SUITE(Verify, Databases, DatabaseNames);

void forge(FeedRecord& record) {
    record.type = "refused";
    record.document.replace(record.document.find("entered"), record.type.size(), record.type);
}

TYPED_TEST(Verify, VerifyingNamesTheFirstBadRecordOfWhateverWasDoneToTheDatabase) {
    struct Deed {
        std::vector<std::string> sql;
        std::uint64_t bad;
        const char* what;
    };
    const std::vector<Deed> deeds{
        {{"UPDATE record SET document = replace(document, 'entered', 'refused') WHERE seq = 17"}, 17, "its hash"},
        {{"UPDATE record SET hash = (SELECT r.hash FROM record r WHERE r.seq = 3) WHERE seq = 17"}, 17, "its hash"},
        // What reports read, and nothing hashes.
        {{"UPDATE record SET time = time + 3600000 WHERE seq = 17"}, 17, "its time"},
        {{"UPDATE record SET type = 'refused' WHERE seq = 17"}, 17, "its type"},
        {{"UPDATE record SET grp = 'day' WHERE seq = 17"}, 17, "its grp"},
        {{"UPDATE record SET grp = '' WHERE seq = 17"}, 17, "its grp"},
        {{"UPDATE record SET visit = '00000000000000ab' WHERE seq = 17"}, 17, "its visit"},
        {{"DELETE FROM record WHERE seq = 17"}, 17, "missing"},
        {{"DELETE FROM record WHERE seq > 40"}, 41, "missing"},
        // Taken out, and those behind it closed up.
        {{"DELETE FROM record WHERE seq = 17", "UPDATE record SET seq = -seq WHERE seq > 17",
          "UPDATE record SET seq = -seq - 1 WHERE seq < 0"},
         17,
         "another record"},
        {{"UPDATE record SET document = (SELECT r.document FROM record r WHERE r.seq = 18) WHERE seq = 17"},
         17,
         "another record"},
        // Swapped, whole.
        {{"UPDATE record SET seq = -17 WHERE seq = 17", "UPDATE record SET seq = 17 WHERE seq = 18",
          "UPDATE record SET seq = 18 WHERE seq = -17"},
         17,
         "another record"},
        {{"UPDATE record SET seq = 1017 WHERE seq = 17"}, 17, "missing"},
        // Put in between, and those behind it moved on.
        {{"UPDATE record SET seq = -seq WHERE seq > 17", "UPDATE record SET seq = -seq + 1 WHERE seq < 0",
          "INSERT INTO record SELECT station, epoch, 18, time, type, visit, grp, document, hash FROM record WHERE seq "
          "= 17"},
         18,
         "another record"},
        {{"INSERT INTO record SELECT station, epoch, 51, time, type, visit, grp, document, hash FROM record WHERE seq "
          "= 50"},
         51,
         "another record"},
        {{"UPDATE feed SET upto = 70"}, 51, "missing"},
        {{"UPDATE checkpoint SET signature = hash"}, 30, "not signed"},
        // The end, with all that tells of it but what was signed.
        {{"UPDATE feed SET upto = 20, hash = (SELECT r.hash FROM record r WHERE r.seq = 20)",
          "DELETE FROM record WHERE seq > 20"},
         21,
         "the station has signed"},
        {{"DELETE FROM station_key"}, 30, "not signed"},
    };
    for (const auto& [statements, bad, what] : deeds) {
        for (const char* table : {"record", "feed", "checkpoint", "station"}) {
            this->change(fmt::format("DELETE FROM {}", table));
        }
        this->give_one(batch(1, 50));
        ASSERT_EQ(note_checkpoint(*this->database, "one", checkpoint(30)), 0u);
        ASSERT_TRUE(this->verdict().what.empty()) << this->verdict().what;
        for (const auto& sql : statements) this->change(sql);
        EXPECT_EQ(this->verdict().bad, bad) << statements[0] << ": " << this->verdict().what;
        EXPECT_NE(this->verdict().what.find(what), std::string::npos) << statements[0] << ": " << this->verdict().what;
    }
}

// Where the time is in the key: a report would count it twice.
TEST(VerifyOnPostgresql, SeesARecordThatIsThereTwiceAlsoBetweenTwoOfItsSteps) {
    const OnPostgresql kind;
    const auto database = open_sql(kind.where()).value();
    ASSERT_TRUE(make_tables(*database));
    for (std::uint64_t first = 1; first < 4000; first += 1000) {
        std::vector<FeedBatch> batches;
        batches.push_back(batch(first, first + 999));
        ASSERT_TRUE(store(*database, std::move(batches), autumn));
    }
    for (const std::uint64_t seq : {17u, 1998u, 1999u, 2000u, 2001u, 4000u}) {
        ASSERT_EQ(verify(*database, "one").value().at(0).what, "");
        ASSERT_TRUE(
            database->run(fmt::format("INSERT INTO record SELECT station, epoch, seq, time + 1, type, visit, "
                                      "grp, document, hash FROM record WHERE seq = {}",
                                      seq)));
        EXPECT_EQ(verify(*database, "one").value().at(0).bad, seq);
        ASSERT_TRUE(
            database->run(fmt::format("DELETE FROM record WHERE seq = {0} AND time <> {1} + {0} * 1000", seq, autumn)));
    }
}

TYPED_TEST(Verify, WhoeverRewritesTheWholeChainUnderASignatureOfTheStationIsFound) {
    auto forged = batch(1, 50);
    forge(forged.records[4]);
    this->give_one(std::move(forged));
    this->change("DELETE FROM flaw");
    ASSERT_EQ(note_checkpoint(*this->database, "one", checkpoint(30)), 1u);
    EXPECT_EQ(this->verdict().bad, 30u);
}

TYPED_TEST(Verify, WhatWasSignedStaysSignedWhileTheNextOneIsToCome) {
    this->give_one(batch(1, 50));
    ASSERT_EQ(note_checkpoint(*this->database, "one", checkpoint(30)), 0u);
    ASSERT_EQ(note_checkpoint(*this->database, "one", checkpoint(90)), 0u);
    EXPECT_EQ(this->verdict().sealed, 30u);
    EXPECT_EQ(this->verdict().awaited, 90u);
    EXPECT_TRUE(this->verdict().what.empty());
    this->give_one(batch(51, 100));
    EXPECT_EQ(this->verdict().sealed, 90u);
    EXPECT_EQ(this->verdict().awaited, 0u);
    EXPECT_EQ(this->count("checkpoint"), 1);
}

TYPED_TEST(Verify, WhatManyStationsHaveSignedIsStoredAtOnce) {
    this->give_one(batch(1, 20));
    this->give_one(batch(1, 20, "two"));
    auto wrong = checkpoint(20, "three");
    wrong.signature[0] ^= 1;
    const auto flawed =
        note_checkpoints(*this->database, {{"one", checkpoint(20)}, {"two", checkpoint(10, "two")}, {"three", wrong}});
    ASSERT_TRUE(flawed) << flawed.error().what;
    EXPECT_EQ(*flawed, (std::map<std::string, std::uint64_t>{{"three", 1}}));
    EXPECT_EQ(verify(*this->database, "one").value().at(0).sealed, 20u);
    EXPECT_EQ(verify(*this->database, "two").value().at(0).sealed, 10u);
}

TYPED_TEST(Verify, WhatWasSignedWithTheOldKeyStaysSigned) {
    this->give_one(batch(1, 50));
    ASSERT_EQ(note_checkpoint(*this->database, "one", checkpoint(30)), 0u);
    ASSERT_EQ(note_checkpoint(*this->database, "one", checkpoint(40, "one", 7, 2)), 1u);
    ASSERT_TRUE(trust_anew(*this->database, "one"));
    this->give_one(batch(1, 20, "one", 8));
    ASSERT_EQ(note_checkpoint(*this->database, "one", checkpoint(20, "one", 8, 2)), 0u);
    const auto feeds = verify(*this->database, "one").value();
    ASSERT_EQ(feeds.size(), 2u);
    for (const FeedVerdict& feed : feeds) {
        EXPECT_TRUE(feed.what.empty()) << feed.what;
        EXPECT_GE(feed.sealed, 20u);
    }
    EXPECT_EQ(note_checkpoint(*this->database, "one", checkpoint(40)), 1u);  // but the old one signs nothing new
}

TYPED_TEST(Verify, SeesThatARecordBehindWhatIsMissingWasRemoved) {
    ASSERT_TRUE(go_on_at(*this->database, {"one", 7}, 41, checkpoint(40).hash));
    this->give_one(batch(41, 50));
    this->change("DELETE FROM record WHERE seq = 41");
    EXPECT_EQ(this->verdict().bad, 41u);
}

TYPED_TEST(Verify, WhoeverRewritesTheWholeChainAndTakesTheSignaturesAwayIsFound) {
    for (std::uint64_t first = 1; first < 1100; first += 100) {
        auto forged = batch(first, first + 99);
        forge(forged.records[4]);
        this->give_one(std::move(forged));
    }
    const auto found = this->verdict();
    EXPECT_EQ(found.what, "") << "a chain that fits";
    EXPECT_EQ(found.unsealed, 1100u);
    EXPECT_FALSE(found.good());
}

TYPED_TEST(Verify, TheEndThatIsNotSignedYetIsGood) {
    for (std::uint64_t first = 1; first < 1100; first += 100) this->give_one(batch(first, first + 99));
    ASSERT_EQ(note_checkpoint(*this->database, "one", checkpoint(100)), 0u);
    EXPECT_EQ(this->verdict().unsealed, most_unsealed);
    EXPECT_TRUE(this->verdict().good());
    this->give_one(batch(1101, 1101));
    EXPECT_FALSE(this->verdict().good());
    ASSERT_EQ(note_checkpoint(*this->database, "one", checkpoint(1101)), 0u);
    EXPECT_TRUE(this->verdict().good());
}

TYPED_TEST(Verify, NamesTheKeyThatWasTrustedForNothingElseShowsWhoseItIs) {
    this->give_one(batch(1, 50));
    ASSERT_EQ(note_checkpoint(*this->database, "one", checkpoint(30)), 0u);
    EXPECT_EQ(this->verdict().keys, std::set{checkpoint(30).key});
    ASSERT_EQ(note_checkpoint(*this->database, "one", checkpoint(40, "one", 7, 2)), 1u);
    ASSERT_TRUE(trust_anew(*this->database, "one"));  // or INSERT INTO station_key
    ASSERT_EQ(note_checkpoint(*this->database, "one", checkpoint(40, "one", 7, 2)), 0u);
    EXPECT_TRUE(this->verdict().good());
    EXPECT_EQ(this->verdict().keys, std::set{checkpoint(30, "one", 7, 2).key});
}

TYPED_TEST(Verify, WhatIsSignedAndNotHereIsNotGood) {
    this->give_one(batch(1, 50));
    ASSERT_EQ(note_checkpoint(*this->database, "one", checkpoint(60)), 0u);
    EXPECT_FALSE(this->verdict().good());
    this->give_one(batch(51, 60));
    EXPECT_TRUE(this->verdict().good());
}

// Before every statement somebody else stores records. Counts statements that read a table from end to end.
class WhileOthersWrite : public SqlDatabase {
 public:
    WhileOthersWrite(SqlDatabase& database, SqlDatabase& other) : database_(database), other_(other) {}
    const SqlDialect& dialect() const override { return database_.dialect(); }
    Result<SqlRows> run(std::string_view sql, std::span<const SqlValue> parameters) override {
        ++stored_;
        std::vector<FeedBatch> batches;
        batches.push_back(batch(stored_, stored_));
        EXPECT_TRUE(store(other_, std::move(batches), autumn));
        if (database_.dialect().for_update.empty()) {
            const auto plan = database_.run("EXPLAIN QUERY PLAN " + std::string(sql), parameters).value();
            for (std::size_t row = 0; row < plan.size(); ++row) {
                EXPECT_EQ(plan.text(row, 3).find("SCAN"), std::string::npos) << sql << ": " << plan.text(row, 3);
            }
        }
        auto rows = database_.run(sql, parameters);
        EXPECT_TRUE(!rows || rows->size() <= 2000);
        return rows;
    }
    Result<void> append(std::string_view, std::string_view, std::size_t, std::span<const SqlValue>) override {
        return failure("verify writes nothing");
    }
    Result<void> make_room_for(std::int64_t, std::int64_t) override { return {}; }

 private:
    SqlDatabase& database_;
    SqlDatabase& other_;
    std::uint64_t stored_ = 0;
};

TYPED_TEST(Verify, KeepsNobodyFromWritingAndIsNotMisledByThem) {
    for (std::uint64_t first = 1; first < 4500; first += 100) this->give_one(batch(first, first + 99, "two"));
    auto other = open_sql(this->kind.where()).value();
    WhileOthersWrite busy(*this->database, *other);
    for (int round = 0; round < 3; ++round) {
        const auto verdicts = verify(busy, std::nullopt).value();
        for (const FeedVerdict& one : verdicts) EXPECT_EQ(one.what, "");
    }
    EXPECT_EQ(verify(busy, "two").value().at(0).records, 4500u);
}

TEST(ToolsOnPostgresql, MayTakeLongerThanTheCollector) {
    const OnPostgresql kind;
    const auto limit = [&](SqlUse use) {
        return open_sql(kind.where(), use).value()->run("SHOW statement_timeout").value().text(0, 0);
    };
    EXPECT_EQ(limit(SqlUse::collect), "30s");
    EXPECT_EQ(limit(SqlUse::look), "0");
}

}  // namespace
}  // namespace yizhan::collector
