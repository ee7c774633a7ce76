#include "firmware/storage/open_log.h"

#include <fmt/format.h>

namespace yizhan {
namespace {

constexpr int most_set_aside = 9;  // damaged logs beside each other: nobody looks after this station

std::expected<OpenedLog, LogFailure> open_whole(const LogFile& file, const StationConfig& names, const KeyBytes& key,
                                                const KeyBytes& salts) {
    auto log = AccessLog::open(file, names, key, salts);
    if (!log) return std::unexpected(log.error());
    auto start = (*log)->restore();
    if (!start) return std::unexpected(LogFailure{start.error(), (*log)->fault()});
    return OpenedLog{.log = std::move(*log), .start = *start, .set_aside = {}, .in_memory = {}};
}

// A new log, where there was one: nobody knows how that ended and who is inside, as after a kill.
void forget_clean_stop(OpenedLog& opened) { opened.start.state.running = true; }

// The -wal first: left behind, it would be taken for the new log's. It may not be there.
Result<std::string> set_aside(const std::string& path, Files& files) {
    for (int n = 1; n <= most_set_aside; ++n) {
        const auto target = fmt::format("{}.damaged-{}", path, n);
        if (files.open(target) || files.open(target + "-wal")) continue;
        if (files.open(path + "-wal")) {
            if (auto moved = files.rename(path + "-wal", target + "-wal"); !moved) {
                return std::unexpected(moved.error());
            }
        }
        if (auto moved = files.rename(path, target); !moved) return std::unexpected(moved.error());
        return target;
    }
    return failure(fmt::format("{}: {} damaged logs are kept beside it already", path, most_set_aside),
                   "replace the disk, and move them away");
}

}  // namespace

Result<OpenedLog> open_log_anyhow(const LogFile& file, const StationConfig& names, const KeyBytes& key,
                                  const KeyBytes& salts, Files& files, bool or_in_memory) {
    auto opened = open_whole(file, names, key, salts);
    if (opened) return std::move(*opened);
    LogFailure why = opened.error();
    if (why.fault == DatabaseFault::damaged) {
        const auto kept = set_aside(file.path, files);
        if (kept) {
            opened = open_whole(file, names, key, salts);
            if (opened) {
                forget_clean_stop(*opened);
                opened->set_aside = Error{why.what + "; a new log was begun",
                                          "copy " + *kept +
                                              " to the centre, then delete it; look at the disk with "
                                              "journalctl -k"};
                return std::move(*opened);
            }
            why = opened.error();
        } else {
            why = {kept.error(), DatabaseFault::disk};
        }
    }
    if (why.fault != DatabaseFault::disk || !or_in_memory) return std::unexpected<Error>(why);
    opened = open_whole({.path = ":memory:", .fresh_epoch = file.fresh_epoch}, names, key, salts);
    if (!opened) return std::unexpected<Error>(opened.error());
    forget_clean_stop(*opened);
    opened->in_memory = Error{why.what, why.cure + "; then restart stationd"};
    return std::move(*opened);
}

}  // namespace yizhan
