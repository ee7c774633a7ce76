#include "tests/crashtest/loss.h"

#include <set>

namespace yizhan::crashtest {

std::vector<Loss> losses(std::size_t unsynced, std::size_t most, std::uint64_t& dice) {
    const auto roll = [&dice](std::uint64_t sides) {
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        return dice % sides;
    };
    std::set<Loss> chosen{Loss(unsynced, 0), Loss(unsynced, 1)};
    for (std::size_t tries = 0; tries < 4 * most && chosen.size() < most && unsynced > 0; ++tries) {
        Loss loss(unsynced, static_cast<std::uint8_t>(roll(2)));
        switch (roll(4)) {
            case 0:  // all alike but one
                loss[roll(unsynced)] ^= 1;
                break;
            case 1:  // the beginning, and the last of it torn
                for (std::size_t i = 0, end = roll(unsynced); i < unsynced; ++i) loss[i] = i < end ? 1 : 0;
                loss[roll(unsynced)] = static_cast<std::uint8_t>(2 + roll(7));
                break;
            default:  // in any order: a later one may be there and an earlier one not
                for (auto& fate : loss) fate = static_cast<std::uint8_t>(roll(8) == 0 ? 2 + roll(7) : roll(2));
        }
        chosen.insert(loss);
    }
    return {chosen.begin(), chosen.end()};
}

}  // namespace yizhan::crashtest
