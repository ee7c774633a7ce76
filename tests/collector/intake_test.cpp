#include "tests/collector/filled_database.h"

namespace yizhan::collector {
namespace {

template <class Kind>
class Intake : public FilledDatabase<Kind> {};
TYPED_TEST_SUITE(Intake, Databases, DatabaseNames);

TYPED_TEST(Intake, StoresEachRecordOnceHoweverOftenItComes) {
    EXPECT_EQ(this->give_one(batch(1, 100)), 100u);
    EXPECT_EQ(this->give_one(batch(1, 100)), 100u);
    EXPECT_EQ(this->give_one(batch(50, 150)), 150u);
    const auto stored = this->give([] {
        std::vector<FeedBatch> many;
        many.push_back(batch(140, 200));
        many.push_back(batch(180, 260));
        many.push_back(batch(1, 10));
        return many;
    }());
    EXPECT_EQ(stored.feeds.at(0).upto, 260u);
    EXPECT_EQ(stored.records, 110u);
    EXPECT_EQ(this->count("record"), 260);
    EXPECT_EQ(this->count("flaw"), 0);
    EXPECT_TRUE(this->verdict().what.empty());
}

TYPED_TEST(Intake, KeepsWhatComesEarlyUntilTheGapIsClosed) {
    EXPECT_EQ(this->give_one(batch(1, 10)), 10u);
    EXPECT_EQ(this->give_one(batch(31, 40)), 10u);
    EXPECT_EQ(this->give_one(batch(21, 30)), 10u);
    EXPECT_EQ(this->give_one(batch(21, 30)), 10u);
    EXPECT_EQ(this->count("record"), 10);
    EXPECT_EQ(this->count("waiting"), 20);
    EXPECT_EQ(this->give_one(batch(11, 20)), 40u);
    EXPECT_EQ(this->count("record"), 40);
    EXPECT_EQ(this->count("waiting"), 0);
    EXPECT_TRUE(this->verdict().what.empty());
}

TYPED_TEST(Intake, TellsOfAGapAsLongAsThereIsOne) {
    std::vector<FeedBatch> later;
    later.push_back(batch(11, 20));
    EXPECT_TRUE(this->give(std::move(later)).feeds.at(0).gap);
    std::vector<FeedBatch> first;
    first.push_back(batch(1, 10));
    const auto closed = this->give(std::move(first)).feeds.at(0);
    EXPECT_FALSE(closed.gap);
    EXPECT_EQ(closed.upto, 20u);
}

TYPED_TEST(Intake, GoesOnWhereAStationsLogBeginsAndSaysWhatIsMissing) {
    for (const bool true_hash : {true, false}) {
        this->change("DELETE FROM record");
        this->change("DELETE FROM feed");
        this->change("DELETE FROM missing");
        this->change("DELETE FROM checkpoint");
        this->change("DELETE FROM flaw");
        this->give_one(batch(1, 20));
        EXPECT_EQ(this->give_one(batch(41, 50)), 20u);
        const auto before = true_hash ? checkpoint(40).hash : checkpoint(39).hash;
        const auto went_on = go_on_at(*this->database, {"one", 7}, 41, before);
        ASSERT_TRUE(went_on) << went_on.error().what;
        EXPECT_EQ(went_on->feeds.at(0).upto, 50u);
        EXPECT_EQ(went_on->flaws, 1u);
        EXPECT_EQ(go_on_at(*this->database, {"one", 7}, 41, before).value().flaws, 0u) << "once";
        EXPECT_EQ(this->give_one(batch(51, 60)), 60u);
        EXPECT_EQ(this->count("record"), 40);
        EXPECT_EQ(this->found_flaws(), std::vector<std::string>{"missing 21"});
        EXPECT_EQ(this->verdict().missing, 20u);
        EXPECT_EQ(this->verdict().what, "");
        // What it has signed shows whether it went on with the truth.
        ASSERT_EQ(note_checkpoint(*this->database, "one", checkpoint(30)), 0u) << "nobody can compare it any more";
        ASSERT_EQ(note_checkpoint(*this->database, "one", checkpoint(60)), true_hash ? 0u : 1u);
    }
}

TYPED_TEST(Intake, KeepsWhatComesThoughItCountsAsMissing) {
    this->give_one(batch(1, 20));
    this->give_one(batch(31, 32));  // waits, and will follow nothing
    ASSERT_TRUE(go_on_at(*this->database, {"one", 7}, 41, checkpoint(40).hash));
    this->give_one(batch(25, 26));  // was on its way
    this->give_one(batch(25, 26));
    EXPECT_EQ(this->found_flaws(),
              (std::vector<std::string>{"missing 21", "late 25", "late 26", "late 31", "late 32"}));
    EXPECT_EQ(this->count("fork"), 4);
    EXPECT_EQ(this->count("waiting"), 0);
}

TYPED_TEST(Intake, MissesNothingOfALogThatWasBegunInPlaceOfADamagedOne) {
    const auto went_on = go_on_at(*this->database, {"one", 7}, 41, chain_start("one", 7));
    ASSERT_TRUE(went_on) << went_on.error().what;
    this->give_one(batch(41, 50));
    EXPECT_EQ(this->count("record"), 10);
    EXPECT_EQ(this->count("flaw"), 0);
    EXPECT_EQ(this->verdict().what, "");
    EXPECT_EQ(this->verdict().missing, 0u);
}

TYPED_TEST(Intake, MissesWhatWasLostWithADamagedLogAndNothingOfWhatCameBefore) {
    this->give_one(batch(1, 40));
    ASSERT_EQ(go_on_at(*this->database, {"one", 8}, 46, chain_start("one", 8)).value().flaws, 2u);
    this->give_one(batch(46, 50, "one", 8));
    EXPECT_EQ(this->found_flaws(), (std::vector<std::string>{"new-epoch 0", "missing 41"}));
    const auto feeds = verify(*this->database, "one").value();
    EXPECT_EQ(feeds.at(0).missing, 0u);
    EXPECT_EQ(feeds.at(1).missing, 5u);
    EXPECT_EQ(feeds.at(1).records, 5u);
    EXPECT_EQ(feeds.at(1).what, "");
    // The next one, of which nothing was lost.
    EXPECT_EQ(go_on_at(*this->database, {"one", 9}, 51, chain_start("one", 9)).value().flaws, 1u) << "new-epoch";
    EXPECT_EQ(verify(*this->database, "one").value().at(2).missing, 0u);
    EXPECT_EQ(this->count("flaw WHERE what = 'missing'"), 1);
}

TYPED_TEST(Intake, GoesOnBehindWhatAStationLeavesOutAndNoLongerComparesWhatItSigned) {
    auto with_a_hole = batch(1, 30);
    with_a_hole.records.erase(with_a_hole.records.begin() + 10, with_a_hole.records.begin() + 12);
    EXPECT_EQ(this->give_one(std::move(with_a_hole)), 10u);
    EXPECT_EQ(go_on_behind(*this->database, {"one", 7}, 9, 13).value().flaws, 0u) << "somebody else has stored 10";
    const auto went_on = go_on_behind(*this->database, {"one", 7}, 10, 20);
    ASSERT_TRUE(went_on) << went_on.error().what;
    EXPECT_EQ(went_on->flaws, 1u);
    EXPECT_EQ(went_on->feeds.at(0).upto, 30u) << "nothing that is there is left out";
    ASSERT_EQ(note_checkpoint(*this->database, "one", checkpoint(30)), 0u);
    EXPECT_EQ(this->found_flaws(), std::vector<std::string>{"not-sent 11"});
    EXPECT_EQ(this->verdict().what, "");
    EXPECT_EQ(this->verdict().missing, 2u);
    EXPECT_EQ(this->verdict().hole, 11u);
    EXPECT_FALSE(this->verdict().good());
    this->change("UPDATE record SET document = replace(document, 'entered', 'refused') WHERE seq = 20");
    EXPECT_EQ(this->verdict().bad, 20u);
}

TYPED_TEST(Intake, KeepsFeedsApartByStationAndEpoch) {
    std::vector<FeedBatch> many;
    many.push_back(batch(1, 10, "two"));
    many.push_back(batch(1, 20, "one", 8));
    many.push_back(batch(1, 30, "one", 7));
    const auto stored = this->give(std::move(many));
    ASSERT_EQ(stored.feeds.size(), 3u);
    EXPECT_EQ(stored.feeds[0].upto, 30u);
    EXPECT_EQ(stored.feeds[1].upto, 20u);
    EXPECT_EQ(stored.feeds[2].upto, 10u);
    EXPECT_EQ(this->count("record"), 60);
}

TYPED_TEST(Intake, TwoCollectorsShareADatabase) {
    auto other = open_sql(this->kind.where()).value();
    for (std::uint64_t i = 0; i < 20; i += 2) {
        std::vector<FeedBatch> odd;
        odd.push_back(batch((i + 1) * 10 + 1, (i + 2) * 10));
        ASSERT_TRUE(store(*other, std::move(odd), autumn));
        EXPECT_EQ(this->give_one(batch(i * 10 + 1, (i + 1) * 10)), (i + 2) * 10);
    }
    EXPECT_EQ(this->count("record"), 200);
    EXPECT_EQ(this->count("waiting"), 0);
    EXPECT_TRUE(this->verdict().what.empty());
}

TYPED_TEST(Intake, ARecordThatComesAgainAsAnotherOneIsAFork) {
    this->give_one(batch(1, 20));
    auto other = batch(11, 15);
    other.records[2].document.replace(other.records[2].document.find("entered"), 7, "refused");
    this->give_one(std::move(other));
    EXPECT_EQ(this->found_flaws(), std::vector<std::string>{"fork 13"});
    EXPECT_EQ(this->count("record"), 20);
    EXPECT_TRUE(this->verdict().what.empty());  // what came first stays
}

TYPED_TEST(Intake, ComparesWhatTheStationHasSignedWhenItsRecordsAreThere) {
    ASSERT_EQ(note_checkpoint(*this->database, "one", checkpoint(50)), 0u);
    EXPECT_EQ(this->give_one(batch(1, 30)), 30u);
    EXPECT_EQ(this->give_one(batch(31, 60)), 60u);
    EXPECT_TRUE(this->found_flaws().empty());
    EXPECT_EQ(this->verdict().sealed, 50u);
    ASSERT_EQ(note_checkpoint(*this->database, "one", checkpoint(60)), 0u);
    EXPECT_EQ(this->verdict().sealed, 60u);
    ASSERT_EQ(note_checkpoint(*this->database, "one", checkpoint(40)), 0u);  // an old one
    EXPECT_EQ(this->verdict().sealed, 60u);
}

TYPED_TEST(Intake, AStationThatSignedSomethingElseIsNamed) {
    auto other = batch(1, 30);
    other.records[9].document.replace(other.records[9].document.find("entered"), 7, "refused");
    this->give_one(std::move(other));
    EXPECT_EQ(note_checkpoint(*this->database, "one", checkpoint(20)), 1u);
    EXPECT_EQ(this->found_flaws(), std::vector<std::string>{"checkpoint-differs 20"});
    ASSERT_EQ(note_checkpoint(*this->database, "one", checkpoint(40)), 0u);
    this->give_one(batch(31, 40));
    EXPECT_EQ(this->found_flaws(), (std::vector<std::string>{"checkpoint-differs 20", "checkpoint-differs 40"}));
}

TYPED_TEST(Intake, TheFirstKeyOfAStationIsItsKeyUntilSomebodySaysOtherwise) {
    this->give_one(batch(1, 30));
    ASSERT_EQ(note_checkpoint(*this->database, "one", checkpoint(10)), 0u);
    EXPECT_EQ(note_checkpoint(*this->database, "one", checkpoint(20, "one", 7, 2)), 1u);
    EXPECT_EQ(this->found_flaws(), std::vector<std::string>{"key-changed 20"});
    ASSERT_TRUE(trust_anew(*this->database, "one"));
    EXPECT_EQ(note_checkpoint(*this->database, "one", checkpoint(20, "one", 7, 2)), 0u);
    EXPECT_TRUE(this->found_flaws().empty());
    EXPECT_EQ(this->verdict().sealed, 20u);
    auto unsigned_one = checkpoint(30, "one", 7, 2);
    unsigned_one.signature[0] ^= 1;
    EXPECT_EQ(note_checkpoint(*this->database, "one", unsigned_one), 1u);
    EXPECT_EQ(this->found_flaws(), std::vector<std::string>{"not-signed 30"});
}

TYPED_TEST(Intake, AKeyIsTrustedOnlyOnceTheStationHasSignedWithIt) {
    this->give_one(batch(1, 30));
    ASSERT_EQ(note_checkpoint(*this->database, "one", checkpoint(10)), 0u);
    for (const auto* name : {"one", "onee"}) {
        const auto early = trust_anew(*this->database, name);
        ASSERT_FALSE(early.has_value());
        EXPECT_NE(early.error().what.find(fmt::format("'{}' has signed nothing with another key", name)),
                  std::string::npos);
    }
    EXPECT_EQ(note_checkpoint(*this->database, "one", checkpoint(20)), 0u);
    EXPECT_EQ(note_checkpoint(*this->database, "one", checkpoint(20, "one", 7, 2)), 1u);
    ASSERT_TRUE(trust_anew(*this->database, "one"));
    EXPECT_EQ(note_checkpoint(*this->database, "one", checkpoint(20, "one", 7, 2)), 0u);
}

TYPED_TEST(Intake, WhatComesEarlyTwiceMustSayTheSame) {
    this->give_one(batch(1, 100));
    auto forged = batch(102, 103);
    forged.records[0].document.replace(forged.records[0].document.find("entered"), 7, "refused");
    this->give_one(std::move(forged));
    this->give_one(batch(102, 104));
    EXPECT_EQ(this->found_flaws(), std::vector<std::string>{"fork 102"});
    EXPECT_EQ(this->count("fork"), 1);
    EXPECT_EQ(this->give_one(batch(101, 101)), 104u);
    EXPECT_EQ(this->found_flaws(), std::vector<std::string>{"fork 102"});
}

TYPED_TEST(Intake, WhatCameEarlyAndThenWithAllTheRestWaitsNoLonger) {
    auto early = batch(101, 200);
    early.records[49].document.replace(early.records[49].document.find("entered"), 7, "refused");
    this->give_one(std::move(early));
    EXPECT_EQ(this->count("waiting"), 100);
    std::vector<FeedBatch> both;
    both.push_back(batch(1, 100));
    both.push_back(batch(101, 200));
    const auto stored = this->give(std::move(both));
    EXPECT_EQ(stored.feeds.at(0).upto, 200u);
    EXPECT_FALSE(stored.feeds.at(0).gap);
    EXPECT_EQ(stored.flaws, 1u);
    EXPECT_EQ(this->count("waiting"), 0);
    EXPECT_EQ(this->found_flaws(), std::vector<std::string>{"fork 150"});
}

TYPED_TEST(Intake, AnotherLogOfAStationIsNamed) {
    this->give_one(batch(1, 50));
    std::vector<FeedBatch> other;
    other.push_back(batch(1, 20, "one", 8));
    EXPECT_EQ(this->give(std::move(other)).flaws, 1u);
    this->give_one(batch(21, 30, "one", 8));
    EXPECT_EQ(this->found_flaws(), std::vector<std::string>{"new-epoch 0"});
}

TYPED_TEST(Intake, AFlawIsNewOnceAndWhatAForkSaysIsKept) {
    this->give_one(batch(1, 20));
    for (const std::uint64_t expected : {1u, 0u}) {
        std::vector<FeedBatch> other;
        other.push_back(batch(11, 15));
        auto& document = other[0].records[2].document;
        document.replace(document.find("entered"), 7, "refused");
        EXPECT_EQ(this->give(std::move(other)).flaws, expected);
    }
    EXPECT_EQ(this->count("fork WHERE seq = 13 AND document LIKE '%refused%'"), 1);
    EXPECT_EQ(this->count("fork"), 1);
    ASSERT_EQ(note_checkpoint(*this->database, "one", checkpoint(10)), 0u);
    EXPECT_EQ(note_checkpoint(*this->database, "one", checkpoint(11, "one", 7, 2)), 1u);
    EXPECT_EQ(note_checkpoint(*this->database, "one", checkpoint(12, "one", 7, 2)), 0u);
}

TYPED_TEST(Intake, KeepsNothingThatIsTooFarBehindAGap) {
    this->give_one(batch(1, 10));
    std::vector<FeedBatch> far;
    far.push_back(batch(9'000'001, 9'000'050));
    const auto stored = this->give(std::move(far)).feeds.at(0);
    EXPECT_EQ(stored.upto, 10u);
    EXPECT_TRUE(stored.gap);
    EXPECT_EQ(this->count("waiting"), 0);
}

TYPED_TEST(Intake, WhatIsNotCommittedIsNotThere) {
    this->give_one(batch(1, 10));
    ASSERT_TRUE(this->database->run(this->database->dialect().begin));
    ASSERT_TRUE(this->database->run("UPDATE feed SET upto = 9999"));
    this->open();  // the other connection is gone, with all it had begun
    EXPECT_EQ(this->give_one(batch(11, 20)), 20u);
}

TYPED_TEST(Intake, IsReadByOthersWhileRecordsAreBeingStored) {
    this->give_one(batch(1, 20));
    auto other = open_sql(this->kind.where()).value();
    ASSERT_TRUE(other->run(other->dialect().begin));
    ASSERT_TRUE(other->run("UPDATE feed SET upto = 21"));
    EXPECT_TRUE(this->verdict().what.empty());
    ASSERT_TRUE(other->run("ROLLBACK"));
    EXPECT_EQ(this->give_one(batch(21, 30)), 30u);
}

TEST(IntakeOnSqlite, KeepsNoWalWhichASecondConnectionMayDamage) {
    const OnSqlite kind;
    const auto database = open_sql(kind.where()).value();
    EXPECT_EQ(database->run("PRAGMA journal_mode").value().text(0, 0), "truncate");
    EXPECT_EQ(database->run("PRAGMA synchronous").value().integer(0, 0), 2);
}

TEST(IntakeOnSqlite, ReportsReadNoDocuments) {
    const OnSqlite kind;
    const auto database = open_sql(kind.where()).value();
    ASSERT_TRUE(make_tables(*database));
    const auto plan = database->run(
        "EXPLAIN QUERY PLAN SELECT station, count(*) FROM record WHERE type = 'entered' AND time >= 1 AND time < 2 "
        "GROUP BY station");
    ASSERT_TRUE(plan);
    EXPECT_NE(plan->text(0, 3).find("USING COVERING INDEX record_entered"), std::string::npos) << plan->text(0, 3);
}

TYPED_TEST(Intake, CountsVisitsByHourDayStationAndGroup) {
    for (std::uint64_t first = 1; first < 5000; first += 1000) this->give_one(batch(first, first + 999));
    this->give_one(batch(1, 10, "two"));
    const auto by = [&](ReportBy what) {
        return visits(*this->database, what, 0, autumn + 10'000'000'000, 8 * 3'600'000).value();
    };
    EXPECT_EQ(by(ReportBy::station), (std::vector<ReportRow>{{"one", 5000}, {"two", 10}}));
    EXPECT_EQ(by(ReportBy::group), (std::vector<ReportRow>{{"day", 2505}, {"night", 2505}}));
    // From 19:06:41 on in China, a record a second.
    EXPECT_EQ(by(ReportBy::hour), (std::vector<ReportRow>{{"19:00", 3199 + 10}, {"20:00", 1801}}));
    EXPECT_EQ(by(ReportBy::day), (std::vector<ReportRow>{{"2026-11-18", 5010}}));
    EXPECT_TRUE(visits(*this->database, ReportBy::day, autumn + 9'000'000, autumn + 10'000'000, 0).value().empty());
}

TYPED_TEST(Intake, TakesRecordsOfClocksThatAreNotSetAndOfAllYears) {
    std::vector<FeedBatch> odd;
    odd.push_back(batch(1, 4));
    odd[0].records[0].time = 0;
    odd[0].records[1].time = -5'000;
    odd[0].records[2].time = 4'200'000'000'000;
    odd[0].records[3].time = 1'798'761'600'000;  // the first moment of 2027
    EXPECT_EQ(this->give(std::move(odd)).records, 4u);
    EXPECT_EQ(this->count("record"), 4);
}

}  // namespace
}  // namespace yizhan::collector
