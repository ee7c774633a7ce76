// Two collectors of a group that write to the same feed at once.
#include <thread>

#include "tests/collector/filled_database.h"
#include "tools/collector/open_feed.h"

namespace yizhan::collector {
namespace {

TEST(TwoCollectorsAtOnce, OneThatStoresRecordsAndOneThatStoresACheckpointDoNotWaitForEachOther) {
    const OnPostgresql kind;
    const auto storing = open_sql(kind.where()).value();
    ASSERT_TRUE(make_tables(*storing));
    ASSERT_TRUE(note_checkpoint(*storing, "one", checkpoint(10)));

    ASSERT_TRUE(storing->run(storing->dialect().begin));
    auto feed = OpenFeed::lock(*storing, {"one", 7});
    ASSERT_TRUE(feed);
    Result<std::uint64_t> noted = 0;
    std::thread other([&] { noted = note_checkpoint(*open_sql(kind.where()).value(), "one", checkpoint(20)); });
    const auto looking_on = open_sql(kind.where()).value();
    const auto waiting = [&] {
        return looking_on->run("SELECT count(*) FROM pg_locks WHERE NOT granted").value().integer(0, 0);
    };
    while (waiting() == 0) std::this_thread::yield();
    auto batches = batch(1, 10);
    for (FeedRecord& record : batches.records) feed->take(std::move(record));
    const auto flaws = feed->compare_checkpoint(*storing);
    EXPECT_TRUE(flaws) << flaws.error().what;
    EXPECT_TRUE(storing->run("COMMIT"));
    other.join();
    EXPECT_TRUE(noted) << noted.error().what;
}

}  // namespace
}  // namespace yizhan::collector
