// Kills, power cuts, dead brokers and slow disks.
#include <gtest/gtest.h>

#include <algorithm>

#include "firmware/storage/database.h"
#include "tests/scenario/whole_station.h"
#include "tests/support/sample.h"

namespace yizhan::testing {
namespace {

TEST(Restart, AKilledStationKnowsWhoIsInAndWhatTheyUse) {
    WholeStation whole;
    whole.start_all();
    whole.visit_begins("courier");
    whole.visit_begins("driver");
    whole.swipe(at_desk, "driver");
    whole.run(seconds{2});
    whole.kill_stationd();
    EXPECT_FALSE(whole.world->outlet_powered(0)) << "outputs are safe while nobody decides";
    ASSERT_TRUE(whole.start_stationd());
    whole.run(seconds{3});
    EXPECT_EQ(whole.count(), 2U);
    EXPECT_TRUE(whole.world->outlet_powered(0));
    whole.visit_ends("driver");
    EXPECT_EQ(whole.count(), 1U);
    EXPECT_FALSE(whole.world->outlet_powered(0));
    EXPECT_EQ(whole.station().state().confidence(), Confidence::estimated) << "nobody counted meanwhile";
}

TEST(Restart, APowerCutLosesNothingThatWasReportedStored) {
    for (int swipes = 1; swipes <= 6; ++swipes) {
        WholeStation whole({.seed = static_cast<std::uint64_t>(swipes)});
        whole.start_all();
        for (int i = 0; i < swipes; ++i) whole.swipe(at_entry, i % 2 == 0 ? "courier" : "stranger");
        const auto stored = whole.stationd->log().stored();
        EXPECT_GT(stored, 0U);
        whole.cut_power();
        whole.run(seconds{1});
        whole.start_all();
        EXPECT_GE(whole.station().state().seq, stored);
        const json log = whole.ask({{"do", "log"}, {"after", 0}, {"limit", 100}});
        ASSERT_TRUE(log.contains("records")) << log.dump();
        std::uint64_t expected = 1;
        for (const json& record : log.at("records")) EXPECT_EQ(record.at("seq"), expected++);
        EXPECT_GT(expected, stored);
    }
}

// A start after a power cut reckons by its own clock what was under way; the next one must not have to do it again,
// with what came meanwhile.
TEST(Restart, WhatWasUnderWayAtAPowerCutIsTheSameAfterTheNextKill) {
    WholeStation whole;
    whole.start_all();
    whole.run(hours{1});
    whole.swipe(at_entry, "courier");
    whole.push_door();
    whole.cut_power();
    whole.run(seconds{1});
    whole.start_all();
    whole.run(seconds{10});  // the door closes by itself
    const auto before = whole.station().state().doors[0].phase.index();
    whole.kill_stationd();
    ASSERT_TRUE(whole.start_stationd());
    EXPECT_EQ(whole.station().state().doors[0].phase.index(), before);
}

TEST(Restart, ACleanStopSaysSo) {
    WholeStation whole;
    whole.start_all();
    whole.stop_stationd();
    ASSERT_TRUE(whole.start_stationd());
    whole.run(seconds{2});
    const json log = whole.ask({{"do", "log"}, {"type", "started"}});
    EXPECT_EQ(log.at("records").back().at("value"), 1);
}

TEST(Uplink, NothingIsMissingAfterABrokerThatWasAwayForHours) {
    WholeStation whole;
    whole.start_all();
    whole.visit_begins("courier");
    whole.run(seconds{5});
    whole.broker.go_away();
    const int hours = sample("hours without a broker", 3, 24);
    for (int hour = 0; hour < hours; ++hour) {
        whole.swipe(at_entry, "stranger");
        whole.run(std::chrono::hours{1});
    }
    const auto last = whole.station().state().seq;
    EXPECT_EQ(whole.status().at("uplink").at("connected"), false);
    whole.broker.come_back();
    ASSERT_TRUE(whole.comes([&] { return whole.received.size() >= last; }, minutes{5}));
    for (std::size_t i = 0; i < last; ++i) ASSERT_EQ(whole.order[i], i + 1) << "in order";
    EXPECT_TRUE(whole.comes([&] { return whole.stationd->log().acknowledged() >= last; }));
}

TEST(Uplink, RecordsArriveThoughBothDaemonsAreKilledAtAnyMoment) {
    WholeStation whole({.seed = 9});
    whole.start_all();
    for (int round = 0; round < 12; ++round) {
        whole.swipe(at_entry, round % 3 == 0 ? "courier" : "stranger");
        whole.run(milliseconds{static_cast<std::int64_t>(whole.dice.below(400))});
        if (round % 2 == 0) {
            whole.kill_uplink();
            whole.run(milliseconds{static_cast<std::int64_t>(whole.dice.below(3000))});
            whole.start_uplink();
        } else {
            whole.kill_stationd();
            whole.run(milliseconds{static_cast<std::int64_t>(whole.dice.below(3000))});
            ASSERT_TRUE(whole.start_stationd());
            whole.run(seconds{3});
        }
    }
    const auto stored = [&] { return whole.stationd->log().stored(); };
    ASSERT_TRUE(whole.comes([&] { return whole.received.size() == whole.station().state().seq; }, minutes{5}))
        << whole.received.size() << " of " << stored();
    std::uint64_t expected = 1;
    for (const auto& [id, record] : whole.received) EXPECT_EQ(id.second, expected++);
}

TEST(Uplink, TheCentreSeesAStationThatIsLost) {
    WholeStation whole;
    whole.start_all();
    const auto state = [&] {
        const auto text = whole.broker.retained("yizhan/v1/demo/status");
        return text ? json::parse(*text).at("state").get<std::string>() : std::string{};
    };
    EXPECT_EQ(state(), "online");
    whole.kill_uplink();
    EXPECT_TRUE(whole.comes([&] { return state() == "lost"; }));
}

TEST(Uplink, AnIdleStationSendsNothingButWhatIsDue) {
    WholeStation whole;
    whole.start_all();
    whole.run(minutes{1});
    const auto before = whole.broker.messages();
    whole.run(std::chrono::hours{sample("idle hours", 3, 24)});
    EXPECT_EQ(whole.broker.messages(), before);
}

TEST(Disk, OneThatIsFullOrReadOnlyRaisesAnAlarmAndTheDoorWorksOn) {
    // Read-only: as the kernel makes an SD card whose writes fail.
    for (const auto set : {&simulated::Disk::set_full, &simulated::Disk::set_read_only}) {
        WholeStation whole;
        whole.start_all();
        (whole.disk.*set)(true);
        for (int i = 0; i < 40; ++i) whole.swipe(at_entry, "courier");
        EXPECT_TRUE(whole.lock_released());
        EXPECT_TRUE(whole.station().state().has_alarm(AlarmKind::log_failed));
        (whole.disk.*set)(false);
        ASSERT_TRUE(whole.comes([&] { return whole.received.size() == whole.station().state().seq; }, minutes{10}));
        EXPECT_EQ(whole.station().state().alarms.size(), 0U);
    }
}

TEST(Disk, StatusCountsRecordsThatAreStoredLaterThanTheSettingsWant) {
    WholeStation whole({.edit = [](std::string text) {
        return text.replace(text.find("[log]\n"), 6, "[log]\nstore_within = \"15ms\"\n");
    }});
    whole.start_all();
    whole.visit_begins("courier");
    EXPECT_EQ(whole.status()["log"]["late"], 0);
    whole.log_worker->set_latency(milliseconds{20});
    whole.visit_ends("courier");
    whole.run(seconds{5});
    const json log = whole.status()["log"];
    EXPECT_GE(log["late"].get<int>(), 1);
    EXPECT_GE(log["slowest_ms"].get<int>(), 20);
}

TEST(Disk, ADamagedLogIsSetAsideAndTheDoorWorksOn) {
    WholeStation whole;
    whole.start_all();
    whole.visit_begins("courier");
    whole.stop_stationd();
    std::string& log = whole.disk.contents(whole.settings.log.path);
    const std::string damaged = log.replace(0, 100, 100, 'x');
    whole.disk.put(whole.settings.log.path, damaged);
    ASSERT_TRUE(whole.start_stationd());
    whole.run(seconds{2});
    EXPECT_EQ(whole.disk.contents(whole.settings.log.path + ".damaged-1"), damaged);
    EXPECT_TRUE(whole.station().state().has_alarm(AlarmKind::log_replaced));
    EXPECT_EQ(whole.station().state().confidence(), Confidence::estimated) << "nobody knows who is inside";
    whole.visit_begins("driver");
    EXPECT_EQ(whole.count(), 1U);
    whole.run(seconds{5});
    EXPECT_TRUE(whole.station().state().has_alarm(AlarmKind::log_replaced)) << "until somebody has looked";
    whole.ask({{"do", "alarm"}, {"alarm", "log-replaced"}, {"action", "acknowledge"}});
    EXPECT_FALSE(whole.station().state().has_alarm(AlarmKind::log_replaced));
}

TEST(Disk, ALogThatTurnsOutToBeDamagedInUseIsSetAsideAndNobodyIsForgotten) {
    WholeStation whole;
    whole.start_all();
    whole.visit_begins("courier");
    whole.stop_stationd();
    // A page that a start does not read, and the first record that is stored does.
    std::string& log = whole.disk.contents(whole.settings.log.path);
    {
        auto database = Database::open(whole.settings.log.path, whole.disk.name());
        ASSERT_TRUE(database && (*database)->execute("PRAGMA locking_mode = EXCLUSIVE"));
        const auto page = (*database)->integer("SELECT rootpage FROM sqlite_schema WHERE name = 'record_wall'");
        ASSERT_TRUE(page && *page > 1);
        log.replace(4096 * (static_cast<std::size_t>(*page) - 1), 4096, 4096, 'x');
    }
    whole.disk.put(whole.settings.log.path, log);
    const auto epoch = whole.received.rbegin()->first.first;
    ASSERT_TRUE(whole.start_stationd());
    whole.visit_begins("driver");
    EXPECT_EQ(whole.count(), 2U) << "nobody is forgotten";
    const auto before = whole.stationd->log().beginning().deleted;
    EXPECT_GT(before, 0U);
    EXPECT_TRUE(whole.disk.exists(whole.settings.log.path + ".damaged-1"));
    EXPECT_TRUE(whole.station().state().has_alarm(AlarmKind::log_replaced));
    EXPECT_FALSE(whole.station().state().has_alarm(AlarmKind::log_failed));
    // The centre has all that was recorded since, as another epoch, and knows where that begins.
    const auto last = whole.station().state().seq;
    const auto is_new = [&](const auto& entry) { return entry.first.first != epoch; };
    const auto fresh = [&] { return static_cast<std::uint64_t>(std::ranges::count_if(whole.received, is_new)); };
    ASSERT_TRUE(whole.comes([&] { return fresh() == last - before; }, minutes{5}))
        << fresh() << " of " << last - before;
    EXPECT_EQ(std::ranges::find_if(whole.received, is_new)->first.second, before + 1);
    const json state = json::parse(*whole.broker.retained("yizhan/v1/demo/state"));
    EXPECT_EQ(state.at("log").at("first"), before + 1);
    EXPECT_TRUE(state.at("log").contains("before"));
    // And the next start finds it as it was left.
    whole.kill_stationd();
    ASSERT_TRUE(whole.start_stationd());
    EXPECT_EQ(whole.count(), 2U);
}

TEST(Disk, OneThatDoesNotWorkAtTheStartKeepsNobodyOut) {
    for (const bool read_only : {false, true}) {
        WholeStation whole;
        whole.start_all();
        whole.stop_stationd();
        whole.disk.set_read_only(read_only);
        whole.disk.set_failing(!read_only);
        ASSERT_TRUE(whole.start_stationd());
        whole.run(seconds{2});
        EXPECT_TRUE(whole.station().state().has_alarm(AlarmKind::log_failed));
        EXPECT_EQ(whole.station().state().confidence(), Confidence::estimated);
        whole.visit_begins("courier");
        EXPECT_EQ(whole.count(), 1U);
        const json log = whole.ask({{"do", "log"}, {"type", "entered"}});
        EXPECT_EQ(log.at("records").size(), 1U);
        whole.run(minutes{20});
        EXPECT_TRUE(whole.station().state().has_alarm(AlarmKind::log_failed)) << "it is in memory only";
        whole.disk.set_read_only(false);
        whole.disk.set_failing(false);
        whole.stop_stationd();
        ASSERT_TRUE(whole.start_stationd());
        whole.run(seconds{2});
        EXPECT_FALSE(whole.station().state().has_alarm(AlarmKind::log_failed));
        EXPECT_TRUE(whole.ask({{"do", "log"}, {"type", "entered"}}).at("records").empty());
        EXPECT_EQ(whole.station().state().confidence(), Confidence::estimated) << "somebody came in meanwhile";
    }
}

TEST(Disk, AStalledCommitRaisesAnAlarmThatClears) {
    WholeStation whole;
    whole.start_all();
    whole.log_worker->stall();
    whole.swipe(at_entry, "courier");
    whole.run(seconds{15});
    const auto stalled = [&] {
        const auto& alarms = whole.station().state().alarms;
        return std::any_of(alarms.begin(), alarms.end(),
                           [](const Alarm& a) { return a.kind == AlarmKind::log_stalled; });
    };
    EXPECT_TRUE(stalled());
    whole.log_worker->resume();
    EXPECT_TRUE(whole.comes([&] { return !stalled(); }));
}

TEST(Reader, OneThatIsUnpluggedRaisesAnAlarmAndComesBack) {
    WholeStation whole;
    whole.start_all();
    whole.world->id_card_reader(at_entry).detach();
    EXPECT_TRUE(whole.comes([&] { return whole.alarm_at_centre("reader-fault-front-in"); }, seconds{30}));
    whole.swipe(at_exit, "courier");
    EXPECT_TRUE(whole.lock_released()) << "other readers never notice";
    whole.world->id_card_reader(at_entry).attach();
    EXPECT_TRUE(whole.comes([&] { return !whole.alarm_at_centre("reader-fault-front-in"); }, seconds{30}));
}

TEST(Reader, OneThatIsAbsentAtTheStartRaisesAnAlarmAndClearsItWhenItComes) {
    WholeStation whole;
    whole.start_all();
    whole.kill_stationd();
    whole.world->id_card_reader(at_entry).detach();
    ASSERT_TRUE(whole.start_stationd());
    EXPECT_TRUE(whole.comes([&] { return whole.alarm_at_centre("reader-fault-front-in"); }, seconds{30}));
    whole.world->id_card_reader(at_entry).attach();
    EXPECT_TRUE(whole.comes([&] { return !whole.alarm_at_centre("reader-fault-front-in"); }, seconds{30}));
}

TEST(Settings, AreReloadedWholeOrNotAtAll) {
    WholeStation whole;
    whole.start_all();
    std::string next = whole.settings_text;
    next.replace(next.find("capacity = 20"), 13, "capacity = 21");
    whole.files.put(whole.settings_path, next);
    whole.stationd->reload();
    EXPECT_TRUE(whole.comes([&] { return whole.station().config().capacity == 21; }));
    std::string broken = next;
    broken.replace(broken.find("capacity = 21"), 13, "capacity = \"many\"\ncolour = 3");
    whole.files.put(whole.settings_path, broken);
    whole.stationd->reload();
    EXPECT_TRUE(whole.comes([&] { return whole.troubles.size() >= 2; })) << "every error is told";
    EXPECT_EQ(whole.station().config().capacity, 21);
    whole.swipe(at_entry, "courier");
    EXPECT_TRUE(whole.lock_released());
}

TEST(Restart, AStartIsStoredBeforeAnythingCanHappen) {
    WholeStation whole;
    whole.start_all();
    whole.run(seconds{1});
    whole.stop_stationd();
    ASSERT_TRUE(whole.start_stationd());
    const auto started = whole.stationd->log().stored();
    EXPECT_GE(started, 1U);
    whole.cut_power();  // before the loop has turned once
    ASSERT_TRUE(whole.start_stationd());
    EXPECT_GT(whole.stationd->log().stored(), started) << "a start behind that start";
    EXPECT_EQ(whole.station().state().confidence(), Confidence::estimated) << "it was no clean stop";
}

TEST(Restart, AnIdleStationRaisesTheAlarmOfALostClock) {
    WholeStation whole;
    whole.start_all();
    whole.run(minutes{5});
    whole.scheduler.set_wall_trusted(false);
    whole.run(minutes{9});
    const auto alarms = [&] { return whole.station().state().alarms.size(); };
    EXPECT_EQ(alarms(), 0U);
    whole.run(minutes{1} + seconds{1});
    EXPECT_EQ(alarms(), 1U);
    whole.scheduler.set_wall_trusted(true);
    whole.run(seconds{1});
    EXPECT_EQ(alarms(), 0U);
}

TEST(Restart, StopsWithItsOutputsSafeBeforeItWaitsForTheDisk) {
    WholeStation whole;
    whole.start_all();
    EXPECT_TRUE(whole.ask({{"do", "door"}, {"door", "front"}, {"action", "hold"}}).value("ok", false));
    EXPECT_TRUE(whole.comes([&] { return whole.lock_released(); }));
    bool synced = false;
    whole.disk.on_sync([&](const std::string&, std::uint64_t) {
        EXPECT_FALSE(whole.lock_released());
        return synced = true;
    });
    whole.stop_stationd();
    EXPECT_TRUE(synced);
}

}  // namespace
}  // namespace yizhan::testing
