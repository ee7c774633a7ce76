#include "firmware/identity/member_list_builder.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "firmware/identity/member_list_format.h"
#include "firmware/identity/sha256.h"
#include "hal/check.h"

namespace yizhan {
namespace {

MemberListName name_field(std::string_view name) {
    MemberListName field{};
    YZ_CHECK(name.size() <= field.size());
    std::ranges::copy(name, field.begin());
    return field;
}

// Every set of groups that occurs, once, and where it is.
struct GroupSets {
    std::vector<GroupMask> sets;
    std::unordered_map<GroupMask, std::uint16_t> position;
};

Result<GroupSets> group_sets_of(std::span<const MemberRow> rows) {
    GroupSets found;
    for (const auto& row : rows) {
        if (found.position.contains(row.groups)) continue;
        if (found.sets.size() == max_group_sets) {
            return failure("member list: more than " + std::to_string(max_group_sets) + " combinations of groups",
                           "put people with many groups into one group of their own");
        }
        found.position.emplace(row.groups, static_cast<std::uint16_t>(found.sets.size()));
        found.sets.push_back(row.groups);
    }
    return found;
}

// index[b]: entries in buckets before b.
Result<std::vector<std::uint32_t>> index_of(std::span<const MemberRow> rows, std::uint32_t buckets) {
    std::vector<std::uint32_t> index(std::size_t{buckets} + 1);
    for (const auto& row : rows) ++index[std::size_t{bucket_of(row.digest, buckets)} + 1];
    if (std::ranges::max(index) > max_bucket_size) {
        return failure("member list: the digests are not spread as digests are",
                       "give digests only as enrolment gives them");
    }
    for (std::size_t i = 1; i < index.size(); ++i) index[i] += index[i - 1];
    return index;
}

template <class T>
void put(std::vector<std::byte>& file, std::size_t offset, std::span<const T> values) {
    if (!values.empty()) std::memcpy(file.data() + offset, values.data(), values.size_bytes());
}

}  // namespace

void sort_by_digest(std::vector<MemberRow>& rows) {
    std::ranges::sort(rows, [](const MemberRow& a, const MemberRow& b) {
        const auto order = DigestWords(a.digest) <=> DigestWords(b.digest);
        return order != 0 ? order < 0 : a.line < b.line;
    });
}

std::vector<DuplicateRow> duplicates_in(std::span<const MemberRow> rows) {
    std::vector<DuplicateRow> duplicates;
    for (std::size_t i = 1; i < rows.size(); ++i) {
        if (rows[i].digest == rows[i - 1].digest) duplicates.push_back({rows[i].line, rows[i - 1].line});
    }
    std::ranges::sort(duplicates, {}, &DuplicateRow::line);
    return duplicates;
}

Result<std::vector<std::byte>> member_list_file(const MemberListInfo& info, const MemberTable& table) {
    const auto& rows = table.rows;
    YZ_CHECK(is_station_id(info.station) && info.key_id != 0);
    YZ_CHECK(table.groups.size() <= max_groups && std::ranges::all_of(table.groups, is_group_name));
    YZ_CHECK(std::ranges::adjacent_find(rows, std::ranges::greater_equal{}, &MemberRow::digest) == rows.end());
    if (rows.size() > max_members) {
        return failure("member list: more than " + std::to_string(max_members) + " members",
                       "give each station only its own members");
    }
    const auto sets = group_sets_of(rows);
    if (!sets) return std::unexpected(sets.error());
    MemberListHeader header;
    header.key_id = info.key_id;
    header.station = name_field(info.station);
    header.version = info.version;
    header.built_at = info.built_at;
    header.count = rows.size();
    header.buckets = static_cast<std::uint32_t>(std::max<std::size_t>(rows.size(), 1));
    header.group_count = static_cast<std::uint32_t>(table.groups.size());
    header.group_set_count = static_cast<std::uint32_t>(sets->sets.size());
    const auto layout = layout_of(header.count, header.group_count, header.group_set_count);
    header.file_size = layout.file_size;
    const auto index = index_of(rows, header.buckets);
    if (!index) return std::unexpected(index.error());

    std::vector<std::byte> file(layout.file_size);
    put(file, 0, std::span<const MemberListHeader>(&header, 1));
    for (std::size_t i = 0; i < table.groups.size(); ++i) {
        const auto name = name_field(table.groups[i]);
        put(file, layout.group_names + i * sizeof name, std::span<const char>(name));
    }
    put(file, layout.group_sets, std::span<const GroupMask>(sets->sets));
    put(file, layout.index, std::span<const std::uint32_t>(*index));
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto& row = rows[i];
        const MemberEntry entry{row.digest, row.validity.from, row.validity.to, sets->position.at(row.groups),
                                row.flags};
        put(file, layout.entries + i * sizeof entry, std::span<const MemberEntry>(&entry, 1));
    }
    const auto sum = sha256(std::span(file).first(layout.sum));
    put(file, layout.sum, std::span<const std::uint8_t>(sum));
    return file;
}

}  // namespace yizhan
