// Whatever is done to a stored record is found, and the first bad record named.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <nlohmann/json.hpp>

#include "firmware/identity/hex.h"
#include "firmware/storage/database.h"
#include "firmware/storage/log_check.h"
#include "tests/support/sample.h"
#include "tests/unit/storage/access_log_fixture.h"

namespace yizhan {
namespace {

constexpr std::uint64_t record_count = 12;
constexpr std::uint64_t sealed_first = 5;

LogCheck verify_whole(AccessLog& log, LogCheck check = {}) {
    while (!check.done) {
        auto next = log.verify(std::move(check));
        EXPECT_TRUE(next.has_value()) << next.error().what;
        if (!next) return {};
        check = std::move(*next);
    }
    return check;
}

class ATamperedLog : public OnSimulatedDisk {
 protected:
    // Twelve records, checkpoints behind the fifth and the last.
    void SetUp() override {
        const auto log = open_log(disk_.name()).log;
        std::vector<Record> records;
        for (std::uint64_t seq = 1; seq <= record_count; ++seq) records.push_back(sample_record(seq));
        store(*log, std::span(records).first(sealed_first));
        ASSERT_TRUE(log->seal());
        store(*log, std::span(records).subspan(sealed_first));
        ASSERT_TRUE(log->seal());
        last_ = *log->checkpoint();
    }

    void tamper(const std::string& sql) {
        auto database = Database::open(log_path, disk_.name());
        ASSERT_TRUE(database.has_value());
        const auto done = (*database)->execute("PRAGMA locking_mode = EXCLUSIVE;" + sql);
        ASSERT_TRUE(done.has_value()) << sql << ": " << done.error().what;
    }

    std::optional<LogFlaw> flaw(const std::optional<Checkpoint>& known = {}) {
        const auto log = open_log(disk_.name()).log;
        return verify_whole(*log, {.known = known, .hash = {}, .keys = {}, .flaw = {}}).flaw;
    }

