#include "drivers/ports/sound/loudspeaker.h"

#include "drivers/ports/sound/alsa_sound.h"

namespace yizhan {

std::unique_ptr<SoundPort> open_loudspeaker(Files& files, const std::string& device, const std::string& directory,
                                            std::span<const Language> languages) {
    return std::make_unique<AlsaSound>(device, Recordings(files, directory, languages));
}

}  // namespace yizhan
