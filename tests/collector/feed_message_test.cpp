// What a station, or whoever has its password, may send.
#include "tools/collector/feed_message.h"

#include <random>
#include <utility>

#include "drivers/ports/mqtt/mosquitto_session.h"
#include "tests/collector/databases.h"

namespace yizhan::collector {
namespace {

std::string with(const std::string& more) {
    return R"({"epoch":7,"records":[{"seq":1,"time":1,"type":"x")" + more + "}]}";
}

TEST(FeedMessage, KeepsEveryByteThatWasHashed) {
    const auto batch = batch_in("one", batch_text(1, 2)).value();
    EXPECT_EQ(batch.records[1].document, record(2).dump());
    EXPECT_EQ(batch.records[1].visit, "00000000000000aa");
}

TEST(FeedMessage, IsAtMostAsLongAsWhatArrives) {
    EXPECT_EQ(longest_message, MosquittoSession::longest_message);
    EXPECT_FALSE(batch_in("one", with(",\"a\":\"" + std::string(longest_message, 'a') + "\"")));
}

TEST(FeedMessage, RecordsMayBeLeftOutButNotComeTwiceOrBackwards) {
    const auto numbers = [](const std::vector<std::uint64_t>& all) {
        nlohmann::json records = nlohmann::json::array();
        for (const auto seq : all) records.push_back(record(seq));
        return batch_in("one", nlohmann::json{{"epoch", 7}, {"records", std::move(records)}}.dump());
    };
    EXPECT_TRUE(numbers({1, 2, 4, 9}));
    EXPECT_FALSE(numbers({1, 2, 2}));
    EXPECT_FALSE(numbers({1, 3, 2}));
}

TEST(FeedMessage, RefusesWhatWouldExhaustTheStack) {
    EXPECT_TRUE(batch_in("one", with(R"(,"a":[[[[[[[1]]]]]]])")));
    EXPECT_FALSE(batch_in("one", with(R"(,"a":[[[[[[[[1]]]]]]]])")));
    EXPECT_FALSE(batch_in("one", with(",\"a\":" + std::string(120'000, '[') + std::string(120'000, ']'))));
    EXPECT_FALSE(batch_in("one", std::string(250'000, '[')));
}

TEST(FeedMessage, ReadsWhereALogBeginsAndRefusesWhatCannotBe) {
    const auto state = [](const std::string& more) {
        return log_state_in("one", R"({"log":{"epoch":7,"stored":80)" + more + "}}");
    };
    const std::string hash(64, 'a');
    EXPECT_EQ(state("").value().first, 1u);
    EXPECT_EQ(state(R"(,"first":51,"before":")" + hash + "\"").value().first, 51u);
    EXPECT_EQ(state(R"(,"first":81,"before":")" + hash + "\"").value().first, 81u) << "nothing is left";
    EXPECT_FALSE(state(R"(,"first":82,"before":")" + hash + "\""));
    EXPECT_FALSE(state(R"(,"first":51)"));
    EXPECT_FALSE(state(R"(,"first":51,"before":"aa")"));
}

TEST(FeedMessage, RefusesWhatADatabaseWouldRefuse) {
    const auto group = [](std::size_t size) { return ",\"group\":\"" + std::string(size, 'g') + "\""; };
    EXPECT_TRUE(batch_in("one", with(group(longest_field))));
    EXPECT_FALSE(batch_in("one", with(group(longest_field + 1))));
    EXPECT_FALSE(batch_in("one", with(R"(,"visit":"\u0000")")));
}

template <class Kind>
class FeedMessages : public ::testing::Test {
 protected:
    Kind kind;
};
TYPED_TEST_SUITE(FeedMessages, Databases, DatabaseNames);

// One bad record in a transaction would keep all stations waiting.
TYPED_TEST(FeedMessages, WhateverIsTakenCanBeStored) {
    const auto database = open_sql(this->kind.where()).value();
    ASSERT_TRUE(make_tables(*database));
    std::mt19937 dice(1);
    const std::string good = batch_text(1, 3);
    const std::string bytes = "\"\\{}[]:,019-.e\0\n\t\x7f\x80\xc3\xa9\xff" + std::string("unltrfsa");
    std::vector<FeedBatch> batches;
    int taken = 0;
    constexpr int sample = 20'000;
    for (int i = 0; i < sample; ++i) {
        std::string text = good;
        for (auto changes = 1 + dice() % 3; changes > 0; --changes) {
            const auto at = dice() % text.size();
            if (dice() % 3 == 0) {
                text.erase(at, 1 + dice() % 4);
            } else {
                text[at] = bytes[dice() % bytes.size()];
            }
        }
        auto batch = batch_in("one", text);
        if (!batch) continue;
        batch->feed.epoch = static_cast<std::uint32_t>(++taken);
        batches.push_back(std::move(*batch));
        if (batches.size() < 200) continue;
        const auto stored = store(*database, std::exchange(batches, {}), autumn);
        ASSERT_TRUE(stored) << stored.error().what;
    }
    std::printf("sample: %d texts, %d of them taken\n", sample, taken);
    EXPECT_GT(taken, 100);
}

TYPED_TEST(FeedMessages, TheLongestFieldsCanBeStored) {
    const auto database = open_sql(this->kind.where()).value();
    ASSERT_TRUE(make_tables(*database));
    std::mt19937 dice(1);
    std::string noise;  // which cannot be compressed
    while (noise.size() < longest_field) noise += static_cast<char>('!' + dice() % 90);
    auto one = record(1);
    one["group"] = noise;
    one["visit"] = noise;
    std::vector<FeedBatch> batches;
    batches.push_back(batch_in("one", nlohmann::json{{"epoch", 7}, {"records", {one}}}.dump()).value());
    EXPECT_TRUE(store(*database, std::move(batches), autumn));
}

}  // namespace
}  // namespace yizhan::collector
