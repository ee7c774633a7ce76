// The loudspeaker seam: recorded sentences, named by what they say. Two implementations: drivers/ports/sound (with the
// next step) and drivers/simulated/sound.
#pragma once

#include <cstdint>
#include <span>

#include "hal/error.h"
#include "hal/outcome.h"

namespace yizhan {

enum class Language : std::uint8_t { zh, en };
inline constexpr std::size_t language_count = static_cast<std::size_t>(Language::en) + 1;

class SoundPort {
 public:
    // Cuts off whatever is being said.
    virtual ~SoundPort() = default;
    // Starts to say the sentence of `outcome` in each of `languages`, one after the other, and cuts off whatever is
    // being said. Returns at once: decoding, mixing and waiting are the port's own thread's business. Fails where
    // there is no loudspeaker or no recording. Loop thread only.
    virtual Result<void> play(Outcome outcome, std::span<const Language> languages) = 0;
};

}  // namespace yizhan
