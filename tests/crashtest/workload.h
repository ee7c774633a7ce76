// What a station does with its access log, and what it was told about it.
#pragma once

#include <cstdint>
#include <string>

#include "drivers/simulated/disk.h"
#include "firmware/storage/access_log.h"

namespace yizhan::crashtest {

// What the log has promised so far; what is asked and not yet answered may have happened or not.
struct Promise {
    std::uint64_t stored = 0;
    std::uint64_t asked = 0;  // records given to commits, answered or not
    std::uint64_t sealed = 0;
    std::uint64_t acknowledged = 0;
    std::uint64_t asked_acknowledged = 0;
    std::string broken;  // how, at a start in the midst of the work; empty: it was kept
};

// Opens, commits, seals, acknowledges, tidies, replaces, closes and opens again, `steps` times, as `seed` has it.
// `promise` is always up to date, also while a call is under way. An operation that fails is tried again, as LogWriter
// does it; ends early after `most_failures` in a row, and then the log is closed.
void work(simulated::Disk& disk, std::uint64_t seed, int steps, Promise& promise);

// Opens the log of this disk and compares it with what was promised: what is wrong, or empty. Goes on with it then, and
// looks again.
std::string what_is_wrong(simulated::Disk& disk, std::uint64_t seed, const Promise& promise);

}  // namespace yizhan::crashtest
