// Uplink, broker and collectors as they run: real mosquitto, real NATS, real databases, real time.
#include <nlohmann/json.hpp>

#include "drivers/ports/event_loop.h"
#include "drivers/ports/random.h"
#include "tests/collector/databases.h"
#include "tests/collector/real_programs.h"
#include "tools/collector/verify.h"

namespace yizhan::collector {
namespace {

class DeliveryToCollectors : public ::testing::Test {
 protected:
    [[nodiscard]] bool comes(const std::function<bool()>& condition) {
        const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds{100};
        while (!condition()) {
            if (std::chrono::steady_clock::now() > limit) return false;
            loop.turn(milliseconds{20});
        }
        return true;
    }
    static std::pair<std::int64_t, std::int64_t> count_and_last(const std::string& where) {
        const auto rows = open_sql(where).value()->run("SELECT count(*), max(seq) FROM record").value();
        return {rows.integer(0, 0), rows.integer(0, 1)};
    }

    ScratchDirectory scratch;
    SdEventLoop loop{ClockPolicy::always};
    SystemRandom random;
};

TEST_F(DeliveryToCollectors, TwoCollectorsShareTheFeedsOfABrokerAndTheirDatabaseHasEachRecordOnce) {
    RealBroker broker(scratch, "allow_anonymous true\n");
    const OnPostgresql database;
    RealStation station(loop, random, scratch, broker);
    RealCollector first(loop, random, database.where(), broker, "one", "centre");
    auto second = std::make_unique<RealCollector>(loop, random, database.where(), broker, "two", "centre");
    ASSERT_TRUE(comes([&] { return first.collector.connected() && second->collector.connected(); }));
    station.stationd.append_records(20'000);
    ASSERT_TRUE(comes([&] { return station.stationd.acknowledged > 5'000; }));
    EXPECT_GT(first.collector.counts().batches, 0u);
    EXPECT_GT(second->collector.counts().batches, 0u);
    second.reset();  // killed, with what it had been given
    ASSERT_TRUE(comes([&] { return station.stationd.acknowledged == 20'000; }));
    EXPECT_EQ(count_and_last(database.where()), std::pair(std::int64_t{20'000}, std::int64_t{20'000}));
    auto opened = open_sql(database.where()).value();
    EXPECT_EQ(verify(*opened, std::nullopt).value().at(0).what, "");
}

TEST_F(DeliveryToCollectors, ACollectorWithoutADatabaseTakesNothingFromTheOthersOfItsGroup) {
    RealBroker broker(scratch, "allow_anonymous true\n");
    const OnSqlite database;
    RealStation station(loop, random, scratch, broker);
    RealCollector first(loop, random, database.where(), broker, "one", "centre");
    RealCollector second(loop, random, "postgresql://nobody@127.0.0.1:1/nowhere", broker, "two", "centre");
    ASSERT_TRUE(comes([&] { return first.collector.connected() && second.collector.counts().database_failures > 1; }));
    station.stationd.append_records(5'000);
    ASSERT_TRUE(comes([&] { return station.stationd.acknowledged == 5'000; }));
    EXPECT_FALSE(second.collector.connected());
    EXPECT_EQ(second.collector.counts().dropped_messages, 0u);
    EXPECT_EQ(first.collector.counts().asked_again, 0u);
}

TEST_F(DeliveryToCollectors, WithABrokerThatSpeaksMqtt311Only) {
    RealNats broker(scratch);
    const OnSqlite database;
    RealStation station(loop, random, scratch, broker);
    RealCollector collector(loop, random, database.where(), broker, "one", "");
    station.stationd.append_records(3'000);
    ASSERT_TRUE(comes([&] { return station.stationd.acknowledged == 3'000; }));
    broker.kill_hard();
    station.stationd.append_records(3'000);
    loop.turn(milliseconds{20});
    broker.start();
    ASSERT_TRUE(comes([&] { return station.stationd.acknowledged == 6'000; }));
    EXPECT_EQ(count_and_last(database.where()), std::pair(std::int64_t{6'000}, std::int64_t{6'000}));
}

TEST_F(DeliveryToCollectors, WhenABrokerDiesStationAndCollectorMeetAtTheOtherAndEachRecordIsThereOnce) {
    const ScratchDirectory elsewhere;
    RealBroker first(scratch, "allow_anonymous true\n");
    RealBroker second(elsewhere, "allow_anonymous true\n");
    const OnSqlite database;
    RealStation station(loop, random, scratch, first, &second);
    RealCollector collector(loop, random, database.where(), first, "one", "", &second);
    std::uint64_t deaths = 0;
    for (RealBroker* dying : {&first, &second, &first}) {
        const auto before = station.stationd.acknowledged;
        station.stationd.append_records(4'000);
        ASSERT_TRUE(comes([&] { return station.stationd.acknowledged > before; }));
        EXPECT_LT(station.stationd.acknowledged, station.stationd.last()) << "in mid-feed";
        dying->kill_hard();
        ++deaths;
        ASSERT_TRUE(comes([&] { return station.stationd.acknowledged == station.stationd.last(); }));
        EXPECT_TRUE(collector.collector.connected());
        const auto all = static_cast<std::int64_t>(deaths * 4'000);
        EXPECT_EQ(count_and_last(database.where()), std::pair(all, all));
        dying->start();
    }
}

TEST_F(DeliveryToCollectors, TheDatabaseMayGoAndComeBackAtAnyTime) {
    RealBroker broker(scratch, "allow_anonymous true\n");
    const OnPostgresql database;
    RealStation station(loop, random, scratch, broker);
    RealCollector collector(loop, random, database.where(), broker, "one", "");
    for (int round = 0; round < 3; ++round) {
        const auto before = station.stationd.acknowledged;
        station.stationd.append_records(4'000);
        ASSERT_TRUE(comes([&] { return station.stationd.acknowledged > before; }));
        OnPostgresql::server().kill_hard();
        for (int turn = 0; turn < 20; ++turn) loop.turn(milliseconds{20});
        OnPostgresql::server().start();
    }
    ASSERT_TRUE(comes([&] { return station.stationd.acknowledged == 12'000; }));
    EXPECT_EQ(count_and_last(database.where()), std::pair(std::int64_t{12'000}, std::int64_t{12'000}));
}

}  // namespace
}  // namespace yizhan::collector
