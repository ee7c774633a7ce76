#include "tests/crashtest/loss.h"

#include <algorithm>
#include <set>

namespace yizhan::crashtest {
namespace {

// What may be left of a write that reached the disk in part. What fits into one sector comes whole or not at all.
std::uint8_t torn(std::uint64_t bytes, simulated::Random& dice) {
    constexpr std::uint64_t longest = 64;  // sectors
    const std::uint64_t sectors = std::min((bytes + simulated::Disk::sector - 1) / simulated::Disk::sector, longest);
    return static_cast<std::uint8_t>(sectors < 2 ? dice.below(2) : 2 + dice.below(sectors - 1));
}

}  // namespace

std::vector<Loss> losses(const std::vector<std::uint64_t>& unsynced, std::size_t most, simulated::Random& dice) {
    const std::size_t writes = unsynced.size();
    std::set<Loss> chosen{Loss(writes, 0), Loss(writes, 1)};
    for (std::size_t tries = 0; tries < 4 * most && chosen.size() < most && writes > 0; ++tries) {
        Loss loss(writes, static_cast<std::uint8_t>(dice.below(2)));
        const std::size_t one = dice.below(writes);
        switch (dice.below(4)) {
            case 0:  // all alike but one
                loss[one] ^= 1;
                break;
            case 1:  // the beginning, and one of all torn
                for (std::size_t i = 0, end = dice.below(writes); i < writes; ++i) loss[i] = i < end ? 1 : 0;
                loss[one] = torn(unsynced[one], dice);
                break;
            default:  // in any order: a later one may be there and an earlier one not
                for (std::size_t i = 0; i < writes; ++i) {
                    loss[i] = dice.below(8) == 0 ? torn(unsynced[i], dice) : static_cast<std::uint8_t>(dice.below(2));
                }
        }
        chosen.insert(loss);
    }
    return {chosen.begin(), chosen.end()};
}

}  // namespace yizhan::crashtest
