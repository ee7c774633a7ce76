#include "drivers/simulated/sound.h"

namespace yizhan::simulated {

Result<void> Sound::play(Outcome outcome, std::span<const Language> languages) {
    if (unplugged_) return failure("the loudspeaker is not there", "check its cable");
    if (said_.size() == longest_memory) said_.pop_front();
    said_.push_back({outcome, {languages.begin(), languages.end()}});
    return {};
}

std::string Sound::trouble() const {
    return unplugged_ ? "the loudspeaker is not there: check its cable" : std::string();
}

}  // namespace yizhan::simulated
