// A database of either kind, and what collectors do with it.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/collector/databases.h"
#include "tools/collector/report.h"
#include "tools/collector/verify.h"

namespace yizhan::collector {

template <class Kind>
class FilledDatabase : public ::testing::Test {
 protected:
    FilledDatabase() {
        open();
        EXPECT_TRUE(make_tables(*database));
        EXPECT_TRUE(make_tables(*database));  // again: nothing happens
    }
    void open() {
        auto opened = open_sql(kind.where());
        ASSERT_TRUE(opened) << opened.error().what;
        database = std::move(*opened);
    }
    StoredBatches give(std::vector<FeedBatch> batches) {
        auto stored = store(*database, std::move(batches), autumn);
        EXPECT_TRUE(stored) << stored.error().what;
        return stored ? std::move(*stored) : StoredBatches{};
    }
    std::uint64_t give_one(FeedBatch batch) {
        std::vector<FeedBatch> batches;
        batches.push_back(std::move(batch));
        return give(std::move(batches)).feeds.at(0).upto;
    }
    std::int64_t count(const std::string& table) {
        return database->run("SELECT count(*) FROM " + table).value().integer(0, 0);
    }
    std::vector<std::string> found_flaws() {
        std::vector<std::string> names;
        const auto found = flaws(*database).value();
        for (const auto& flaw : found) names.push_back(fmt::format("{} {}", flaw.what, flaw.seq));
        return names;
    }
    FeedVerdict verdict() { return verify(*database, std::nullopt).value().at(0); }
    void change(const std::string& sql) {
        const auto done = database->run(sql);
        ASSERT_TRUE(done) << done.error().what;
    }

    Kind kind;
    std::unique_ptr<SqlDatabase> database;
};

}  // namespace yizhan::collector
