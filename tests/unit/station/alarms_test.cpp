#include "tests/unit/station/bench.h"

namespace yizhan::testing {
namespace {

// Conditions that must last before they are an alarm.
struct Lasting {
    AlarmKind kind;
    milliseconds after;
    void (*begin)(Bench&);
    void (*end)(Bench&);
};

const std::vector<Lasting> lasting{
    {AlarmKind::reader_fault, seconds{10},
     [](Bench& b) { b.handle(ReaderHealthChanged{entry, ReaderHealth::offline}); },
     [](Bench& b) { b.handle(ReaderHealthChanged{entry, ReaderHealth::online}); }},
    {AlarmKind::output_fault, milliseconds{0}, [](Bench& b) { b.handle(OutputFault{front, {}, true}); },
     [](Bench& b) { b.handle(OutputFault{front, {}, false}); }},
    {AlarmKind::input_fault, seconds{10}, [](Bench& b) { b.handle(DoorContactChanged{front, std::nullopt}); },
     [](Bench& b) { b.handle(DoorContactChanged{front, false}); }},
    {AlarmKind::input_fault, seconds{10}, [](Bench& b) { b.handle(ExitButtonChanged{front, std::nullopt}); },
     [](Bench& b) { b.handle(ExitButtonChanged{front, false}); }},
    {AlarmKind::input_fault, seconds{10}, [](Bench& b) { b.handle(InputChanged{fire_input, std::nullopt}); },
     [](Bench& b) { b.handle(InputChanged{fire_input, false}); }},
    {AlarmKind::log_failed, milliseconds{0}, [](Bench& b) { b.handle(LogHealthChanged{true, false}); },
     [](Bench& b) { b.handle(LogHealthChanged{false, false}); }},
    {AlarmKind::log_shortened, milliseconds{0}, [](Bench& b) { b.handle(LogHealthChanged{.shortened = true}); },
     [](Bench& b) { b.handle(LogHealthChanged{}); }},
    {AlarmKind::log_stalled, seconds{10},
     [](Bench& b) { b.log_works = false, b.handle(CardRefused{entry, Outcome::unreadable}); },
     [](Bench& b) { b.log_works = true, b.handle(TimePassed{}); }},
    {AlarmKind::uplink, seconds{60}, [](Bench& b) { b.handle(UplinkReport{false}); },
     [](Bench& b) { b.handle(UplinkReport{true}); }},
    {AlarmKind::clock_untrusted, minutes{10}, [](Bench& b) { b.now.wall_trusted = false, b.handle(TimePassed{}); },
     [](Bench& b) { b.now.wall_trusted = true, b.handle(TimePassed{}); }},
    {AlarmKind::tamper, milliseconds{0}, [](Bench& b) { b.handle(InputChanged{tamper_input, true}); },
     [](Bench& b) { b.handle(InputChanged{tamper_input, false}); }},
    {AlarmKind::fire, milliseconds{0}, [](Bench& b) { b.handle(InputChanged{fire_input, true}); },
     [](Bench& b) { b.handle(InputChanged{fire_input, false}); }},
};

TEST(Alarms, RiseWhenTheirConditionHasLastedAndClearWhenItEnds) {
    for (const Lasting& alarm : lasting) {
        SCOPED_TRACE(name_of(alarm.kind));
        Bench bench;
        bench.contact(false);
        bench.pass(seconds{60});
        alarm.begin(bench);
        if (alarm.after > milliseconds{0}) {
            bench.pass(alarm.after - milliseconds{1});
            EXPECT_FALSE(bench.alarm(alarm.kind));
            bench.pass(milliseconds{1});
        }
        EXPECT_TRUE(bench.alarm(alarm.kind));
        bench.pass(std::chrono::hours{1});
        alarm.end(bench);
        EXPECT_FALSE(bench.alarm(alarm.kind));
        EXPECT_EQ(bench.count(RecordType::alarm_raised), 1U) << "once, however long it lasts";
        EXPECT_EQ(bench.count(RecordType::alarm_cleared), 1U);
    }
}

TEST(Alarms, AConditionThatEndsInTimeIsNone) {
    for (const Lasting& alarm : lasting) {
        if (alarm.after == milliseconds{0}) continue;
        SCOPED_TRACE(name_of(alarm.kind));
        Bench bench;
        bench.contact(false);
        bench.pass(seconds{60});
        for (int i = 0; i < 3; ++i) {
            alarm.begin(bench);
            bench.pass(alarm.after - milliseconds{1});
            alarm.end(bench);
        }
        bench.pass(std::chrono::hours{1});
        EXPECT_EQ(bench.count(RecordType::alarm_raised), 0U);
    }
}

TEST(Alarms, AStandingOneSurvivesARestartWithItsConditionAndIsNotRaisedTwice) {
    Bench before;
    before.handle(ReaderHealthChanged{entry, ReaderHealth::offline});
    before.pass(seconds{11});
    ASSERT_TRUE(before.alarm(AlarmKind::reader_fault));
    Bench after(usual_station(), before.state());
    after.handle(ReaderHealthChanged{entry, ReaderHealth::starting});
    after.handle(ReaderHealthChanged{entry, ReaderHealth::offline});
    after.pass(std::chrono::hours{1});
    EXPECT_TRUE(after.alarm(AlarmKind::reader_fault));
    EXPECT_EQ(after.count(RecordType::alarm_raised), 0U);
    after.handle(ReaderHealthChanged{entry, ReaderHealth::online});
    EXPECT_FALSE(after.alarm(AlarmKind::reader_fault));
}

TEST(Alarms, AStationOfMembersWithoutAListSaysSo) {
    StationConfig config = usual_station();
    config.policy = AdmissionPolicy::members;
    Bench bench(config);
    bench.pass(seconds{10});
    EXPECT_TRUE(bench.alarm(AlarmKind::no_member_list));
    bench.card(entry, 1);
    EXPECT_EQ(bench.shown, Outcome::no_member_list);
}

TEST(Alarms, WhomAListBarsIsNotLetInWhileItIsBeingRead) {
    Bench bench;
    bench.handle(MembersAwaited{});
    bench.card(entry, 1);
    EXPECT_EQ(bench.shown, Outcome::no_member_list);
    EXPECT_EQ(bench.count(RecordType::granted), 0U);
    // There is none, as is now known.
    bench.handle(MembersChanged{});
    bench.card(entry, 1);
    EXPECT_EQ(bench.shown, Outcome::welcome);
}

TEST(Alarms, ADiskThatHangsWithTheListKeepsNobodyOutForLong) {
    Bench bench;
    bench.handle(MembersAwaited{});
    bench.pass(seconds{5} - milliseconds{1});
    bench.card(entry, 1);
    EXPECT_EQ(bench.shown, Outcome::no_member_list);
    bench.pass(milliseconds{1});
    bench.card(entry, 1);
    EXPECT_EQ(bench.shown, Outcome::welcome);
}

TEST(Alarms, RecordsThatCouldNotBeKeptAreCountedAndSaidFirst) {
    Bench bench;
    bench.contact(false);
    const std::size_t kept = bench.records.size();
    bench.handle(LogHealthChanged{true, true});
    bench.card(entry, 1);
    EXPECT_TRUE(bench.released()) << "the door does not wait for the disk";
    EXPECT_EQ(bench.records.size(), kept);
    bench.pass(seconds{6});
    bench.handle(LogHealthChanged{false, false});
    ASSERT_GT(bench.records.size(), kept);
    EXPECT_EQ(bench.records[kept].type, RecordType::records_lost);
    EXPECT_GE(bench.records[kept].value, 3);
    EXPECT_EQ(bench.records[kept].seq, kept + 1) << "the sequence has no hole";
}

}  // namespace
}  // namespace yizhan::testing
