// Commands of the centre: each counts once, in its time, and after that it came is stored.
#include "tests/unit/station/bench.h"

namespace yizhan::testing {
namespace {

class Mandates : public ::testing::Test {
 protected:
    Mandates() {
        bench.handle(SignersChanged{&set, {}});
        bench.pass(minutes{1});
        bench.log_works = false;
        store();
    }
    void store() { bench.handle(RecordsStored{bench.state().seq}); }
    Mandate mandate(std::uint64_t sequence, std::uint32_t signer = 1) const {
        return {.signer = signer,
                .sequence = sequence,
                .not_before = bench.now.wall - seconds{1},
                .expires = bench.now.wall + minutes{1}};
    }
    void command(const Mandate& mandate, auto what) {
        ++request;
        bench.handle(Command{
            .what = what, .actor = {ActorRole::centre, mandate.signer}, .request = request, .mandate = mandate});
    }
    void unlock(const Mandate& mandate) { command(mandate, UnlockDoor{.door = front, .release = {}}); }
    // Of the newest command, given with the newest event.
    std::optional<Outcome> answer() const {
        for (const Action& action : bench.actions) {
            const auto* given = std::get_if<Answer>(&action);
            if (given != nullptr && given->request == request) return given->refusal;
        }
        return std::nullopt;
    }

