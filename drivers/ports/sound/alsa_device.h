// A playback device of ALSA, never waited for: whoever writes to it comes back later. The only file of this folder that
// knows libasound is its .cpp. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string>

#include "hal/error.h"

struct _snd_pcm;

namespace yizhan {

// What went wrong, small enough to be handed from thread to thread without a lock.
struct SoundTrouble {
    enum class Step : std::uint8_t { none, open, set_up, write, stall };
    Step step = Step::none;
    std::int32_t error = 0;  // errno, positive
    bool operator==(const SoundTrouble&) const = default;
};

// For maintenance. Not for Step::none.
Error error_of(const SoundTrouble& trouble, const std::string& device);

class AlsaDevice {
 public:
    AlsaDevice() = default;
    AlsaDevice(const AlsaDevice&) = delete;
    AlsaDevice& operator=(const AlsaDevice&) = delete;
    ~AlsaDevice() { close(); }

    // `name` as in aplay -D: "default", "plughw:CARD=Device". Mono, 16 bits, wave_rate.
    SoundTrouble open(const std::string& name);
    // At once: what was written and not heard is dropped.
    void close();
    // How many samples it took, 0 if it has no room; an underrun is repaired and counts as no room.
    std::expected<std::size_t, SoundTrouble> write(std::span<const std::int16_t> samples);
    // All is written: play it, also where it does not fill the buffer.
    SoundTrouble start();
    // Samples written and not heard yet.
    std::expected<std::size_t, SoundTrouble> unheard();

 private:
    _snd_pcm* pcm_ = nullptr;
};

}  // namespace yizhan
