// What verifying says of a database, whatever was done to it.
#include "tests/collector/filled_database.h"

namespace yizhan::collector {
namespace {

template <class Kind>
class Verify : public FilledDatabase<Kind> {};
TYPED_TEST_SUITE(Verify, Databases, DatabaseNames);

TYPED_TEST(Verify, VerifyingNamesTheFirstBadRecordOfWhateverWasDoneToTheDatabase) {
    struct Deed {
        const char* sql;
        std::uint64_t bad;
        const char* what;
    };
    const std::string at = " WHERE station = 'one' AND seq = ";
    const std::string flip = "UPDATE record SET document = replace(document, 'entered', 'refused')" + at;
    const std::vector<std::pair<std::string, std::uint64_t>> deeds{
        {flip + "17", 17},
        {"UPDATE record SET hash = (SELECT r.hash FROM record r WHERE r.seq = 3)" + at + "17", 17},
        {"DELETE FROM record" + at + "17", 17},
        {"DELETE FROM record WHERE seq > 40", 41},
        {"UPDATE record SET document = (SELECT r.document FROM record r WHERE r.seq = 18)" + at + "17", 17},
        {"UPDATE record SET seq = 1017" + at + "17", 17},
        {"UPDATE feed SET upto = 70", 51},
        {"UPDATE checkpoint SET signature = hash", 30},
        {"INSERT INTO record SELECT station, epoch, 51, time, type, visit, grp, document, hash FROM record WHERE seq = "
         "50",
         51},
        // The end, with all that tells of it but what was signed.
        {"UPDATE feed SET upto = 20, hash = (SELECT r.hash FROM record r WHERE r.seq = 20)", 21},
        {"DELETE FROM station_key", 30},
    };
    for (const auto& [sql, bad] : deeds) {
        for (const char* table : {"record", "feed", "checkpoint", "station"}) {
            this->change(fmt::format("DELETE FROM {}", table));
        }
        this->give_one(batch(1, 50));
        ASSERT_EQ(note_checkpoint(*this->database, "one", checkpoint(30)), 0u);
        ASSERT_TRUE(this->verdict().what.empty()) << this->verdict().what;
        this->change(sql);
        if (bad == 21) this->change("DELETE FROM record WHERE seq > 20");
        EXPECT_EQ(this->verdict().bad, bad) << sql << ": " << this->verdict().what;
        EXPECT_FALSE(this->verdict().what.empty()) << sql;
    }
}

TYPED_TEST(Verify, WhoeverRewritesTheWholeChainCannotSignIt) {
    auto forged = batch(1, 50);
    forged.records[4].document.replace(forged.records[4].document.find("entered"), 7, "refused");
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

TYPED_TEST(Verify, WhatWasSignedWithTheOldKeyStaysSigned) {
    this->give_one(batch(1, 50));
    ASSERT_EQ(note_checkpoint(*this->database, "one", checkpoint(30)), 0u);
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

}  // namespace
}  // namespace yizhan::collector