    Checkpoint last_;
};

TEST_F(ATamperedLog, IsFineWhileNobodyHasTouchedIt) {
    const auto log = open_log(disk_.name()).log;
    const LogCheck check = verify_whole(*log, {.known = last_, .hash = {}, .keys = {}, .flaw = {}});
    EXPECT_FALSE(check.flaw.has_value());
    EXPECT_EQ(check.first, 1u);
    EXPECT_EQ(check.last, record_count);
    EXPECT_EQ(check.checkpoints, 2u);
    EXPECT_EQ(check.sealed, record_count);
    EXPECT_EQ(check.keys, std::set<PublicKey>{log->public_key()});
    EXPECT_EQ(check.hash, last_.hash);
}

TEST_F(ATamperedLog, NamesTheRecordWhoseFieldWasChanged) {
    // Every column but the number itself, in the first record, in one in the middle and in the last.
    for (const std::uint64_t seq : {std::uint64_t{1}, std::uint64_t{6}, record_count}) {
        for (const char* column : {"type",  "boot",  "mono",  "wall",   "outcome", "cause", "off_reason",
                                   "mode",  "alarm", "door",  "reader", "outlet",  "input", "member_group",
                                   "visit", "lasts", "value", "actor",  "uid",     "key_id"}) {
            SCOPED_TRACE(fmt::format("{} of {}", column, seq));
            tamper(fmt::format("UPDATE record SET {0} = {0} + 1 WHERE seq = {1}", column, seq));
            const auto found = flaw();
            ASSERT_TRUE(found.has_value());
            EXPECT_EQ(found->seq, seq);
            tamper(fmt::format("UPDATE record SET {0} = {0} - 1 WHERE seq = {1}", column, seq));
        }
        for (const char* change :
             {"trusted = 0", "digest = zeroblob(16)", "salt = zeroblob(16)", "salt = NULL", "commitment = NULL",
              "commitment = zeroblob(32)", "hash = zeroblob(32)", "digest = NULL, key_id = NULL"}) {
            SCOPED_TRACE(fmt::format("{} of {}", change, seq));
            const std::string kept = disk_.contents(log_path);
            tamper(fmt::format("UPDATE record SET {} WHERE seq = {}", change, seq));
            const auto found = flaw();
            ASSERT_TRUE(found.has_value());
            EXPECT_EQ(found->seq, seq);
            disk_.put(log_path, kept);
        }
    }
    EXPECT_FALSE(flaw().has_value());
}

TEST_F(ATamperedLog, NamesTheFirstRecordThatIsMissing) {
    for (std::uint64_t seq = 1; seq <= record_count; ++seq) {
        const std::string kept = disk_.contents(log_path);
        tamper(fmt::format("DELETE FROM record WHERE seq = {}", seq));
        const auto found = flaw();
        ASSERT_TRUE(found.has_value()) << seq;
        EXPECT_EQ(found->seq, seq);
        disk_.put(log_path, kept);
    }
}

TEST_F(ATamperedLog, NamesTheRecordThatWasMovedUpIntoAHole) {
    tamper("DELETE FROM record WHERE seq = 3; UPDATE record SET seq = seq - 1 WHERE seq > 3;");
    EXPECT_EQ(flaw().value_or(LogFlaw{}).seq, 3u);
}

TEST_F(ATamperedLog, NamesTheFirstOfTwoThatWereSwapped) {
    tamper(
        "UPDATE record SET seq = 100 WHERE seq = 4; UPDATE record SET seq = 4 WHERE seq = 7;"
        "UPDATE record SET seq = 7 WHERE seq = 100;");
    EXPECT_EQ(flaw().value_or(LogFlaw{}).seq, 4u);
}

TEST_F(ATamperedLog, NamesARecordThatWasInserted) {
    tamper(
        "UPDATE record SET seq = seq + 100 WHERE seq > 5; UPDATE record SET seq = seq - 99 WHERE seq > 100;"
        "CREATE TEMP TABLE copy AS SELECT * FROM record WHERE seq = 5; UPDATE copy SET seq = 6;"
        "INSERT INTO record SELECT * FROM copy;");
    EXPECT_EQ(flaw().value_or(LogFlaw{}).seq, 6u);
}

TEST_F(ATamperedLog, TellsWhereItWasCutOff) {
    for (std::uint64_t left = 0; left < record_count; ++left) {
        const std::string kept = disk_.contents(log_path);
        tamper(fmt::format("DELETE FROM record WHERE seq > {}", left));
        EXPECT_EQ(flaw().value_or(LogFlaw{}).seq, left + 1);
        disk_.put(log_path, kept);
    }
}

TEST_F(ATamperedLog, ThatWasCutWithItsCheckpointsIsFoundByTheOneOfTheCentre) {
    tamper("DELETE FROM record WHERE seq > 7; DELETE FROM checkpoint WHERE seq > 7;");
    EXPECT_FALSE(flaw().has_value());
    EXPECT_EQ(flaw(last_).value_or(LogFlaw{}).seq, 8u);
}

// Whoever has the station's disk but not its key can hash again, and cannot sign.
TEST_F(ATamperedLog, ThatWasHashedAgainIsFoundByItsCheckpoint) {
    const KeyBytes other{9};
    for (const bool with_signature : {false, true}) {
        simulated::Disk disk("forged");
        auto log = AccessLog::open({log_path, sample_epoch, disk.name()}, sample_station(), other, sample_salts);
        ASSERT_TRUE(log.has_value());
        const PublicKey other_key = (*log)->public_key();
        ASSERT_TRUE((*log)->restore());
        std::vector<Record> records;
        for (std::uint64_t seq = 1; seq <= record_count; ++seq) records.push_back(sample_record(seq));
        records[2].outcome = Outcome::denied;
        store(**log, records);
        ASSERT_TRUE((*log)->seal());
        Checkpoint forged = *(*log)->checkpoint();
        LogCheck check = verify_whole(**log, {.known = last_});
        EXPECT_TRUE(check.flaw.has_value());
        log->reset();
        disk_.put(log_path, disk.contents(log_path));
        const auto found = flaw();
        ASSERT_TRUE(found.has_value()) << "whole in itself, but not by this station's key";
        EXPECT_EQ(found->seq, record_count);
        // Where the station has had that key, it is.
        const auto its_own = open_log(disk_.name()).log;
        check = verify_whole(*its_own, {.former_keys = {other_key}});
        EXPECT_FALSE(check.flaw.has_value());
        if (!with_signature) continue;
        EXPECT_TRUE(is_signed(forged));
        forged.key = last_.key;
        EXPECT_FALSE(is_signed(forged));
    }
}

TEST_F(ATamperedLog, TellsABeginningThatTheStationHasNotMade) {
    tamper(
        "UPDATE meta SET deleted = 5, deleted_hash = (SELECT hash FROM record WHERE seq = 5);"
        "DELETE FROM record WHERE seq <= 5; DELETE FROM checkpoint WHERE seq <= 5;");
    const auto found = flaw();
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->seq, 5u);
}

TEST_F(ATamperedLog, IsNotComparedWithACheckpointOfWhatWasTakenAway) {
    const auto log = open_log(disk_.name()).log;
    Checkpoint early = last_;
    early.seq = 2;
    const auto records = plain_records(record_count + 1, 3000);
    State state{.seq = record_count + 3000};
    store(*log, records, &state);
    state.seq += 1;
    store(*log, plain_records(state.seq, 1), &state);
    ASSERT_TRUE(log->tidy({.most_records = 10, .only_delivered = false}, {}));
    ASSERT_GT(log->beginning().deleted, 2u);
    const auto checked = log->verify({.known = early});
    ASSERT_FALSE(checked.has_value());
    EXPECT_NE(checked.error().cure.find("compare with a checkpoint of record"), std::string::npos);
}

TEST_F(ATamperedLog, BelievesNoStateThatWasChanged) {
    {
        const auto log = open_log(disk_.name()).log;
        State state;
        for (std::uint64_t seq = 1; seq <= record_count + 1; ++seq) apply(state, sample_record(seq));
        store(*log, std::vector{sample_record(record_count + 1)}, &state);
    }
    const State whole = open_log(disk_.name()).start.state;
    for (const char* change : {"UPDATE snapshot SET state = replace(state, '\"fire\":false', '\"fire\":true')",
                               "UPDATE snapshot SET seq = seq - 1", "UPDATE snapshot SET hash = zeroblob(32)"}) {
        SCOPED_TRACE(change);
        const std::string kept = disk_.contents(log_path);
        tamper(change);
        const auto start = open_log(disk_.name()).start;
        EXPECT_TRUE(start.state == whole);
        EXPECT_GT(start.folded, 1u) << "from the records instead";
        disk_.put(log_path, kept);
    }
}

TEST_F(ATamperedLog, GoesOnStoringThoughASnapshotOfLaterRecordsIsLeft) {
    tamper("INSERT INTO snapshot (seq, state, hash) VALUES (14, 'x', x''), (15, 'x', x'')");
    const auto log = open_log(disk_.name()).log;
    State state;
    for (std::uint64_t seq = record_count + 1; seq <= record_count + 4; ++seq) {
        state.seq = seq;
        store(*log, std::vector{sample_record(seq)}, &state);
    }
    EXPECT_EQ(log->snapshot_seq(), record_count + 4);
}

TEST_F(ATamperedLog, NamesTheRecordWhoseCredentialWasTakenAway) {
    tamper("UPDATE record SET key_id = NULL, digest = NULL, salt = NULL WHERE seq = 6");
    const auto found = flaw();
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->seq, 6u);
}

