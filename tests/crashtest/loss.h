// What a power cut leaves of writes that were not synced: a disk may have written any of them, in any order, and of
// each a part.
#pragma once

#include <cstdint>
#include <vector>

#include "drivers/simulated/disk.h"
#include "drivers/simulated/random.h"

namespace yizhan::crashtest {

// Of the n-th unsynced write: 0 lost, 1 whole, 2 and more torn behind so many sectors less one.
using Loss = std::vector<std::uint8_t>;

inline simulated::Disk::Reached reached(const Loss& loss) {
    return [&loss, next = std::size_t{0}](const simulated::PendingWrite& write) mutable -> std::uint64_t {
        const std::uint8_t fate = next < loss.size() ? loss[next] : 0;
        ++next;
        if (fate == 0) return 0;
        if (fate == 1 || !write.bytes) return write.bytes ? write.bytes->size() : 1;
        return simulated::Disk::sector * (fate - 1U);
    };
}

// Different ones, at most `most`: nothing, everything, everything but one, one alone, and any others. `unsynced`: bytes
// of each write. What fits into one sector is not torn.
std::vector<Loss> losses(const std::vector<std::uint64_t>& unsynced, std::size_t most, simulated::Random& dice);

}  // namespace yizhan::crashtest
