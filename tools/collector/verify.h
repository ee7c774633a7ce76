// Whether the centre's records are still those that stations sent and signed.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "firmware/identity/signing_key.h"
#include "tools/collector/feed_message.h"
#include "tools/collector/sql.h"

namespace yizhan::collector {

// A station signs behind every 100th record, or behind a batch of 256: with so many behind the newest signature, one
// was taken away, or it never came.
inline constexpr std::uint64_t most_unsealed = 1000;

struct FeedVerdict {
    FeedId feed;
    std::uint64_t records = 0;
    std::uint64_t sealed = 0;  // by the station's signature, up to there; 0: nothing
    std::uint64_t unsealed = 0;  // records behind it
    std::set<PublicKey> keys;  // which signed that
    std::uint64_t missing = 0;  // which the station did not have when it was asked for them
    // The first of them that the station passed over; behind it nothing can be compared with what it has signed. 0:
    // none
    std::uint64_t hole = 0;
    std::uint64_t awaited = 0;  // it has signed up to there, and this has not come yet; 0: nothing
    // The first bad record and what is wrong with it; empty: all is well.
    std::uint64_t bad = 0;
    std::string what;

    // All there, as it was sent, and signed but for the end.
    bool good() const { return what.empty() && missing == 0 && awaited == 0 && unsealed <= most_unsealed; }
};

// Feeds of this station, or of all. In steps of at most 2000 records: between them others write. What they write
// meanwhile is looked at or not.
Result<std::vector<FeedVerdict>> verify(SqlDatabase& database, const std::optional<std::string>& station);

}  // namespace yizhan::collector
