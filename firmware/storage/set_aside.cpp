#include "firmware/storage/set_aside.h"

#include <fmt/format.h>

#include <optional>

namespace yizhan {
namespace {

constexpr int most_set_aside = 9;

Result<std::string> free_name(const std::string& path, Files& files) {
    for (int n = 1; n <= most_set_aside; ++n) {
        auto name = fmt::format("{}.damaged-{}", path, n);
        if (files.open(name)) continue;
        // Where only a -wal has that name, and none is here, it is this log's: its database has still to follow.
        if (!files.open(name + "-wal") || !files.open(path + "-wal")) return name;
    }
    return failure(fmt::format("{}: {} damaged logs are kept beside it already", path, most_set_aside),
                   "replace the disk, and move them away");
}

Error replaced(const std::string& path, const std::string& why, const std::string& kept_as) {
    return {path + ": " + why + "; a new log was begun",
            "look at the disk with journalctl -k; the old log is kept as " + kept_as +
                " for whoever inspects it: it holds credentials, delete it then"};
}

}  // namespace

std::string successor_of(const std::string& path) { return path + ".new"; }

// The -wal first: left behind, it would be taken for the new log's. Either may not be there, or not any more.
Result<Error> put_in_place(const std::string& path, const std::string& why, Files& files) {
    auto name = free_name(path, files);
    if (!name) return std::unexpected(name.error());
    for (const char* part : {"-wal", ""}) {
        if (!files.open(path + part)) continue;
        if (auto moved = files.rename(path + part, *name + part); !moved) return std::unexpected(moved.error());
    }
    if (auto moved = files.rename(successor_of(path), path); !moved) return std::unexpected(moved.error());
    return replaced(path, why, *name);
}

Error replaced_before(const std::string& path) {
    return replaced(path, "the log before was damaged", path + ".damaged-<n>");
}

}  // namespace yizhan
