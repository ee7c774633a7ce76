// What people would do instead of the member list, each as well as it is usually done.
#pragma once

#include <array>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "firmware/identity/member_list_builder.h"
#include "firmware/identity/member_list_format.h"

struct sqlite3;
struct sqlite3_stmt;

namespace yizhan::benchmarks {

using Digest = std::array<std::uint8_t, 16>;

// A table keyed by the digest blob (WITHOUT ROWID: the key is the table, one B-tree descent) and a statement prepared
// once; bind, step, reset per swipe. SQLite's defaults otherwise.
class SqliteLookup {
 public:
    SqliteLookup(const std::string& path, std::span<const MemberRow> rows);  // ":memory:" or a new file
    SqliteLookup(const SqliteLookup&) = delete;
    SqliteLookup& operator=(const SqliteLookup&) = delete;
    ~SqliteLookup();
    bool find(const Digest& digest, Member& out);

 private:
    sqlite3* database_ = nullptr;
    sqlite3_stmt* query_ = nullptr;
};

class HashMapLookup {
 public:
    explicit HashMapLookup(std::span<const MemberRow> rows) {
        map_.reserve(rows.size());
        for (const auto& row : rows) map_.emplace(row.digest, Member{row.validity, row.groups, row.flags});
    }
    bool find(const Digest& digest, Member& out) const {
        const auto where = map_.find(digest);
        if (where == map_.end()) return false;
        out = where->second;
        return true;
    }

 private:
    struct FirstBytes {  // a digest is its own best hash
        std::size_t operator()(const Digest& digest) const {
            std::size_t hash = 0;
            std::memcpy(&hash, digest.data(), sizeof hash);
            return hash;
        }
    };
    std::unordered_map<Digest, Member, FirstBytes> map_;
};

// No look-up at all: one read at a place the digest tells, in as much memory as the entries take. What any look-up must
// cost at least.
class FloorProbe {
 public:
    explicit FloorProbe(std::span<const MemberRow> rows) {
        entries_.reserve(rows.size());
        for (const auto& row : rows) entries_.push_back({row.digest, row.validity.from, row.validity.to, 0, row.flags});
    }
    bool find(const Digest& digest, Member& out) const {
        const auto& entry = entries_[bucket_of(digest, static_cast<std::uint32_t>(entries_.size()))];
        out.flags = entry.flags;
        return entry.digest == digest;
    }

 private:
    std::vector<MemberEntry> entries_;
};

}  // namespace yizhan::benchmarks
