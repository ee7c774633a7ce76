// Opening the access log so that no disk keeps the station from starting.
#pragma once

#include <memory>
#include <optional>

#include "firmware/storage/access_log.h"
#include "hal/file.h"

namespace yizhan {

struct OpenedLog {
    std::unique_ptr<AccessLog> log;
    LogStart start;
    // The log before was damaged, and no stored state has the alarm yet: where it is kept, and that a new one was
    // begun.
    std::optional<Error> set_aside;
    std::optional<Error> in_memory;  // if asked for. Nothing can be stored: why. Records live until the program ends
};

// Opens and restores. A damaged log is kept under another name beside it, with its -wal, and a new one with a new epoch
// is begun. Where the disk does not let itself be read or written, or the file is another program's or a newer
// version's, it is left alone and the log is kept in memory if `or_in_memory`: the doors work and the centre gets its
// records as long as the station runs. An error otherwise is one that a start a little later may not have: the file is
// in use, or there is no memory.
Result<OpenedLog> open_log_anyhow(const LogFile& file, const StationConfig& names, const KeyBytes& key,
                                  const KeyBytes& salts, Files& files, bool or_in_memory);

}  // namespace yizhan
