// The other way of to_row (access_log.h), and rows in the table `record`.
#pragma once

#include <algorithm>
#include <array>

#include "firmware/storage/access_log.h"
#include "firmware/storage/database.h"
#include "firmware/storage/name_dictionary.h"
#include "firmware/storage/record_chain.h"

namespace yizhan {

// Positions for names. A name that no longer exists leaves its field empty. An alarm of something that no longer exists
// would never be cleared: such a record, and one of an unknown type, becomes a settings_loaded, which changes nothing.
Record to_record(const LogRow& row, const CredentialId& credential, const StationConfig& names);

// What of a record stays in this station, until it is erased.
struct StoredSecrets {
    CredentialId credential;
    Salt salt{};
};

// The columns both sides below agree on: "seq, type, …, hash".
std::string record_columns();
inline constexpr int record_column_count = 26;

// False, and `into` as it was, where the column holds anything else than so many bytes.
template <std::size_t N>
bool read_bytes(const Statement& row, int column, std::array<std::uint8_t, N>& into) {
    const auto bytes = row.blob(column);
    if (bytes.size() != N) return false;
    std::copy(bytes.begin(), bytes.end(), into.begin());
    return true;
}

// Binds parameters 1 to record_column_count.
Result<void> bind_row(Statement& insert, const LogRow& row, const StoredSecrets& secrets, const ChainHash& hash,
                      Database& database, NameDictionary& words);
LogRow read_row(const Statement& row, std::uint32_t epoch, const NameDictionary& words);
StoredSecrets read_secrets(const Statement& row);
bool is_erased(const Statement& row);  // it has no secrets, not even in part: none, or zeros in their place
ChainHash read_hash(const Statement& row);

}  // namespace yizhan
