#include "firmware/storage/migrations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "tests/unit/storage/access_log_fixture.h"

namespace yizhan {
namespace {

using testing::HasSubstr;

using Migrations = OnSimulatedDisk;

std::unique_ptr<Database> open_database(const char* vfs) {
    auto database = Database::open(log_path, vfs);
    EXPECT_TRUE(database.has_value());
    EXPECT_TRUE((*database)->execute("PRAGMA locking_mode = EXCLUSIVE"));  // the simulated disk has no shared memory
    return std::move(*database);
}

constexpr std::array<const char*, 2> two_steps{"CREATE TABLE a (x INTEGER) STRICT; INSERT INTO a VALUES (1)",
                                               "ALTER TABLE a ADD COLUMN y INTEGER; UPDATE a SET y = x + 1"};

TEST_F(Migrations, GoFromAnyVersionToTheLast) {
    const auto database = open_database(disk_.name());
    ASSERT_TRUE(migrate(*database, std::span(two_steps).first(1)));
    EXPECT_EQ(database->integer("PRAGMA user_version"), 1);
    ASSERT_TRUE(migrate(*database, two_steps));
    EXPECT_EQ(database->integer("PRAGMA user_version"), 2);
    EXPECT_EQ(database->integer("SELECT y FROM a"), 2);
    ASSERT_TRUE(migrate(*database, two_steps));
    EXPECT_EQ(database->integer("SELECT count(*) FROM a"), 1);
}

TEST_F(Migrations, LeaveTheOldVersionWholeWhenOneFails) {
    const auto database = open_database(disk_.name());
    ASSERT_TRUE(migrate(*database, std::span(two_steps).first(1)));
    const std::array<const char*, 3> broken{two_steps[0], two_steps[1], "UPDATE no_such_table SET x = 1"};
    {
        const auto transaction = Transaction::begin(*database);
        ASSERT_TRUE(transaction);
        const auto migrated = migrate(*database, broken);
        ASSERT_FALSE(migrated);
        EXPECT_THAT(migrated.error().what, HasSubstr("no such table"));
    }
    EXPECT_EQ(database->integer("PRAGMA user_version"), 1);
    EXPECT_FALSE(database->integer("SELECT y FROM a"));
}

TEST_F(Migrations, RefuseALogOfANewerProgram) {
    open_log(disk_.name());
    ASSERT_TRUE(open_database(disk_.name())->execute("PRAGMA user_version = 99"));
    const auto log = open_sample_log(disk_, log_path);
    ASSERT_FALSE(log);
    EXPECT_THAT(log.error().what, HasSubstr("/log/access.db: has version 99"));
    EXPECT_THAT(log.error().cure, HasSubstr("newer stationd"));
}

TEST_F(Migrations, RefuseADatabaseOfSomethingElse) {
    ASSERT_TRUE(open_database(disk_.name())->execute("CREATE TABLE shopping (item TEXT)"));
    const std::string before = disk_.contents(log_path);
    const auto log = open_sample_log(disk_, log_path);
    ASSERT_FALSE(log);
    EXPECT_THAT(log.error().what, HasSubstr("/log/access.db: is a database of something else"));
    EXPECT_EQ(disk_.contents(log_path), before);
}

}  // namespace
}  // namespace yizhan
