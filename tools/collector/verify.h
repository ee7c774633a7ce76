// Whether the centre's records are still those that stations sent and signed.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tools/collector/feed_message.h"
#include "tools/collector/sql.h"

namespace yizhan::collector {

struct FeedVerdict {
    FeedId feed;
    std::uint64_t records = 0;
    std::uint64_t sealed = 0;  // by the station's signature, up to there; 0: nothing
    std::uint64_t missing = 0;  // which the station had no more when it was asked for them
    std::uint64_t awaited = 0;  // it has signed up to there, and this has not come yet; 0: nothing
    // The first bad record and what is wrong with it; empty: all is well.
    std::uint64_t bad = 0;
    std::string what;
};

// Feeds of this station, or of all. In pages of 2000 records.
Result<std::vector<FeedVerdict>> verify(SqlDatabase& database, const std::optional<std::string>& station);

}  // namespace yizhan::collector
