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
    return OpenedLog{.log = std::move(*log), .start = *start, .set_aside = {}, .in_memory = {}};
}

// A new log, where there was one: nobody knows how that ended and who is inside, as after a kill.
void forget_clean_stop(OpenedLog& opened) { opened.start.state.running = true; }

}  // namespace

Result<OpenedLog> open_log_anyhow(const LogFile& file, const StationConfig& names, const KeyBytes& key,
                                  const KeyBytes& salts, Files& files, bool or_in_memory) {
    auto opened = open_whole(file, names, key, salts);
    if (opened) return std::move(*opened);
    LogFailure why = opened.error();
    if (why.fault == DatabaseFault::damaged) {
        const auto kept = set_aside(file.path, why, files);
        if (kept) {
            opened = open_whole(file, names, key, salts);
            if (opened) {
                forget_clean_stop(*opened);
                opened->set_aside = *kept;
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
