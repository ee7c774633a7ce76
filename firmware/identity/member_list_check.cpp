#include "firmware/identity/member_list_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "firmware/identity/sha256.h"
#include "hal/check.h"

namespace yizhan {
namespace {

constexpr std::size_t chunk_size = 256 * 1024;  // hashed while it is still in the cache
constexpr std::string_view build_again = "build the list again with stationctl and send it again";
constexpr std::string_view copy_again = "copy or send the file again";

// What is wrong with a file whose SHA-256 is right was wrong when it was written.
std::unexpected<Error> badly_built(const std::string& place, std::string_view what) {
    return failure(fmt::format("{}: {}", place, what), std::string(build_again));
}

template <class T>
std::span<const T> section(std::span<const std::byte> file, std::size_t offset, std::size_t count) {
    return {reinterpret_cast<const T*>(file.data() + offset), count};
}

std::optional<std::string_view> name_in(const MemberListName& field) {
    const auto end = std::ranges::find(field, '\0');
    if (!std::all_of(end, field.end(), [](char c) { return c == '\0'; })) return std::nullopt;
    return std::string_view(field.begin(), end);
}

Result<void> check_header(const MemberListHeader& header, std::uint64_t file_size, const std::string& place) {
    if (header.magic != member_list_magic) {
        return failure(place + ": not a member list", "give a file that stationctl built");
    }
    if (header.format != member_list_format) {
        return failure(
            fmt::format("{}: member list format {}, this station reads {}", place, header.format, member_list_format),
            "build the list with the stationctl of the station's own version");
    }
    // In this order nothing can overflow: first every count within its bound, then the sizes they lead to.
    if (header.count > max_members || header.group_count > max_groups || header.group_set_count > max_group_sets) {
        return failure(fmt::format("{}: its header is damaged: more members or groups than a list can hold", place),
                       std::string(copy_again));
    }
    const auto layout = layout_of(header.count, header.group_count, header.group_set_count);
    if (header.file_size != layout.file_size || header.buckets != std::max<std::uint64_t>(header.count, 1) ||
        header.reserved != 0 || header.key_id == 0) {
        return failure(place + ": its header is damaged: the counts do not add up", std::string(copy_again));
    }
    if (file_size != layout.file_size) {
        return failure(fmt::format("{}: {} bytes, its header says {}", place, file_size, layout.file_size),
                       std::string(copy_again));
    }
    return {};
}

// Fills `into`; a file that ends before is an error.
Result<void> read_all(File& file, std::uint64_t offset, std::span<std::byte> into) {
    while (!into.empty()) {
        const auto got = file.read(offset, into);
        if (!got) return std::unexpected(got.error());
        if (*got == 0) return failure(file.name() + ": became shorter while it was read", std::string(copy_again));
        YZ_CHECK(*got <= into.size());
        offset += *got;
        into = into.subspan(*got);
    }
    return {};
}

Result<std::vector<std::string>> check_groups(std::span<const MemberListName> names, std::span<const GroupMask> sets,
                                              const std::string& place) {
    std::vector<std::string> groups;
    for (const auto& field : names) {
        const auto name = name_in(field);
        if (!name || !is_group_name(*name)) {
            return badly_built(place, fmt::format("group {} has no valid name", groups.size() + 1));
        }
        if (std::ranges::find(groups, *name) != groups.end()) {
            return badly_built(place, fmt::format("group '{}' is there twice", *name));
        }
        groups.emplace_back(*name);
    }
    const GroupMask known = names.size() == max_groups ? ~GroupMask{0} : (GroupMask{1} << names.size()) - 1;
    if (std::ranges::any_of(sets, [known](GroupMask set) { return (set & ~known) != 0; })) {
        return badly_built(place, "a group set names a group that is not in the list");
    }
    return groups;
}

std::optional<std::string_view> fault_of(const MemberEntry& entry, std::size_t group_sets) {
    if (entry.group_set >= group_sets) return "has a group set that is not in the list";
    if ((entry.flags & ~known_member_flags) != 0) return "has an unknown flag";
    if (entry.valid_from > entry.valid_to) return "ends before it begins";
    return std::nullopt;
}

Result<void> check_entries(std::span<const std::uint32_t> index, std::span<const MemberEntry> entries,
                           std::size_t group_sets, const std::string& place) {
    const auto buckets = static_cast<std::uint32_t>(index.size() - 1);
    if (index.front() != 0 || index.back() != entries.size()) {
        return badly_built(place, "its index does not cover its members");
    }
    for (std::uint32_t bucket = 0; bucket < buckets; ++bucket) {
        const std::uint32_t begin = index[bucket];
        const std::uint32_t end = index[bucket + 1];
        // `end` may lie behind the entries as long as the index has not been seen to rise up to its last value.
        if (begin > end || end > entries.size()) return badly_built(place, "its index is not in order");
        if (end - begin > max_bucket_size) return badly_built(place, "its digests are not spread as digests are");
        for (std::uint32_t i = begin; i < end; ++i) {
            if (bucket_of(entries[i].digest, buckets) != bucket) {
                return badly_built(place, fmt::format("member {} is not where its index says", i + 1));
            }
            if (i > 0 && DigestWords(entries[i - 1].digest) >= DigestWords(entries[i].digest)) {
                return badly_built(place, fmt::format("member {} is not in order, or there twice", i + 1));
            }
            if (const auto fault = fault_of(entries[i], group_sets)) {
                return badly_built(place, fmt::format("member {} {}", i + 1, *fault));
            }
        }
    }
    return {};
}

// All but the SHA-256.
Result<MemberListInfo> check_contents(std::span<const std::byte> file, const std::string& place) {
    MemberListHeader header;
    std::memcpy(&header, file.data(), sizeof header);
    // Again: these bytes may have been read later than those that told the size.
    if (const auto ok = check_header(header, file.size(), place); !ok) return std::unexpected(ok.error());
    const auto layout = layout_of(header.count, header.group_count, header.group_set_count);
    const auto station = name_in(header.station);
    if (!station || !is_station_id(*station)) return badly_built(place, "the station it is for has no valid id");
    const auto sets = section<GroupMask>(file, layout.group_sets, header.group_set_count);
    auto groups = check_groups(section<MemberListName>(file, layout.group_names, header.group_count), sets, place);
    if (!groups) return std::unexpected(groups.error());
    const auto index = section<std::uint32_t>(file, layout.index, std::size_t{header.buckets} + 1);
    const auto entries = section<MemberEntry>(file, layout.entries, header.count);
    if (const auto ok = check_entries(index, entries, sets.size(), place); !ok) return std::unexpected(ok.error());
    return MemberListInfo{.station = std::string(*station),
                          .version = header.version,
                          .built_at = header.built_at,
                          .key_id = header.key_id,
                          .count = header.count,
                          .groups = std::move(*groups)};
}

}  // namespace

Result<std::size_t> member_list_size(File& file) {
    const auto size = file.size();
    if (!size) return std::unexpected(size.error());
    MemberListHeader header;
    if (*size < sizeof header) return failure(file.name() + ": not a member list", "give a file that stationctl built");
    if (const auto ok = read_all(file, 0, std::as_writable_bytes(std::span(&header, 1))); !ok) {
        return std::unexpected(ok.error());
    }
    if (const auto ok = check_header(header, *size, file.name()); !ok) return std::unexpected(ok.error());
    return static_cast<std::size_t>(*size);
}

Result<MemberListInfo> read_member_list(File& file, std::span<std::byte> memory) {
    YZ_CHECK(memory.size() >= layout_of(0, 0, 0).file_size);
    const auto hashed = memory.first(memory.size() - member_list_sum_size);
    Sha256 hash;
    for (std::size_t at = 0; at < hashed.size(); at += chunk_size) {
        const auto chunk = hashed.subspan(at, std::min(chunk_size, hashed.size() - at));
        if (const auto ok = read_all(file, at, chunk); !ok) return std::unexpected(ok.error());
        hash.add(chunk);
    }
    const auto stored = memory.last(member_list_sum_size);
    if (const auto ok = read_all(file, hashed.size(), stored); !ok) return std::unexpected(ok.error());
    const auto sum = hash.sum();
    if (std::memcmp(sum.data(), stored.data(), sum.size()) != 0) {
        return failure(file.name() + ": damaged: its SHA-256 does not match", std::string(copy_again));
    }
    return check_contents(memory, file.name());
}

Result<void> check_member_list_fits(const MemberListInfo& info, std::string_view station, std::uint32_t key_id,
                                    std::span<const std::string> groups, const std::string& place) {
    if (info.station != station) {
        return failure(fmt::format("{}: made for station '{}', this is '{}'", place, info.station, station),
                       "send the list that was built for this station");
    }
    if (info.key_id != key_id) {
        return failure(fmt::format("{}: made with key {:08x}, this station has key {:08x}", place, info.key_id, key_id),
                       "build the list with the centre's secret this station's key was derived from, or install the "
                       "station's key again");
    }
    for (const auto& group : info.groups) {
        if (std::ranges::find(groups, group) == groups.end()) {
            return failure(fmt::format("{}: names group '{}', which the settings do not have", place, group),
                           "add the [[group]] to the station's settings, or correct the groups column and build again");
        }
    }
    return {};
}

}  // namespace yizhan
