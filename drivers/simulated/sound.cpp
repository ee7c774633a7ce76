#include "drivers/simulated/sound.h"

namespace yizhan::simulated {

Result<milliseconds> Sound::play(Outcome outcome, std::span<const Language> languages) {
    if (const auto why = trouble()) return std::unexpected(*why);
    if (said_.size() == longest_memory) said_.pop_front();
    said_.push_back({outcome, {languages.begin(), languages.end()}});
    return a_language * static_cast<int>(languages.size());
}

std::optional<Error> Sound::trouble() const {
    if (!unplugged_) return std::nullopt;
    return Error{"the loudspeaker is not there", "check its cable"};
}

}  // namespace yizhan::simulated
