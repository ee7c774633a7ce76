// Lists and keys the tests are made of.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "firmware/identity/member_list.h"
#include "firmware/identity/member_list_builder.h"

namespace yizhan::testing {

inline constexpr std::uint32_t key_id = 0x01020304;
inline const std::vector<std::string> settings_groups{"sanitation", "delivery", "staff"};

// A digest whose first byte is `first` and whose last two are `number`.
MemberRow row(std::uint8_t first, std::uint16_t number = 0);
CredentialId id_of(const MemberRow& row);
// Sorts the rows and builds a list for station "xining-01" and `key_id`.
std::vector<std::byte> list_file(MemberTable table);
Result<std::unique_ptr<MemberList>> load(std::vector<std::byte> bytes);
// Writes the right SHA-256 at the end: for files that are wrong in another way.
std::vector<std::byte> sealed(std::vector<std::byte> bytes);

}  // namespace yizhan::testing
