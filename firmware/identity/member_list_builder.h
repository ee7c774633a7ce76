// Writes the member list file (member_list_format.h) from rows in memory.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "firmware/identity/member_list.h"
#include "hal/error.h"

namespace yizhan {

struct MemberRow {
    std::array<std::uint8_t, 16> digest{};
    DayRange validity;
    std::uint16_t flags = 0;
    std::uint32_t line = 0;  // where it came from, for messages
    GroupMask groups = 0;  // bit i is the i-th of MemberTable's groups
};

struct MemberTable {
    std::vector<std::string> groups;  // up to max_groups, each is_group_name() and there once
    std::vector<MemberRow> rows;
};

struct DuplicateRow {
    std::uint32_t line = 0;
    std::uint32_t earlier_line = 0;
};

void sort_by_digest(std::vector<MemberRow>& rows);
// In the order of their lines. `rows` are sorted.
std::vector<DuplicateRow> duplicates_in(std::span<const MemberRow> rows);

// `info` says station, version, built_at and key id; its count and groups are not looked at. Rows are sorted by digest
// without duplicates. An error if the file cannot hold them. Ten million rows take a second or two.
Result<std::vector<std::byte>> member_list_file(const MemberListInfo& info, const MemberTable& table);

}  // namespace yizhan