// What is read afterwards is what was stored, or somebody says that it is not.
TEST_F(ATamperedLog, ShowsEveryBitOfTheFileThatWasFlipped) {
    const std::string whole = disk_.contents(log_path);
    const auto contents = [&](AccessLog& log) {
        const auto rows = log.query({.limit = 1000});
        std::string text;
        for (const LogRow& row : rows.value_or(std::vector<LogRow>{})) {
            text += fmt::format("{} {} {} {} {} {} {} {}\n", row.seq, row.type, row.outcome, row.door, row.visit,
                                row.value, row.at.wall.time_since_epoch().count(), row.commitment);
        }
        return text;
    };
    std::string before;
    {
        const auto log = open_log(disk_.name()).log;
        before = contents(*log);
    }
    const auto bits = whole.size() * 8;
    const auto step = bits / static_cast<std::size_t>(testing::sample("flipped bits", 2000, 200'000));
    std::size_t found = 0;
    for (std::size_t bit = 0; bit < bits; bit += std::max<std::size_t>(step, 1)) {
        std::string flipped = whole;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
        disk_.put(log_path, std::move(flipped));
        auto log = open_sample_log(disk_);
        if (!log || !(*log)->restore()) {
            ++found;
            continue;
        }
        bool seen = false;
        LogCheck check;
        while (!check.done && !seen) {
            auto next = (*log)->verify(std::move(check));
            seen = !next || next->flaw;
            if (next) check = std::move(*next);
        }
        found += seen ? 1 : 0;
        if (!seen) {
            EXPECT_EQ(contents(**log), before) << "bit " << bit;
        }
    }
    EXPECT_GT(found, 100u);
}

TEST(TheHashChain, BeginsWithStationAndEpoch) {
    // printf 'yizhan log v1\ndemo\n7' | sha256sum
    EXPECT_EQ(to_hex(chain_start("demo", 7)), "5f9f2489c67c0fcc37b35f13fe0d4d8fe25b056f1b872ca29a4f77a8d6e792a7");
    EXPECT_NE(chain_start("demo", 7), chain_start("demo", 8));
}

TEST(TheHashChain, IsOverTheTextOfARecord) {
    // printf with the 32 bytes of zero before it: see record_chain.h
    EXPECT_EQ(to_hex(chain_next(ChainHash{}, {{"type", "started"}, {"seq", 1}})),
              "4b458b44b893acce5c7e258f5071c35d9795a61b1479ae64527170257e32bb11");
}

TEST(ACheckpoint, SurvivesBeingAMessage) {
    const SigningKey key(sample_key);
    const auto checkpoint = make_checkpoint(7, 1234, chain_start("demo", 7), key);
    EXPECT_TRUE(is_signed(checkpoint));
    EXPECT_EQ(checkpoint_from(checkpoint_document(checkpoint)), checkpoint);
    auto other = checkpoint;
    ++other.seq;
    EXPECT_FALSE(is_signed(other));
    for (const char* member : {"epoch", "seq", "hash", "key", "signature"}) {
        auto document = checkpoint_document(checkpoint);
        document[member] = -1;
        EXPECT_FALSE(checkpoint_from(document).has_value()) << member;
        document.erase(member);
        EXPECT_FALSE(checkpoint_from(document).has_value()) << member;
    }
}

}  // namespace
}  // namespace yizhan
