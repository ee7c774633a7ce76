#include "tools/collector/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "firmware/storage/record_chain.h"
#include "tools/collector/open_feed.h"

namespace yizhan::collector {
namespace {

std::string text_of(const ChainHash& hash) { return {hash.begin(), hash.end()}; }

using nlohmann::json;

// Of the text that was hashed, so that a row cannot pass for another.
bool names(const json& record, const FeedId& feed, std::uint64_t seq) {
    return record.is_object() && record.value("seq", json()) == seq && record.value("epoch", json()) == feed.epoch;
}

bool says(const json& record, const char* name, const std::string& column) {
    const auto found = record.find(name);
    const auto* text = found != record.end() ? found->get_ptr<const std::string*>() : nullptr;
    return text != nullptr ? *text == column : column.empty();
}

class Walk {
 public:
    Walk(SqlDatabase& database, FeedId feed) : database_(database), hash_(chain_start(feed.station, feed.epoch)) {
        verdict_.feed = std::move(feed);
    }

    Result<FeedVerdict> go() {
        // First: what is there now is there later, with more behind it.
        if (const auto read = read_end(); !read) return std::unexpected(read.error());
        if (const auto read = read_checkpoints(); !read) return std::unexpected(read.error());
        look_at_known();
        for (bool more = true; more && verdict_.what.empty();) {
            const auto page = take_page();
            if (!page) return std::unexpected(page.error());
            more = *page;
        }
        if (verdict_.what.empty()) {
            if (const auto ended = look_at_end(); !ended) return std::unexpected(ended.error());
        }
        return verdict_;
    }

 private:
    void bad(std::uint64_t seq, std::string what) {
        if (!verdict_.what.empty()) return;
        verdict_.bad = seq;
        verdict_.what = std::move(what);
    }

    Result<void> read_checkpoints() {
        const FeedId& feed = verdict_.feed;
        const auto rows = database_.run(
            "SELECT checkpoint.seq, checkpoint.hash, checkpoint.key, checkpoint.signature, compared, station_key.key "
            "FROM checkpoint LEFT JOIN station_key ON station_key.station = checkpoint.station AND station_key.key = "
            "checkpoint.key WHERE checkpoint.station = $1 AND epoch = $2 ORDER BY checkpoint.seq",
            {feed.station, std::int64_t{feed.epoch}});
        if (!rows) return std::unexpected(rows.error());
        for (std::size_t row = 0; row < rows->size(); ++row) read_checkpoint(*rows, row);
        return {};
    }

    Result<void> read_end() {
        const auto row = database_.run("SELECT upto, hash FROM feed WHERE station = $1 AND epoch = $2",
                                       {verdict_.feed.station, std::int64_t{verdict_.feed.epoch}});
        if (!row) return std::unexpected(row.error());
        if (!row->empty()) end_ = {{static_cast<std::uint64_t>(row->integer(0, 0)), row->text(0, 1)}};
        return {};
    }

    // Behind where the walk is, up to a record that was read before: so there is none that is too new.
    Result<void> read_missing(std::uint64_t upto) {
        missing_.clear();
        const auto rows = database_.run(
            "SELECT seq, upto, hash FROM missing WHERE station = $1 AND epoch = $2 AND seq > $3 AND seq <= $4 ORDER BY "
            "seq LIMIT 2001",
            {verdict_.feed.station, std::int64_t{verdict_.feed.epoch}, signed_of(last_), signed_of(upto)});
        if (!rows) return std::unexpected(rows.error());
        for (std::size_t row = 0; row < rows->size(); ++row) {
            missing_.emplace(static_cast<std::uint64_t>(rows->integer(row, 0)),
                             Missing{.upto = static_cast<std::uint64_t>(rows->integer(row, 1)),
                                     .hash = array_of<ChainHash>(rows->text(row, 2))});
        }
        return {};
    }

    void skip_missing() {
        for (auto found = missing_.find(last_ + 1); found != missing_.end() && found->second.upto > last_;
             found = missing_.find(last_ + 1)) {
            // What a log that was damaged had, and this database has: see OpenFeed::skip_to().
            const bool elsewhere = last_ == 0 && found->second.hash == hash_;
            if (!elsewhere) verdict_.missing += found->second.upto - last_;
            verdict_.hole = found->second.hash == unknown_hash ? found->first : 0;
            last_ = found->second.upto;
            hash_ = found->second.hash;
            look_at_known();
        }
    }

    void read_checkpoint(const SqlRows& rows, std::size_t row) {
        const Checkpoint checkpoint{.epoch = verdict_.feed.epoch,
                                    .seq = static_cast<std::uint64_t>(rows.integer(row, 0)),
                                    .hash = array_of<ChainHash>(rows.text(row, 1)),
                                    .key = array_of<PublicKey>(rows.text(row, 2)),
                                    .signature = array_of<Signature>(rows.text(row, 3))};
        if (!is_signed(checkpoint) || rows.text(row, 5).empty()) {
            bad(checkpoint.seq, "the checkpoint is not signed with the station's key");
        }
        if (rows.integer(row, 4) != 0) compared_ = checkpoint.seq;
        checkpoints_.push_back(checkpoint);
    }

    Result<bool> take_page() {
        constexpr std::size_t page = 2000;
        const FeedId& feed = verdict_.feed;
        const auto rows = database_.run(
            "SELECT seq, document, hash, time, type, visit, grp FROM record WHERE station = $1 AND epoch = $2 AND seq "
            "> $3 ORDER BY seq LIMIT 2000",
            {feed.station, std::int64_t{feed.epoch}, signed_of(last_)});
        if (!rows) return std::unexpected(rows.error());
        if (rows->empty()) return false;
        const auto upto = static_cast<std::uint64_t>(rows->integer(rows->size() - 1, 0));
        if (const auto read = read_missing(upto); !read) return std::unexpected(read.error());
        // PostgreSQL's key has the time as well: a second row of one number must not fall between two pages.
        const bool full = rows->size() == page;
        const std::size_t taken = full ? page - 1 : rows->size();
        for (std::size_t row = 0; row < taken && verdict_.what.empty(); ++row) take(*rows, row);
        if (full && upto <= last_) bad(upto, "it is there twice");
        return full;
    }

