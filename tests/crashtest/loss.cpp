#include "tests/crashtest/loss.h"

#include <set>

namespace yizhan::crashtest {

std::vector<Loss> losses(std::size_t unsynced, std::size_t most, simulated::Random& dice) {
    std::set<Loss> chosen{Loss(unsynced, 0), Loss(unsynced, 1)};
    for (std::size_t tries = 0; tries < 4 * most && chosen.size() < most && unsynced > 0; ++tries) {
        Loss loss(unsynced, static_cast<std::uint8_t>(dice.below(2)));
        switch (dice.below(4)) {
            case 0:  // all alike but one
                loss[dice.below(unsynced)] ^= 1;
                break;
            case 1:  // the beginning, and the last of it torn
                for (std::size_t i = 0, end = dice.below(unsynced); i < unsynced; ++i) loss[i] = i < end ? 1 : 0;
                loss[dice.below(unsynced)] = static_cast<std::uint8_t>(2 + dice.below(7));
                break;
            default:  // in any order: a later one may be there and an earlier one not
                for (auto& fate : loss)
                    fate = static_cast<std::uint8_t>(dice.below(8) == 0 ? 2 + dice.below(7) : dice.below(2));
        }
        chosen.insert(loss);
    }
    return {chosen.begin(), chosen.end()};
}

}  // namespace yizhan::crashtest
