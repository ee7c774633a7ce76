#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/collector/feed_message.h"
#include "tools/collector/flaw.h"
#include "tools/collector/sql.h"

namespace yizhan::collector {

// In `missing`: nobody knows the hash behind what is missing, and the chain begins anew.
inline constexpr ChainHash unknown_hash{};

inline Bytes bytes_of(const auto& array) { return {array.data(), array.size()}; }
// The other way; zeros where it has another size.
template <class Array>
Array array_of(const std::string& bytes) {
    Array array{};
    if (bytes.size() == array.size()) std::ranges::copy(bytes, array.begin());
    return array;
}
// As both databases keep it; what stations send is never more than that.
inline std::int64_t signed_of(std::uint64_t number) { return static_cast<std::int64_t>(number); }

// One feed in a transaction: its row is locked. Records are taken in the order of their numbers.
class OpenFeed {
 public:
    // Further than that behind a gap nothing is kept: the station sends it again. Its window is 1600 records.
    static constexpr std::uint64_t most_early = 10'000;

    static Result<OpenFeed> lock(SqlDatabase& database, const FeedId& id);

    // Moves on over a record that follows; what is known already, or comes too early, is put aside.
    void take(FeedRecord record);
    // What came early goes to `waiting`; what is there already must say the same.
    Result<void> keep_early(SqlDatabase& database);
    // What waited for what has come now. A page at a time, as long as they follow.
    Result<void> take_waiting(SqlDatabase& database);
    // Goes on at `first`, whatever is missing before it. How many flaws that shows.
    Result<std::uint64_t> skip_to(SqlDatabase& database, std::uint64_t first, const ChainHash& before);
    // Goes on at `behind`, or at what waits before that: nothing between will come. The hash there is known to nobody.
    Result<std::uint64_t> skip_hole(SqlDatabase& database, std::uint64_t behind);
    // What was known already must say the same. How many, of what waited too, do not, and did not before; they are kept
    // in `fork`, for they are acknowledged.
    Result<std::uint64_t> compare_known(SqlDatabase& database);
    // The station's word for what is there now. How many flaws it shows.
    Result<std::uint64_t> compare_checkpoint(SqlDatabase& database);
    Result<void> save(SqlDatabase& database) const;

    const FeedId& id() const { return id_; }
    std::uint64_t upto() const { return upto_; }
    bool gap() const { return waits_ || left_out_; }  // something came early
    // The station had another log before. Told by the call that made the feed.
    bool replaces() const { return replaces_; }
    // To be appended to `record`, with the hash behind each.
    const std::vector<std::pair<FeedRecord, ChainHash>>& fresh() const { return fresh_; }
    std::uint64_t repeated() const { return known_.size(); }

 private:
    explicit OpenFeed(FeedId id) : id_(std::move(id)) {}
    // False: it is known.
    Result<bool> note(SqlDatabase& database, std::uint64_t seq, Flaw flaw) const;
    Result<void> note_replacement(SqlDatabase& database);
    Result<void> keep_skipped(SqlDatabase& database);
    Result<void> keep_missing(SqlDatabase& database, std::uint64_t from, std::uint64_t upto,
                              const ChainHash& hash) const;
    Result<void> move_to(SqlDatabase& database, std::uint64_t upto, const ChainHash& hash);
    Result<std::uint64_t> note_new(SqlDatabase& database, std::uint64_t seq, Flaw flaw) const;
    // How far the station's log before this one is stored, which begins at `first`. Where no other was ever heard of,
    // nobody says that anything was lost.
    Result<std::uint64_t> end_of_former_log(SqlDatabase& database, std::uint64_t first) const;
    // A record that does not become one of `record`: it is acknowledged, so it is kept. False: the flaw is known.
    Result<bool> keep_apart(SqlDatabase& database, const FeedRecord& record, Flaw flaw) const;
    Result<void> forget_waiting(SqlDatabase& database) const;
    Result<void> compare_run(SqlDatabase& database, std::span<const FeedRecord> run);
    // With what is `there` under its number; none: nothing, for it has been left out.
    Result<void> compare(SqlDatabase& database, const FeedRecord& record, std::optional<std::string_view> there);
    // None: nobody knows any more.
    Result<std::optional<std::string>> hash_at(SqlDatabase& database, std::uint64_t seq) const;

    FeedId id_;
    std::uint64_t upto_ = 0;
    ChainHash hash_{};  // behind it
    bool waits_ = false;  // there may be rows in `waiting`
    bool left_out_ = false;  // something came too early
    std::uint64_t forks_ = 0;  // new ones
    bool replaces_ = false;
    std::vector<std::pair<FeedRecord, ChainHash>> fresh_;
    std::vector<FeedRecord> early_;
    std::vector<FeedRecord> known_;
};

}  // namespace yizhan::collector
