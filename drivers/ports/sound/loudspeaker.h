#pragma once

#include <memory>
#include <span>
#include <string>

#include "drivers/ports/sound.h"
#include "hal/file.h"

namespace yizhan {

// The loudspeaker of a station, with its recordings in memory. There is always one: a missing sound card or recording
// is its trouble(). Reads at most 70 files of 1 MiB: before the loop runs.
std::unique_ptr<SoundPort> open_loudspeaker(Files& files, const std::string& device, const std::string& directory,
                                            std::span<const Language> languages);

}  // namespace yizhan