    SignerSet set = signers(1, {1, 2});
    Bench bench;
    std::uint64_t request = 0;
};

TEST_F(Mandates, ACommandIsDoneOnceThatItCameIsStored) {
    unlock(mandate(5));
    EXPECT_FALSE(bench.released());
    EXPECT_FALSE(answer());
    const Record& taken = bench.last(RecordType::command_taken);
    EXPECT_EQ(taken.value, 5);
    EXPECT_EQ(taken.actor, (Actor{ActorRole::centre, 1}));
    bench.handle(RecordsStored{taken.seq - 1});
    EXPECT_FALSE(bench.released());
    bench.handle(RecordsStored{taken.seq});
    EXPECT_TRUE(bench.released());
    EXPECT_EQ(answer(), Outcome::none);
    EXPECT_EQ(bench.last(RecordType::released).actor, (Actor{ActorRole::centre, 1}));
    EXPECT_EQ(bench.station.surroundings().commands_taken, 1u);
}

TEST_F(Mandates, InMemoryNothingIsStored) {
    unlock(mandate(5));
    bench.handle(RecordsStored{.upto = bench.state().seq, .durable = false});
    EXPECT_FALSE(bench.released());
}

TEST_F(Mandates, WhatIsStoredTooLateIsNotDoneAndNotTakenAgain) {
    const Mandate mine = mandate(5);
    unlock(mine);
    bench.pass(milliseconds{4999});
    EXPECT_FALSE(answer());
    bench.pass(milliseconds{1});
    EXPECT_EQ(answer(), Outcome::command_not_stored);
    store();
    EXPECT_FALSE(bench.released());
    unlock(mine);
    EXPECT_EQ(answer(), Outcome::command_repeated);
}

TEST_F(Mandates, ASequenceCountsOnceAndNothingBeforeIt) {
    for (const auto& [sequence, expected] : {std::pair{5u, Outcome::none},
                                             {5u, Outcome::command_repeated},
                                             {4u, Outcome::command_repeated},
                                             {6u, Outcome::none}}) {
        unlock(mandate(sequence));
        store();
        EXPECT_EQ(bench.count(RecordType::released), sequence == 6 ? 2u : 1u) << sequence;
        if (expected == Outcome::none) continue;
        EXPECT_EQ(bench.last(RecordType::commands_refused).outcome, expected);
    }
    unlock(mandate(1, 2));
    store();
    EXPECT_EQ(bench.count(RecordType::released), 3u) << "each key has its own";
}

TEST_F(Mandates, OneThatComesTwiceBeforeItIsStoredIsDoneOnce) {
    const Mandate mine = mandate(5);
    unlock(mine);
    unlock(mine);
    EXPECT_EQ(answer(), Outcome::command_repeated);
    store();
    EXPECT_EQ(bench.count(RecordType::released), 1u);
}

TEST_F(Mandates, ARestartForgetsNone) {
    const Mandate mine = mandate(5);
    unlock(mine);
    store();
    State fold;
    for (const Record& record : bench.records) apply(fold, record);
    Bench again(bench.config, fold);
    again.now = bench.now;
    again.handle(SignersChanged{&set, {}});
    again.handle(Command{.what = UnlockDoor{.door = front, .release = {}},
                         .actor = {ActorRole::centre, 1},
                         .request = 1,
                         .mandate = mine});
    EXPECT_EQ(again.last(RecordType::commands_refused).outcome, Outcome::command_repeated);
}

TEST_F(Mandates, ItsTimeIsFromTheFirstMomentToBeforeTheLast) {
    Mandate mine = mandate(5);
    mine.not_before = bench.now.wall + milliseconds{1};
    unlock(mine);
    EXPECT_EQ(answer(), Outcome::command_too_early);
    mine.not_before = bench.now.wall;
    mine.expires = bench.now.wall;
    unlock(mine);
    EXPECT_EQ(answer(), Outcome::command_expired);
    mine.expires = bench.now.wall + milliseconds{1};
    unlock(mine);
    EXPECT_FALSE(answer());
    store();
    EXPECT_TRUE(bench.released());
}

TEST_F(Mandates, WhatExpiresWhileItIsStoredIsNotDone) {
    Mandate mine = mandate(5);
    mine.expires = bench.now.wall + seconds{2};
    unlock(mine);
    bench.pass(seconds{2});
    store();
    EXPECT_EQ(answer(), Outcome::command_expired);
    EXPECT_FALSE(bench.released());
}

TEST_F(Mandates, WhoseKeyIsRevokedWhileItIsStoredIsNotDone) {
    unlock(mandate(5));
    const SignerSet without = signers(2, {2});
    bench.handle(SignersChanged{&without, {}});
    store();
    EXPECT_EQ(answer(), Outcome::signer_unknown);
    EXPECT_FALSE(bench.released());
}

TEST_F(Mandates, WithoutAClockToTrustNoneCounts) {
    bench.now.wall_trusted = false;
    unlock(mandate(5));
    EXPECT_EQ(answer(), Outcome::clock_unset);
}

TEST_F(Mandates, TheFirstOfAKeyMustNotBeFromBeforeItsSet) {
    Mandate mine = mandate(5);
    mine.not_before = *bench.state().sequences.since - milliseconds{1};
    unlock(mine);
    EXPECT_EQ(answer(), Outcome::command_too_old);
    mine.not_before = *bench.state().sequences.since;
    unlock(mine);
    EXPECT_FALSE(answer());
    mine.sequence = 6;
    mine.not_before -= minutes{1};
    unlock(mine);
    EXPECT_FALSE(answer()) << "then its sequence tells";
}

TEST_F(Mandates, AKeyThatComesBackRepeatsNothing) {
    const Mandate mine = mandate(5);
    unlock(mine);
    store();
    const SignerSet without = signers(2, {2});
    bench.handle(SignersChanged{&without, {}});
    bench.pass(seconds{10});
    const SignerSet again = signers(3, {1, 2});
    bench.handle(SignersChanged{&again, {}});
    unlock(mine);
    EXPECT_EQ(answer(), Outcome::command_too_old);
    EXPECT_EQ(bench.count(RecordType::released), 1u);
}

TEST(SignerSequences, AreInForceSinceAClockThatMayBeRight) {
    SignerSequences sequences;
    const auto see = [&](hours wall, bool trusted) {
        sequences.see({.boot = 1, .wall = Wall(wall), .trusted = trusted});
    };
    const hours now{24 * 20'600};
    see(now, false);
    EXPECT_FALSE(sequences.since);
    see(hours{24}, true);
    EXPECT_FALSE(sequences.since) << "a clock without a battery";
    see(now + hours{24 * 3650}, true);
    see(now, true);
    EXPECT_EQ(sequences.since, Wall(now)) << "one that was wrong by years";
    see(now + hours{1}, true);
    EXPECT_EQ(sequences.since, Wall(now));
}

TEST_F(Mandates, AKeyThatIsRevokedSignsNothingFromThenOn) {
    unlock(mandate(5));
    store();
    const SignerSet without = signers(2, {2});
    bench.handle(SignersChanged{&without, {ActorRole::uplink, 7}});
    EXPECT_EQ(bench.last(RecordType::signer_removed).actor.uid, 1u);
    EXPECT_EQ(bench.last(RecordType::signers_loaded).value, 2);
    EXPECT_EQ(bench.state().sequences.version, 2u);
    EXPECT_EQ(bench.state().sequences.of(1), 0u);
    unlock(mandate(6));
    EXPECT_EQ(answer(), Outcome::signer_unknown);
}

TEST_F(Mandates, ASetThatHasExpiredCountsNoMoreAndIsAnAlarmAMonthBefore) {
    const SignerSet short_lived = signers(2, {1, 2}, bench.now.wall + hours{24 * 31});
    bench.handle(SignersChanged{&short_lived, {}});
    EXPECT_FALSE(bench.alarm(AlarmKind::signers_expire));
    bench.pass(hours{24});
    EXPECT_TRUE(bench.alarm(AlarmKind::signers_expire));
    bench.pass(hours{24 * 30});
    unlock(mandate(5));
    EXPECT_EQ(answer(), Outcome::signers_expired);
    const SignerSet newer = signers(3, {1, 2});
    bench.handle(SignersChanged{&newer, {}});
    EXPECT_FALSE(bench.alarm(AlarmKind::signers_expire));
    bench.pass(minutes{1});
    unlock(mandate(5));
    store();
    EXPECT_TRUE(bench.released());
}

TEST_F(Mandates, WithAFullLogNothingIsDoneThatNobodyCouldProve) {
    bench.handle(LogHealthChanged{.full = true});
    unlock(mandate(5));
    EXPECT_EQ(answer(), Outcome::log_full);
    store();
    EXPECT_FALSE(bench.released());
}

TEST_F(Mandates, SoManyWaitAndNoMore) {
    for (std::uint64_t i = 1; i <= 8; ++i) {
        unlock(mandate(i));
        EXPECT_FALSE(answer()) << i;
    }
    unlock(mandate(9));
    EXPECT_EQ(answer(), Outcome::too_many_commands);
    store();
    EXPECT_EQ(bench.count(RecordType::released), 8u);
    EXPECT_EQ(bench.state().sequences.of(1), 8u) << "one that was refused may come again";
}

TEST_F(Mandates, WhoeverFloodsAStationFillsNoLog) {
    for (int i = 0; i < 1000; ++i) bench.handle(CommandRefused{.why = Outcome::signature_wrong});
    EXPECT_EQ(bench.count(RecordType::commands_refused), 1u);
    EXPECT_EQ(bench.last(RecordType::commands_refused).value, 1);
    bench.pass(minutes{1});
    EXPECT_EQ(bench.count(RecordType::commands_refused), 2u);
    EXPECT_EQ(bench.last(RecordType::commands_refused).value, 999);
    bench.handle(CommandRefused{.why = Outcome::command_expired, .signer = 2});
    EXPECT_EQ(bench.last(RecordType::commands_refused).actor.uid, 2u) << "of another kind at once";
    bench.handle(CommandRefused{.why = Outcome::command_expired, .signer = 2});
    bench.handle(Stopping{});
    EXPECT_EQ(bench.count(RecordType::commands_refused), 4u) << "and what is not told yet before a stop";
    EXPECT_EQ(bench.records.back().type, RecordType::stopped);
}

TEST_F(Mandates, AStopAnswersWhatWaits) {
    unlock(mandate(5));
    bench.handle(Stopping{});
    EXPECT_EQ(answer(), Outcome::command_not_stored);
    store();
    EXPECT_FALSE(bench.released());
}

TEST_F(Mandates, AMaintainersOrderWaitsForNothing) {
    bench.order(UnlockDoor{.door = front, .release = {}});
    EXPECT_TRUE(bench.released());
}

}  // namespace
}  // namespace yizhan::testing
