#include "firmware/storage/open_log.h"

#include "firmware/storage/set_aside.h"

namespace yizhan {
namespace {

std::expected<OpenedLog, LogFailure> open_whole(const LogFile& file, const StationConfig& names, const KeyBytes& key,
                                                const KeyBytes& salts) {
    auto log = AccessLog::open(file, names, key, salts);
    if (!log) return std::unexpected(log.error());
    auto start = (*log)->restore();
    if (!start) return std::unexpected(LogFailure{start.error(), (*log)->fault()});
    OpenedLog opened{.log = std::move(*log), .start = *start, .set_aside = {}, .in_memory = {}};
    if (start->replaces_damaged) opened.set_aside = replaced_before(file.path);
    return opened;
}

// Where there was a log nobody knows how that ended and who is inside, as after a kill.
State after_an_unknown_end() { return {.running = true}; }

// A damaged log found now, or one whose replacement a power cut has interrupted.
std::expected<OpenedLog, LogFailure> open_successor(const LogFile& file, const std::string& why,
                                                    const StationConfig& names, const KeyBytes& key,
                                                    const KeyBytes& salts, Files& files) {
    const auto kept = put_in_place(file.path, why, files);
    if (!kept) return std::unexpected(LogFailure{kept.error(), DatabaseFault::disk});
    auto opened = open_whole(file, names, key, salts);
    if (opened) opened->set_aside = *kept;
    return opened;
}

// A -wal without its database: whoever opened that would begin a new log, and throw away what is stored in the -wal.
bool is_half_a_log(const std::string& path, Files& files) {
    if (!files.open(path + "-wal")) return false;
    const auto database = files.open(path);
    return !database || (*database)->size().value_or(1) == 0;
}

std::expected<OpenedLog, LogFailure> open_or_replace(const LogFile& file, const StationConfig& names,
                                                     const KeyBytes& key, const KeyBytes& salts, Files& files) {
    constexpr const char* damaged = "the database is damaged";
    if (files.open(successor_of(file.path))) {
        auto opened = open_successor(file, damaged, names, key, salts, files);
        if (opened || opened.error().fault != DatabaseFault::damaged) return opened;
    } else if (!is_half_a_log(file.path, files)) {
        auto opened = open_whole(file, names, key, salts);
        if (opened || opened.error().fault != DatabaseFault::damaged) return opened;
    }
    const auto begun = AccessLog::begin_successor(file, names, 0, after_an_unknown_end(), SigningKey(key), files);
    if (!begun) return std::unexpected(LogFailure{begun.error(), DatabaseFault::disk});
    return open_successor(file, damaged, names, key, salts, files);
}

}  // namespace

Result<OpenedLog> open_log_anyhow(const LogFile& file, const StationConfig& names, const KeyBytes& key,
                                  const KeyBytes& salts, Files& files, bool or_in_memory) {
    auto opened = open_or_replace(file, names, key, salts, files);
    if (opened) return std::move(*opened);
    const LogFailure why = opened.error();
    // Damaged: even the one just made. Somebody has to look at the disk, or at the file; the doors do not wait.
    if (why.fault == DatabaseFault::other || !or_in_memory) return std::unexpected<Error>(why);
    opened = open_whole(in_memory(file), names, key, salts);
    if (!opened) return std::unexpected<Error>(opened.error());
    opened->start.state = after_an_unknown_end();
    opened->in_memory = kept_in_memory(why);
    return std::move(*opened);
}

}  // namespace yizhan
