#pragma once

#include <cstddef>
#include <span>

#include "firmware/storage/database.h"

namespace yizhan {

// What makes version n out of version n - 1, from n = 1. Never changed once released: add another.
std::span<const char* const> log_migrations();

// How many of `steps` the database has behind it (PRAGMA user_version). A version beyond them, or a file with somebody
// else's tables, is an error. Changes nothing.
Result<std::size_t> version_of(Database& database, std::span<const char* const> steps);

// Takes the database from there to the last of `steps`. Inside the caller's transaction: all or nothing.
Result<void> migrate(Database& database, std::span<const char* const> steps);

}  // namespace yizhan
