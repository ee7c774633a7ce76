#include "firmware/storage/set_aside.h"

#include <fmt/format.h>

namespace yizhan {
namespace {

constexpr int most_set_aside = 9;

}  // namespace

// The -wal first: left behind, it would be taken for the new log's. It may not be there.
Result<Error> set_aside(const std::string& path, const Error& damage, Files& files) {
    for (int n = 1; n <= most_set_aside; ++n) {
        const auto target = fmt::format("{}.damaged-{}", path, n);
        if (files.open(target) || files.open(target + "-wal")) continue;
        if (files.open(path + "-wal")) {
            if (auto moved = files.rename(path + "-wal", target + "-wal"); !moved) {
                return std::unexpected(moved.error());
            }
        }
        if (auto moved = files.rename(path, target); !moved) return std::unexpected(moved.error());
        return Error{damage.what + "; a new log was begun",
                     "copy " + target + " to the centre, then delete it; look at the disk with journalctl -k"};
    }
    return failure(fmt::format("{}: {} damaged logs are kept beside it already", path, most_set_aside),
                   "replace the disk, and move them away");
}

}  // namespace yizhan
