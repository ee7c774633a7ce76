#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "drivers/simulated/disk.h"
#include "firmware/storage/access_log.h"
#include "tests/unit/storage/sample_station.h"

namespace yizhan {

inline constexpr std::uint32_t sample_epoch = 0xABCD'EF01;
inline constexpr const char* log_path = "/log/access.db";

inline State fold(std::span<const Record> records) {
    State state;
    for (const auto& record : records) apply(state, record);
    return state;
}

inline constexpr KeyBytes sample_key{1, 2, 3};
inline constexpr KeyBytes sample_salts{4, 5, 6};

inline Result<std::unique_ptr<AccessLog>> open_sample_log(const simulated::Disk& disk,
                                                          const std::string& path = log_path) {
    return AccessLog::open({path, sample_epoch, disk.name()}, sample_station(), sample_key, sample_salts);
}

// Opened and restored; an error fails the test.
struct OpenLog {
    std::unique_ptr<AccessLog> log;
    LogStart start;
};

inline OpenLog open_log(const char* vfs, const std::string& path = log_path,
                        const StationConfig& config = sample_station(), std::uint32_t epoch = sample_epoch) {
    OpenLog open;
    auto log = AccessLog::open({path, epoch, vfs}, config, sample_key, sample_salts);
    EXPECT_TRUE(log.has_value()) << log.error().what;
    if (!log) return open;
    open.log = std::move(*log);
    auto start = open.log->restore();
    EXPECT_TRUE(start.has_value()) << start.error().what;
    if (start) open.start = std::move(*start);
    return open;
}

inline void store(AccessLog& log, std::span<const Record> records, const State* snapshot = nullptr) {
    const auto stored = log.commit(records, snapshot);
    EXPECT_TRUE(stored.has_value()) << stored.error().what;
}

inline std::vector<std::uint64_t> numbers_of(const std::vector<LogRow>& rows) {
    std::vector<std::uint64_t> numbers;
    numbers.reserve(rows.size());
    for (const auto& row : rows) numbers.push_back(row.seq);
    return numbers;
}

class OnSimulatedDisk : public ::testing::Test {
 protected:
    simulated::Disk disk_{"test-disk"};
};

}  // namespace yizhan
