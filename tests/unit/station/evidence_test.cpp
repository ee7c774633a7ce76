// Durability::before_release: nobody comes in before it is stored that they asked.
#include "tests/unit/station/bench.h"

namespace yizhan::testing {
namespace {

StationConfig station_with_evidence(WhenEvidenceLate when_late = WhenEvidenceLate::refuse) {
    StationConfig config = usual_station();
    config.durability = Durability::before_release;
    config.when_evidence_late = when_late;
    config.readers.push_back({.name = "side-in", .place = ReaderPlace::entry, .door = front});
    return config;
}
constexpr ReaderIndex side{3};

class Evidence : public ::testing::Test {
 protected:
    explicit Evidence(WhenEvidenceLate when_late = WhenEvidenceLate::refuse) : bench(station_with_evidence(when_late)) {
        bench.handle(RecordsStored{bench.state().seq});
        bench.log_works = false;
    }
    void store() { bench.handle(RecordsStored{bench.state().seq}); }

    Bench bench;
};
struct LateEvidenceAdmits : Evidence {
    LateEvidenceAdmits() : Evidence(WhenEvidenceLate::admit) {}
};

TEST_F(Evidence, TheDoorIsReleasedOnceItIsStoredThatSomebodyAsked) {
    bench.card(entry, 1);
    EXPECT_FALSE(bench.released());
    EXPECT_EQ(bench.shown, Outcome::none);
    EXPECT_EQ(bench.last(RecordType::entry_asked).credential, credential(1));
    EXPECT_EQ(bench.count(RecordType::granted), 0u);
    const auto asked = bench.state().seq;
    bench.handle(RecordsStored{asked - 1});
    EXPECT_FALSE(bench.released());
    bench.handle(RecordsStored{asked});
    EXPECT_TRUE(bench.released());
    EXPECT_EQ(bench.shown, Outcome::welcome);
    EXPECT_EQ(bench.last(RecordType::granted).seq, asked + 1);
    bench.open_and_close();
    EXPECT_EQ(bench.state().count(), 1u);
}

TEST_F(Evidence, IsWaitedForAsLongAsTheSettingsSayAndThenRefused) {
    bench.card(entry, 1);
    bench.pass(bench.config.evidence_within - milliseconds{1});
    EXPECT_EQ(bench.shown, Outcome::none);
    bench.pass(milliseconds{1});
    EXPECT_EQ(bench.shown, Outcome::log_full);
    EXPECT_EQ(bench.last(RecordType::refused).credential, credential(1));
    store();
    bench.pass(minutes{1});
    EXPECT_EQ(bench.count(RecordType::granted), 0u);
    EXPECT_FALSE(bench.released());
}

TEST_F(Evidence, IsNotWaitedForBeyondAStopWhichWouldLeaveTheDoorReleased) {
    bench.card(entry, 1);
    bench.handle(Stopping{});
    EXPECT_EQ(bench.shown, Outcome::log_full);
    EXPECT_EQ(bench.records.back().type, RecordType::stopped);
    store();
    EXPECT_FALSE(bench.released());
    EXPECT_EQ(bench.count(RecordType::granted), 0u);
    EXPECT_EQ(bench.records.back().type, RecordType::stopped);
}

TEST_F(Evidence, IsNotWhatIsKeptInMemoryOnly) {
    bench.card(entry, 1);
    bench.handle(RecordsStored{.upto = bench.state().seq, .durable = false});
    EXPECT_FALSE(bench.released());
    bench.pass(bench.config.evidence_within);
    EXPECT_EQ(bench.shown, Outcome::log_full);
    EXPECT_FALSE(bench.released());
}

TEST_F(LateEvidenceAdmits, WhereTheSettingsSaySo) {
    bench.card(entry, 1);
    bench.pass(bench.config.evidence_within - milliseconds{1});
    EXPECT_FALSE(bench.released());
    bench.pass(milliseconds{1});
    EXPECT_TRUE(bench.released());
    EXPECT_EQ(bench.shown, Outcome::welcome);
}

TEST_F(Evidence, WhatChangedWhileItWasWaitedForCounts) {
    bench.card(entry, 1);
    bench.order(SetMode{.mode = Mode::lockdown});
    store();
    EXPECT_EQ(bench.shown, Outcome::lockdown);
    EXPECT_FALSE(bench.released());
    bench.order(SetMode{.mode = Mode::normal});
    bench.card(entry, 2);
    bench.order(SetMode{.mode = Mode::free_access});
    store();
    EXPECT_EQ(bench.shown, Outcome::doors_are_open);
}

TEST_F(Evidence, NobodyWaitsToLeave) {
    bench.card(leaving, 1);
    EXPECT_TRUE(bench.released());
    EXPECT_EQ(bench.shown, Outcome::goodbye);
    bench.pass(seconds{10});
    EXPECT_FALSE(bench.released());
    bench.card(entry, 2);
    bench.button();
    EXPECT_TRUE(bench.released());
}

TEST_F(Evidence, NobodyWaitsToBeRefused) {
    bench.order(SetMode{.mode = Mode::closed});
    bench.card(entry, 1);
    EXPECT_EQ(bench.shown, Outcome::closed);
    EXPECT_EQ(bench.count(RecordType::entry_asked), 0u);
}

TEST_F(Evidence, EachOfSeveralReadersIsShownWhatBecameOfItsCard) {
    bench.card(entry, 1);
    bench.card(side, 2);
    std::vector<ReaderIndex> shown_at;
    Actions out;
    bench.station.handle(RecordsStored{bench.state().seq}, bench.now, out);
    EXPECT_EQ(bench.station.next_deadline(), bench.now.mono);
    bench.station.handle(TimePassed{}, bench.now, out);
    for (const Action& action : out) {
        if (const auto* show = std::get_if<ShowAtReader>(&action)) {
            shown_at.push_back(show->reader);
            EXPECT_EQ(show->outcome, Outcome::welcome);
        }
    }
    EXPECT_EQ(shown_at, (std::vector<ReaderIndex>{entry, side}));
    EXPECT_GT(bench.station.next_deadline(), bench.now.mono);
}

TEST_F(Evidence, AnotherCardAtTheSameReaderTakesThePlaceOfTheFirst) {
    bench.card(entry, 1);
    bench.card(entry, 2);
    EXPECT_EQ(bench.last(RecordType::refused).credential, credential(1));
    EXPECT_EQ(bench.shown, Outcome::none);
    store();
    EXPECT_EQ(bench.last(RecordType::granted).credential, credential(2));
    EXPECT_EQ(bench.count(RecordType::granted), 1u);
}

TEST_F(Evidence, WithoutRoomInTheLogTheSettingForThatHoldsAtOnce) {
    bench.handle(LogHealthChanged{.failed = true, .full = true});
    bench.card(entry, 1);
    EXPECT_TRUE(bench.released());
    EXPECT_EQ(bench.shown, Outcome::welcome);
    bench.config.when_log_full = WhenLogFull::refuse;
    bench.card(entry, 2);
    EXPECT_EQ(bench.shown, Outcome::log_full);
}

TEST_F(Evidence, ARestartForgetsWhoAskedAndTheyAskAgain) {
    bench.card(entry, 1);
    Bench again(station_with_evidence(), bench.state());
    again.handle(RecordsStored{again.state().seq});
    again.pass(minutes{1});
    EXPECT_FALSE(again.released());
    EXPECT_EQ(again.count(RecordType::granted), 0u);
    again.log_works = false;
    again.card(entry, 1);
    again.handle(RecordsStored{again.state().seq});
    EXPECT_TRUE(again.released());
}

}  // namespace
}  // namespace yizhan::testing
