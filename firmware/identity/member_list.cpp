#include "firmware/identity/member_list.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "firmware/identity/member_list_check.h"
#include "firmware/identity/member_list_format.h"
#include "hal/check.h"

namespace yizhan {
namespace {

std::string reason(int error) { return std::strerror(error); }

// The file's own group bits, translated in place to the settings' bits: so the look-up finds them in locked memory.
void translate_group_sets(std::span<GroupMask> sets, std::span<const std::string> names,
                          std::span<const std::string> groups) {
    std::array<GroupMask, max_groups> bit_of{};
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto where = std::ranges::find(groups, names[i]);
        YZ_CHECK(where != groups.end());
        bit_of[i] = GroupMask{1} << (where - groups.begin());
    }
    for (auto& set : sets) {
        GroupMask translated = 0;
        for (std::size_t i = 0; i < names.size(); ++i) {
            if ((set >> i & 1) != 0) translated |= bit_of[i];
        }
        set = translated;
    }
}

}  // namespace

MemberList::~MemberList() {
    if (memory_ != nullptr) YZ_CHECK(munmap(memory_, size_) == 0);
}

Result<std::unique_ptr<MemberList>> MemberList::load(File& file, std::string_view station, std::uint32_t key_id,
                                                     std::span<const std::string> groups) {
    YZ_CHECK(groups.size() <= max_groups);
    const auto place = file.name();
    const auto size = member_list_size(file);
    if (!size) return std::unexpected(size.error());

    std::unique_ptr<MemberList> list(new MemberList);
    void* const memory = mmap(nullptr, *size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        return failure(place + ": no memory for " + std::to_string(*size) + " bytes: " + reason(errno),
                       "use a shorter list or a machine with more memory");
    }
    list->memory_ = memory;
    list->size_ = *size;
    // Large pages, asked for before there are any: a look-up then misses the TLB less, and loading takes fewer faults.
    // A core dump is no place for a list of people. Where the kernel cannot do one of these nothing else is lost.
    static_cast<void>(madvise(memory, *size, MADV_HUGEPAGE));
    static_cast<void>(madvise(memory, *size, MADV_DONTDUMP));
    // This also brings every page in.
    if (mlock(memory, *size) != 0) {
        return failure(place + ": cannot lock " + std::to_string(*size) + " bytes in memory: " + reason(errno),
                       "raise LimitMEMLOCK= of the service: the old and the new list are both held during a change");
    }

    auto* const bytes = static_cast<std::byte*>(memory);
    auto info = read_member_list(file, std::span(bytes, *size));
    if (!info) return std::unexpected(info.error());
    if (const auto ok = check_member_list_fits(*info, station, key_id, groups, place); !ok) {
        return std::unexpected(ok.error());
    }

    MemberListHeader header;
    std::memcpy(&header, bytes, sizeof header);
    const auto layout = layout_of(header.count, header.group_count, header.group_set_count);
    auto* const sets = reinterpret_cast<GroupMask*>(bytes + layout.group_sets);
    translate_group_sets(std::span(sets, header.group_set_count), info->groups, groups);
    if (mprotect(memory, *size, PROT_READ) != 0) {
        return failure(place + ": cannot make its memory read-only: " + reason(errno), "restart the service");
    }
    list->info_ = std::move(*info);
    list->buckets_ = header.buckets;
    list->index_ = reinterpret_cast<const std::uint32_t*>(bytes + layout.index);
    list->entries_ = reinterpret_cast<const MemberEntry*>(bytes + layout.entries);
    list->group_sets_ = sets;
    return list;
}

// Bounds were checked when the list was loaded, and the memory has been read-only since.
bool MemberList::find(const CredentialId& id, Member& out) const {
    if (id.key_id != info_.key_id) return false;
    const DigestWords wanted(id.digest);
    const std::uint32_t bucket = bucket_of(id.digest, buckets_);
    const std::uint32_t end = index_[bucket + 1];
    for (std::uint32_t i = index_[bucket]; i < end; ++i) {
        const MemberEntry& entry = entries_[i];
        if (DigestWords(entry.digest) != wanted) continue;
        out.validity = {entry.valid_from, entry.valid_to};
        out.groups = group_sets_[entry.group_set];
        out.flags = entry.flags;
        return true;
    }
    return false;
}

}  // namespace yizhan
