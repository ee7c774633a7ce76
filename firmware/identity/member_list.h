// The list of those who may enter, as one station holds it in locked memory. One look-up reads one index slot and, on
// average, two entries, whatever the size of the list.
//
// File format, version 1, little-endian (every field: member_list_format.h):
//   header | group names | group sets | index: u32 x (buckets + 1) | entries: 24 bytes x count, sorted by digest |
//   SHA-256
// bucket(digest) = (first 32 bits, big-endian, as a number) * buckets >> 32, with buckets == max(count, 1).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/identity/credential_id.h"
#include "hal/error.h"
#include "hal/file.h"
#include "hal/time.h"

namespace yizhan {

// One bit per group of the settings, in their order; bit 0 is the first [[group]].
using GroupMask = std::uint64_t;
inline constexpr std::size_t max_groups = 64;

enum class MemberFlag : std::uint16_t {
    denied = 1,  // on the deny list: refused whatever else holds
    slow = 2,  // gets the extended release time
    staff = 4,  // enters at any hour, in closed, service and full stations
};

struct Member {
    DayRange validity;
    GroupMask groups = 0;
    std::uint16_t flags = 0;
    bool has(MemberFlag flag) const { return (flags & static_cast<std::uint16_t>(flag)) != 0; }
};

struct MemberEntry {
    std::array<std::uint8_t, 16> digest;
    Day valid_from;
    Day valid_to;
    std::uint16_t group_set;  // index into the table of group sets
    std::uint16_t flags;
};
static_assert(sizeof(MemberEntry) == 24);

struct MemberListInfo {
    std::string station;
    std::uint64_t version = 0;  // rises with every list; for people and the centre
    std::int64_t built_at = 0;  // seconds since 1970, from the builder
    std::uint32_t key_id = 0;
    std::uint64_t count = 0;
    std::vector<std::string> groups;  // names used in the list
};

inline constexpr std::size_t max_member_list_bytes = std::size_t{1} << 30;

// Immutable once loaded; find() from the loop thread while nobody else touches it.
class MemberList {
 public:
    MemberList(const MemberList&) = delete;
    MemberList& operator=(const MemberList&) = delete;
    ~MemberList();

    // Copies the file into locked memory while verifying all of it: digest, sizes, order, station, key, group names.
    // `groups` are the settings' group names: a list that names another is refused. May take tens of milliseconds:
    // for a worker. Locking memory that the limits do not allow is an error too.
    static Result<std::unique_ptr<MemberList>> load(File& file, std::string_view station, std::uint32_t key_id,
                                                    std::span<const std::string> groups);

    // Writes the member into `out` and returns true, or returns false. No allocation, no system call.
    bool find(const CredentialId& id, Member& out) const;
    const MemberListInfo& info() const { return info_; }
    std::size_t bytes() const { return size_; }

 private:
    MemberList() = default;
    MemberListInfo info_;
    void* memory_ = nullptr;  // the mapping; owned
    std::size_t size_ = 0;
    std::uint32_t buckets_ = 0;
    const std::uint32_t* index_ = nullptr;
    const MemberEntry* entries_ = nullptr;
    const GroupMask* group_sets_ = nullptr;  // in the settings' bits
};

}  // namespace yizhan
