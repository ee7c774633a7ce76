// What the maintenance tool does with member lists, at the centre and at a station. The station's key comes from
// derive_station_key() in credential_id.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "firmware/identity/member_list.h"
#include "hal/error.h"
#include "hal/file.h"

namespace yizhan {

struct MemberListOrder {
    std::string station;
    std::uint64_t version = 0;
    std::int64_t built_at = 0;  // seconds since 1970
};

struct MemberListReport {
    std::uint64_t rows = 0;  // rows that hold something
    std::uint64_t members = 0;  // rows without fault
    std::vector<Error> errors;  // of rows: the first 100, with file, line and column; no credential in any of them
    std::uint64_t more_errors = 0;  // beyond those
    std::uint32_t key_id = 0;  // of the station's key
    std::vector<std::string> groups;  // names used: the station's settings must have them all
    bool written = false;  // only when there was no error at all
};

// Reads a member file (member_csv.h), derives the station's key and writes the station's list to `out_path`, replacing
// what was there only when all of it is good. An Error is about the order, the secret or `out_path`; what is wrong with
// the member file is in the report.
Result<MemberListReport> build_member_list(File& csv, const MemberListOrder& order,
                                           std::span<const std::byte> centre_secret, Files& files,
                                           const std::string& out_path);

// What a list must fit, where it is known.
struct MemberListExpectation {
    std::optional<std::string> station;
    std::optional<std::uint32_t> key_id;
    std::optional<std::vector<std::string>> groups;
};

// All the checks of MemberList::load(), without locking memory.
Result<MemberListInfo> check_member_list(File& file, const MemberListExpectation& expected = {});

}  // namespace yizhan
