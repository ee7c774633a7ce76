#include "firmware/storage/migrations.h"

#include <fmt/format.h>

#include <array>

namespace yizhan {
namespace {

// `name`: every word a record holds (types, outcomes, doors, groups …) once, and its number in the records. Words in
// the records themselves would be easier to read in a shell, but nobody opens this file beside stationd, and they would
// add a quarter to a record (measured on swipes: 20 bytes to 70), written at every swipe on an SD card. There are as
// many words as the settings ever had names, plus ours.
//
// What is unsigned 64 bits (boot, visit) is stored as the signed number with the same bits.
constexpr const char* version_1 = R"(
CREATE TABLE meta (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    epoch INTEGER NOT NULL,
    acknowledged INTEGER NOT NULL,
    deleted INTEGER NOT NULL,  -- the newest record that retention has taken away
    deleted_hash BLOB NOT NULL -- behind that one
) STRICT;
CREATE TABLE name (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE record (
    seq INTEGER PRIMARY KEY,
    type INTEGER NOT NULL,
    boot INTEGER NOT NULL,
    mono INTEGER NOT NULL,     -- ns
    wall INTEGER NOT NULL,     -- ms since 1970 UTC
    trusted INTEGER NOT NULL,
    outcome INTEGER,
    cause INTEGER,
    off_reason INTEGER,
    mode INTEGER,
    alarm INTEGER,
    door INTEGER,
    reader INTEGER,
    outlet INTEGER,
    input INTEGER,
    member_group INTEGER,
    visit INTEGER,
    lasts INTEGER,             -- ms
    value INTEGER,
    actor INTEGER,
    uid INTEGER,
    key_id INTEGER,            -- key_id and digest never leave the station
    digest BLOB,
    salt BLOB,                 -- nor does the salt
    commitment BLOB,           -- see record_chain.h; what stays when digest and salt are erased
    hash BLOB NOT NULL
) STRICT;
CREATE INDEX record_wall ON record (wall);
CREATE TABLE checkpoint (
    seq INTEGER PRIMARY KEY,
    hash BLOB NOT NULL,
    key BLOB NOT NULL,
    signature BLOB NOT NULL
) STRICT;
CREATE TABLE snapshot (
    seq INTEGER PRIMARY KEY,
    state TEXT NOT NULL
) STRICT;
)";

constexpr const char* version_2 = R"(
ALTER TABLE meta ADD COLUMN deleted_wall INTEGER NOT NULL DEFAULT 0; -- ms; newest trusted stamp of what was taken away
ALTER TABLE meta ADD COLUMN erased INTEGER NOT NULL DEFAULT 0;       -- up to here digest and salt are zeros
)";

constexpr const char* version_3 = R"(
ALTER TABLE meta ADD COLUMN deleted_signature BLOB NOT NULL DEFAULT x''; -- see record_chain.h
ALTER TABLE meta ADD COLUMN replaces INTEGER NOT NULL DEFAULT 0;         -- 1: a damaged log, and no stored state tells it
ALTER TABLE snapshot ADD COLUMN hash BLOB NOT NULL DEFAULT x'';          -- SHA-256 of its state
)";

constexpr std::array steps_of_log{version_1, version_2, version_3};

}  // namespace

std::span<const char* const> log_migrations() { return steps_of_log; }

Result<std::size_t> version_of(Database& database, std::span<const char* const> steps) {
    const auto version = database.integer("PRAGMA user_version");
    if (!version) return std::unexpected(version.error());
    if (*version < 0 || static_cast<std::size_t>(*version) > steps.size()) {
        return failure(fmt::format("{}: has version {}, this program knows versions up to {}", database.path(),
                                   *version, steps.size()),
                       "install the newer stationd again, or move the file away: a new log is made then");
    }
    if (*version == 0) {
        const auto tables = database.integer("SELECT count(*) FROM sqlite_schema");
        if (!tables) return std::unexpected(tables.error());
        if (*tables > 0) {
            return failure(fmt::format("{}: is a database of something else", database.path()),
                           "check the path in the settings");
        }
    }
    return static_cast<std::size_t>(*version);
}

Result<void> migrate(Database& database, std::span<const char* const> steps) {
    const auto version = version_of(database, steps);
    if (!version) return std::unexpected(version.error());
    for (std::size_t step = *version; step < steps.size(); ++step) {
        auto done = database.execute(steps[step]);
        if (done) done = database.execute(fmt::format("PRAGMA user_version = {}", step + 1));
        if (!done) return done;
    }
    return {};
}

}  // namespace yizhan
