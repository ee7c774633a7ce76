#pragma once

#include <span>

#include "firmware/storage/database.h"

namespace yizhan {

// What makes version n out of version n - 1, from n = 1. Never changed once released: add another.
std::span<const char* const> log_migrations();

// Takes the database from whatever version it has (PRAGMA user_version) to the last of `steps`. Inside the caller's
// transaction: all or nothing. A version it does not know, or a file with somebody else's tables, is an error.
Result<void> migrate(Database& database, std::span<const char* const> steps);

}  // namespace yizhan
