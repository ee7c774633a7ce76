// The loudspeaker seam: recorded sentences, named by what they say. Two implementations: drivers/ports/sound (ALSA) and
// drivers/simulated/sound.
#pragma once

#include <optional>
#include <span>

#include "hal/error.h"
#include "hal/outcome.h"
#include "hal/time.h"

namespace yizhan {

class SoundPort {
 public:
    // Cuts off whatever is being said.
    virtual ~SoundPort() = default;
    // Starts to say the sentence of `outcome` in each of `languages`, one after the other, and cuts off whatever is
    // being said. Returns at once: decoding, mixing and waiting are the port's own thread's business. Fails where
    // there is no loudspeaker or no recording. How long it takes to say it. Loop thread only.
    virtual Result<milliseconds> play(Outcome outcome, std::span<const Language> languages) = 0;
    // What keeps the loudspeaker from saying all it should, also what nobody has tried to play yet; none:
    // nothing known. Loop thread only.
    virtual std::optional<Error> trouble() const = 0;
};

}  // namespace yizhan