    void take(const SqlRows& rows, std::size_t row) {
        const auto seq = static_cast<std::uint64_t>(rows.integer(row, 0));
        const std::string& document = rows.text(row, 1);
        skip_missing();
        if (seq <= last_) return bad(seq, "it is there twice");
        if (seq != last_ + 1) return bad(last_ + 1, "it is missing");
        const auto record = json::parse(document, nullptr, false);
        if (!names(record, verdict_.feed, seq)) return bad(seq, "another record stands in its place");
        hash_ = chain_next(hash_, std::string_view(document));
        if (rows.text(row, 2) != text_of(hash_)) return bad(seq, "it was changed: its hash is another one");
        if (const auto column = false_column(rows, row, record); !column.empty()) {
            return bad(seq, fmt::format("its {} was changed: its text has another one", column));
        }
        last_ = seq;
        ++verdict_.records;
        ++verdict_.unsealed;
        look_at_known();
    }

    // Reports read the columns, and no text. Empty: all say the same.
    static std::string_view false_column(const SqlRows& rows, std::size_t row, const json& record) {
        if (record.value("time", json()) != rows.integer(row, 3)) return "time";
        if (!says(record, "type", rows.text(row, 4))) return "type";
        if (!says(record, "visit", rows.text(row, 5))) return "visit";
        if (!says(record, "group", rows.text(row, 6))) return "grp";
        return {};
    }

    // What was said of the record where the walk is.
    void look_at_known() {
        for (const Checkpoint& checkpoint : checkpoints_) {
            if (checkpoint.seq != last_ || verdict_.hole > 0) continue;
            if (checkpoint.hash != hash_) return bad(last_, "up to here the station has signed something else");
            verdict_.sealed = last_;
            verdict_.unsealed = 0;
            verdict_.keys.insert(checkpoint.key);
        }
        if (end_ && end_->upto == last_ && end_->hash != text_of(hash_)) {
            bad(last_, "the hash behind the last record is another one");
        }
    }

    Result<void> look_at_end() {
        if (const auto read = read_missing(std::numeric_limits<std::int64_t>::max()); !read) return read;
        skip_missing();
        if (end_ && end_->upto > last_)
            bad(last_ + 1, fmt::format("it is missing, and so is all up to {}", end_->upto));
        if (compared_ > last_) {
            bad(last_ + 1, fmt::format("it is missing, and the station has signed up to {}", compared_));
        }
        if (!checkpoints_.empty() && checkpoints_.back().seq > last_) verdict_.awaited = checkpoints_.back().seq;
        return {};
    }

    SqlDatabase& database_;
    FeedVerdict verdict_;
    std::vector<Checkpoint> checkpoints_;  // two at most: see make_tables()
    struct Missing {
        std::uint64_t upto = 0;
        ChainHash hash{};  // there
    };
    std::map<std::uint64_t, Missing> missing_;  // by the first of them
    struct End {
        std::uint64_t upto = 0;
        std::string hash;
    };
    std::optional<End> end_;  // of what was stored when the walk began
    std::uint64_t compared_ = 0;  // this far the records were there once
    std::uint64_t last_ = 0;
    ChainHash hash_;
};

// Records tell of a feed whose row somebody has removed.
constexpr std::array<std::string_view, 3> tables{"feed", "record", "checkpoint"};

// Step by step along an index of each table: as long as SQLite reads, nobody else can write.
Result<std::set<std::string>> all_stations(SqlDatabase& database) {
    std::set<std::string> stations;
    for (const std::string_view table : tables) {
        const auto next = fmt::format("SELECT station FROM {} WHERE station > $1 ORDER BY station LIMIT 1", table);
        for (std::string last;;) {
            const auto row = database.run(next, {last});
            if (!row) return std::unexpected(row.error());
            if (row->empty()) break;
            last = row->text(0, 0);
            stations.insert(last);
        }
    }
    return stations;
}

Result<std::set<FeedId>> feeds_of(SqlDatabase& database, const std::string& station) {
    std::set<FeedId> feeds;
    for (const std::string_view table : tables) {
        const auto next =
            fmt::format("SELECT epoch FROM {} WHERE station = $1 AND epoch > $2 ORDER BY epoch LIMIT 1", table);
        for (std::int64_t last = -1;;) {
            const auto row = database.run(next, {station, last});
            if (!row) return std::unexpected(row.error());
            if (row->empty()) break;
            last = row->integer(0, 0);
            feeds.insert({station, static_cast<std::uint32_t>(last)});
        }
    }
    return feeds;
}

}  // namespace

Result<std::vector<FeedVerdict>> verify(SqlDatabase& database, const std::optional<std::string>& station) {
    auto stations = station ? Result<std::set<std::string>>(std::set{*station}) : all_stations(database);
    if (!stations) return std::unexpected(stations.error());
    std::vector<FeedVerdict> verdicts;
    for (const std::string& one : *stations) {
        const auto feeds = feeds_of(database, one);
        if (!feeds) return std::unexpected(feeds.error());
        for (const FeedId& feed : *feeds) {
            auto verdict = Walk(database, feed).go();
            if (!verdict) return std::unexpected(verdict.error());
            verdicts.push_back(std::move(*verdict));
        }
    }
    return verdicts;
}

}  // namespace yizhan::collector
