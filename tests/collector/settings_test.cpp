#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/collector/databases.h"
#include "tools/collector/collector_settings.h"
#include "tools/collector/sql.h"

namespace yizhan::collector {
namespace {

std::string shipped() {
    std::ifstream file(std::string(SOURCE_DIR) + "/config/centre/collector.toml");
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

std::vector<std::string> errors_of(const std::string& text) {
    const auto settings = parse_collector_settings(text, "c.toml");
    std::vector<std::string> errors;
    if (settings) return errors;
    for (const Error& error : settings.error()) errors.push_back(error.what);
    return errors;
}

TEST(CollectorSettings, TheShippedFileIsRead) {
    const auto settings = parse_collector_settings(shipped(), "collector.toml");
    ASSERT_TRUE(settings) << settings.error().front().what;
    EXPECT_EQ(settings->name, "one");
    EXPECT_EQ(settings->metrics_port, 9464);
    EXPECT_EQ(settings->broker.second_host, "mqtt2.example.org");
    EXPECT_EQ(settings->broker.username, "yizhan-collector");
}

TEST(CollectorSettings, EveryErrorIsToldAtOnceWithItsPlace) {
    const auto errors = errors_of(
        "[collector]\nname = \"One\"\ndatabase = \"oracle:x\"\nmetrics_port = 70000\nnmae = 1\n[broker]\nhost = "
        "\"h\"\n");
    ASSERT_EQ(errors.size(), 5u);
    EXPECT_NE(errors[0].find("c.toml:2:"), std::string::npos) << errors[0];
    EXPECT_NE(errors[1].find("c.toml:3:"), std::string::npos) << errors[1];
    EXPECT_NE(errors[2].find("c.toml:4:"), std::string::npos) << errors[2];
    EXPECT_NE(errors[3].find("nmae"), std::string::npos) << errors[3];
    EXPECT_NE(errors[4].find("tls"), std::string::npos) << errors[4];
}

TEST(CollectorSettings, NamesWhatIsMissing) {
    EXPECT_EQ(errors_of("").size(), 2u);
    EXPECT_EQ(errors_of("[collector]\n[broker]\nplaintext = true\n").size(), 3u);
}

TEST(Databases, AnAddressIsToldWithoutItsPassword) {
    EXPECT_EQ(without_secret("postgresql://yizhan:geheim@db/records"), "postgresql://yizhan@db/records");
    EXPECT_EQ(without_secret("postgresql://yizhan@db:5432/records"), "postgresql://yizhan@db:5432/records");
    EXPECT_EQ(without_secret("sqlite:/a:b@c"), "sqlite:/a:b@c");
}

TEST(Databases, OneThatCannotBeOpenedIsAnErrorWithACure) {
    for (const auto* where : {"sqlite:/nowhere/at/all.db", "postgresql://nobody@/none?host=/nowhere", "mysql://x"}) {
        const auto database = open_sql(where);
        ASSERT_FALSE(database) << where;
        EXPECT_FALSE(database.error().what.empty()) << where;
        EXPECT_FALSE(database.error().cure.empty()) << where;
        EXPECT_EQ(database.error().cure.find("stationd"), std::string::npos) << where;
    }
}

TEST(Databases, OneThatLosesCommitsOrKnowsNoUtf8IsNotOpened) {
    const OnPostgresql kind;
    const auto database = open_sql(kind.where()).value();
    ASSERT_TRUE(database->run("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"));
    auto latin = kind.where();
    latin.replace(latin.find("/test"), latin.find('?') - latin.find("/test"), "/latin");
    EXPECT_FALSE(open_sql(latin));
    const auto name = database->run("SELECT current_database()::text").value().text(0, 0);
    ASSERT_TRUE(database->run("ALTER DATABASE " + name + " SET synchronous_commit = off"));
    EXPECT_FALSE(open_sql(kind.where()));
}

}  // namespace
}  // namespace yizhan::collector
