// Records from stations into the centre's database: each exactly once, in order, with the chain of hashes verified.
//
// Table `record` holds of every feed (station, epoch) the contiguous beginning and nothing else; `feed` says how far it
// goes and the hash there, and its row is locked while records are appended, so that several collectors can share one
// database. What comes before what it follows waits in `waiting`. Only the contiguous beginning may be acknowledged.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "firmware/storage/record_chain.h"
#include "tools/collector/feed_message.h"
#include "tools/collector/flaw.h"
#include "tools/collector/sql.h"

namespace yizhan::collector {

struct FeedPrefix {
    FeedId feed;
    std::uint64_t upto = 0;  // committed: may be acknowledged
    bool gap = false;  // something behind it is there already
};

struct StoredBatches {
    std::vector<FeedPrefix> feeds;  // one for each feed that was given
    std::uint64_t records = 0;  // new ones
    std::uint64_t repeated = 0;
    std::uint64_t flaws = 0;  // found just now
};

Result<void> make_tables(SqlDatabase& database);

// All in one transaction, at `now` (Unix, ms). On an error nothing has changed, and the database is to be opened anew.
Result<StoredBatches> store(SqlDatabase& database, std::vector<FeedBatch> batches, std::int64_t now);

// How far a feed goes; 0: nothing of it is there.
Result<std::uint64_t> prefix_of(SqlDatabase& database, const FeedId& feed);

// A station's log begins at `first`, with this hash before it, and what the feed lacks in front of that will never
// come: the feed goes on there. Nothing to do if it is as far already.
Result<StoredBatches> go_on_at(SqlDatabase& database, const FeedId& feed, std::uint64_t first, const ChainHash& before);

// The station passes over the records between `upto`, as far as the feed is stored, and `behind`: it goes on there, and
// what the station has signed cannot be compared any more. Nothing to do if it is as far already.
Result<StoredBatches> go_on_behind(SqlDatabase& database, const FeedId& feed, std::uint64_t upto, std::uint64_t behind);

// By station. The newest checkpoint of a feed is kept, and compared as soon as its record is there. The first key a
// station signs with is its key from then on. Gives the stations of which that shows flaws, with how many. All in one
// transaction.
Result<std::map<std::string, std::uint64_t>> note_checkpoints(SqlDatabase& database,
                                                              const std::map<std::string, Checkpoint>& checkpoints);

// The key a station signs with next is its key.
Result<void> trust_anew(SqlDatabase& database, const std::string& station);

}  // namespace yizhan::collector
