// The member list file, version 1, byte for byte. Little-endian, no padding, every section aligned for its values:
//
//   header        MemberListHeader
//   group names   group_count x 32 bytes, is_group_name(), filled up with zeros, each once
//   group sets    group_set_count x u64: bit i is the i-th group name
//   index         (buckets + 1) x u32: entries of bucket b are index[b] up to index[b + 1]
//   entries       count x MemberEntry, sorted by digest, each digest once
//   SHA-256       32 bytes, over everything before it
//
// It is written and read by copying memory, so both ends must be little-endian: the static_asserts say so.
#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "firmware/identity/member_list.h"
#include "firmware/identity/names.h"

namespace yizhan {

static_assert(std::endian::native == std::endian::little);

using MemberListName = std::array<char, max_name_size>;  // filled up with zeros

inline constexpr std::array<char, 8> member_list_magic{'Y', 'Z', 'M', 'E', 'M', 'B', 'E', 'R'};
inline constexpr std::uint32_t member_list_format = 1;
inline constexpr std::size_t member_list_sum_size = 32;
inline constexpr std::size_t max_group_sets = 65536;  // MemberEntry::group_set is 16 bits
inline constexpr std::uint16_t known_member_flags = 7;
// Digests are keyed and so spread evenly: even among 30 million entries no bucket comes near this. It bounds find().
inline constexpr std::uint32_t max_bucket_size = 64;

struct MemberListHeader {
    std::array<char, 8> magic = member_list_magic;
    std::uint32_t format = member_list_format;
    std::uint32_t key_id = 0;  // of the station key the digests were made with; never 0
    std::uint64_t file_size = 0;  // whole file with its SHA-256: tells a cut copy from a damaged one
    MemberListName station{};  // the only station this list is for
    std::uint64_t version = 0;  // rises with every list; not judged here
    std::int64_t built_at = 0;  // seconds since 1970; not judged here
    std::uint64_t count = 0;  // entries
    std::uint32_t buckets = 1;  // max(count, 1)
    std::uint32_t group_count = 0;  // up to max_groups
    std::uint32_t group_set_count = 0;  // up to max_group_sets
    std::uint32_t reserved = 0;  // zero
};
static_assert(sizeof(MemberListHeader) == 96);
static_assert(offsetof(MemberListHeader, file_size) == 16 && offsetof(MemberListHeader, station) == 24);
static_assert(offsetof(MemberListHeader, version) == 56 && offsetof(MemberListHeader, count) == 72);
static_assert(offsetof(MemberListHeader, buckets) == 80 && offsetof(MemberListHeader, group_set_count) == 88);
static_assert(sizeof(MemberListHeader) % alignof(GroupMask) == 0 && sizeof(MemberListName) % alignof(GroupMask) == 0);
static_assert(std::has_unique_object_representations_v<MemberEntry>);

// Where the sections begin, in bytes from the start.
struct MemberListLayout {
    std::size_t group_names = sizeof(MemberListHeader);
    std::size_t group_sets = 0;
    std::size_t index = 0;
    std::size_t entries = 0;
    std::size_t sum = 0;
    std::size_t file_size = 0;
};

// The header's counts must be within their bounds (see member_list_check.h), so that nothing overflows.
constexpr MemberListLayout layout_of(std::uint64_t count, std::uint32_t group_count, std::uint32_t group_set_count) {
    const std::uint64_t buckets = count == 0 ? 1 : count;
    MemberListLayout layout;
    layout.group_sets = layout.group_names + group_count * sizeof(MemberListName);
    layout.index = layout.group_sets + group_set_count * sizeof(GroupMask);
    layout.entries = layout.index + (buckets + 1) * sizeof(std::uint32_t);
    layout.sum = layout.entries + count * sizeof(MemberEntry);
    layout.file_size = layout.sum + member_list_sum_size;
    return layout;
}

// No file of at most max_member_list_bytes holds more.
inline constexpr std::uint64_t max_members =
    (max_member_list_bytes - layout_of(0, max_groups, max_group_sets).file_size) /
    (sizeof(MemberEntry) + sizeof(std::uint32_t));
static_assert(layout_of(max_members, max_groups, max_group_sets).file_size <= max_member_list_bytes);

// A digest as two numbers in the order of its bytes. Comparing the arrays would call memcmp for each entry.
struct DigestWords {
    std::uint64_t first = 0;
    std::uint64_t second = 0;
    explicit DigestWords(const std::array<std::uint8_t, 16>& digest) {
        std::memcpy(&first, digest.data(), sizeof first);
        std::memcpy(&second, digest.data() + sizeof first, sizeof second);
        first = std::byteswap(first);
        second = std::byteswap(second);
    }
    auto operator<=>(const DigestWords&) const = default;
};

inline std::uint32_t bucket_of(const std::array<std::uint8_t, 16>& digest, std::uint32_t buckets) {
    const std::uint32_t first = static_cast<std::uint32_t>(digest[0]) << 24 |
                                static_cast<std::uint32_t>(digest[1]) << 16 |
                                static_cast<std::uint32_t>(digest[2]) << 8 | digest[3];
    return static_cast<std::uint32_t>(std::uint64_t{first} * buckets >> 32);
}

}  // namespace yizhan
