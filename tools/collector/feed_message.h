// What stations publish, as the collector reads it. Bad input is an error that names the station's topic; nothing of it
// is kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/storage/record_chain.h"
#include "hal/error.h"

namespace yizhan::collector {

inline constexpr std::size_t longest_message = 256 * 1024;  // bytes, as MosquittoSession has it: a batch has a tenth
inline constexpr std::size_t most_records = 1000;  // in a batch
inline constexpr std::size_t longest_field = 256;  // bytes of type, visit and group
inline constexpr int most_levels = 8;  // of JSON in a record

struct FeedRecord {
    std::uint64_t seq = 0;
    std::int64_t time = 0;  // Unix, ms, by the station's clock
    std::string type;
    std::string visit;  // empty: none
    std::string group;
    std::string document;  // the JSON text that the chain is made of
};

struct FeedId {
    std::string station;
    std::uint32_t epoch = 0;
    auto operator<=>(const FeedId&) const = default;
};

// Records with rising numbers. In a row, unless somebody has removed some at the station.
struct FeedBatch {
    FeedId feed;
    std::vector<FeedRecord> records;  // never empty
};

// "<station>" and "<rest>" of yizhan/v1/<station>/<rest>; nothing for another topic.
struct StationTopic {
    std::string_view station;
    std::string_view rest;
};
std::optional<StationTopic> station_topic(std::string_view topic);

Result<FeedBatch> batch_in(std::string_view station, std::string_view payload);
// What …/state says of the log.
struct LogState {
    std::uint32_t epoch = 0;
    std::uint64_t stored = 0;  // the newest record
    std::uint64_t first = 1;  // the oldest that is still there
    ChainHash before{};  // in front of it, if it is not 1
    std::optional<Checkpoint> checkpoint;  // none: the station has sealed nothing yet
};
Result<LogState> log_state_in(std::string_view station, std::string_view payload);

}  // namespace yizhan::collector
