// Everything that can be wrong with a member list file, found before anybody relies on it. Errors begin with `place`,
// the file's name, and never show a digest.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "firmware/identity/member_list.h"
#include "firmware/identity/member_list_format.h"
#include "hal/error.h"
#include "hal/file.h"

namespace yizhan {

// The size of a file that begins like a member list, after which its memory can be made.
Result<std::size_t> member_list_size(File& file);

// Copies the file into `memory` (of member_list_size()) and checks all that the file alone can tell: SHA-256, sizes,
// names, order, ranges. What it returned for is what is in `memory`, whatever happens to the file meanwhile.
Result<MemberListInfo> read_member_list(File& file, std::span<std::byte> memory);

// Whether the list is for this station, this key and these groups.
Result<void> check_member_list_fits(const MemberListInfo& info, std::string_view station, std::uint32_t key_id,
                                    std::span<const std::string> groups, const std::string& place);

}  // namespace yizhan
