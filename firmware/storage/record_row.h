// The other way of to_row (access_log.h), and rows in the table `record`.
#pragma once

#include "firmware/storage/access_log.h"
#include "firmware/storage/database.h"
#include "firmware/storage/name_dictionary.h"

namespace yizhan {

// Positions for names. A name that no longer exists leaves its field empty. An alarm of something that no longer exists
// would never be cleared: such a record, and one of an unknown type, becomes a settings_loaded, which changes nothing.
Record to_record(const LogRow& row, const CredentialId& credential, const StationConfig& names);

// The columns both sides below agree on: "seq, type, …, digest".
std::string record_columns();
inline constexpr int record_column_count = 23;

// Binds parameters 1 to record_column_count.
Result<void> bind_row(Statement& insert, const LogRow& row, const CredentialId& credential, Database& database,
                      NameDictionary& words);
LogRow read_row(const Statement& row, std::uint32_t epoch, const NameDictionary& words);
CredentialId read_credential(const Statement& row);

}  // namespace yizhan
