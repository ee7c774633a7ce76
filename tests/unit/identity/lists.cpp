#include "tests/unit/identity/lists.h"

#include <algorithm>

#include "firmware/identity/sha256.h"
#include "hal/check.h"
#include "tests/unit/identity/memory_file.h"

namespace yizhan::testing {

MemberRow row(std::uint8_t first, std::uint16_t number) {
    MemberRow row;
    row.digest[0] = first;
    row.digest[14] = static_cast<std::uint8_t>(number >> 8);
    row.digest[15] = static_cast<std::uint8_t>(number);
    return row;
}

CredentialId id_of(const MemberRow& row) { return {key_id, row.digest}; }

std::vector<std::byte> list_file(MemberTable table) {
    sort_by_digest(table.rows);
    auto file =
        member_list_file({.station = "xining-01", .version = 7, .built_at = 1700000000, .key_id = key_id}, table);
    YZ_CHECK(file.has_value());
    return *file;
}

Result<std::unique_ptr<MemberList>> load(std::vector<std::byte> bytes) {
    MemoryFile file(std::move(bytes));
    return MemberList::load(file, "xining-01", key_id, settings_groups);
}

std::vector<std::byte> sealed(std::vector<std::byte> bytes) {
    const auto body = std::span(bytes).first(bytes.size() - 32);
    const auto sum = sha256(body);
    std::ranges::copy(std::as_bytes(std::span(sum)), bytes.end() - 32);
    return bytes;
}

}  // namespace yizhan::testing
