// What is tested on both databases, and records to fill them with.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/broker/real_broker.h"
#include "tests/collector/real_postgresql.h"
#include "tools/collector/intake.h"

namespace yizhan::collector {

struct OnSqlite {
    std::string where() const { return "sqlite:" + directory.file("records.db"); }
    ScratchDirectory directory;
};
struct OnPostgresql {
    static RealPostgresql& server() {
        static RealPostgresql one;
        return one;
    }
    const std::string& where() const { return database; }
    std::string database = server().new_database();
};

using Databases = ::testing::Types<OnSqlite, OnPostgresql>;

struct DatabaseNames {
    template <class Kind>
    static std::string GetName(int) {
        return std::is_same_v<Kind, OnSqlite> ? "OnSqlite" : "OnPostgresql";
    }
};

inline constexpr std::int64_t autumn = 1'795'000'000'000;  // 2026-11-18 11:06:40 UTC

// What stations send: the text is what the chain is made of.
inline nlohmann::json record(std::uint64_t seq, std::uint32_t epoch = 7, const std::string& type = "entered") {
    return {{"seq", seq},
            {"epoch", epoch},
            {"time", autumn + static_cast<std::int64_t>(seq) * 1000},
            {"type", type},
            {"visit", "00000000000000aa"},
            {"group", seq % 2 == 0 ? "day" : "night"},
            {"trusted", true}};
}

inline std::string batch_text(std::uint64_t first, std::uint64_t last, std::uint32_t epoch = 7) {
    nlohmann::json records = nlohmann::json::array();
    for (auto seq = first; seq <= last; ++seq) records.push_back(record(seq, epoch));
    return nlohmann::json{{"epoch", epoch}, {"records", std::move(records)}}.dump();
}

inline FeedBatch batch(std::uint64_t first, std::uint64_t last, const std::string& station = "one",
                       std::uint32_t epoch = 7) {
    return batch_in(station, batch_text(first, last, epoch)).value();
}

inline Checkpoint checkpoint(std::uint64_t seq, const std::string& station = "one", std::uint32_t epoch = 7,
                             std::uint8_t key = 1) {
    ChainHash hash = chain_start(station, epoch);
    for (std::uint64_t i = 1; i <= seq; ++i) hash = chain_next(hash, record(i, epoch));
    KeyBytes secret{};
    secret.fill(key);
    return make_checkpoint(epoch, seq, hash, SigningKey(secret));
}

// Of one station. How many flaws it shows.
inline Result<std::uint64_t> note_checkpoint(SqlDatabase& database, const std::string& station,
                                             const Checkpoint& signed_one) {
    const auto flaws = note_checkpoints(database, {{station, signed_one}});
    if (!flaws) return std::unexpected(flaws.error());
    return flaws->empty() ? 0 : flaws->at(station);
}

}  // namespace yizhan::collector
