// The member file people keep at the centre: CSV with a header row. Columns, in any order:
//
//   credential   required; see credential_text.h, or digest:<key id>:<digest> as enrolment at the station gives it
//   valid_from   YYYY-MM-DD or empty: first day of membership
//   valid_to     YYYY-MM-DD or empty: last day of membership
//   groups       names from the station's settings, separated by semicolons
//   flags        any of denied, slow, staff, separated by semicolons
//   note         for people; never kept
//
// Nothing from a cell gets into an error text: a slipped column may hold an ID number.
#pragma once

#include <cstdint>
#include <vector>

#include "firmware/identity/credential_id.h"
#include "firmware/identity/member_list_builder.h"
#include "hal/error.h"
#include "hal/file.h"

namespace yizhan {

inline constexpr std::size_t max_reported_errors = 100;
inline constexpr std::uint64_t max_member_csv_bytes = (std::uint64_t{1} << 32) - 1;  // lines are counted in 32 bits

// The first max_reported_errors errors and how many more there were.
struct BoundedErrors {
    std::vector<Error> errors;
    std::uint64_t more = 0;
    void add(Error error) {
        if (errors.size() < max_reported_errors) {
            errors.push_back(std::move(error));
        } else {
            ++more;
        }
    }
    bool empty() const { return errors.empty(); }
};

struct MemberCsv {
    std::uint64_t rows = 0;  // that hold something, good and bad
    MemberTable table;  // the good ones, in the order of the file
};

// Each bad row adds its errors, with file, line and column. Reads to the end unless the file itself is at fault.
MemberCsv read_member_csv(File& file, const CredentialDigest& digest, BoundedErrors& errors);

}  // namespace yizhan
