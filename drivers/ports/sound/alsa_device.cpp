#include "drivers/ports/sound/alsa_device.h"

#include <alsa/asoundlib.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <mutex>
#include <string_view>

#include "drivers/ports/sound/wave.h"
#include "hal/check.h"

namespace yizhan {
namespace {

using Step = SoundTrouble::Step;

// Waits of the player fit into it several times; a sentence that is cut off drops it.
constexpr unsigned buffer_microseconds = 200'000;

SoundTrouble trouble_of(Step step, int negative_error) { return {step, -negative_error}; }

// libasound writes about everything it tries to standard error; what matters comes back as a value.
void say_nothing(const char*, int, const char*, int, const char*, ...) {}

std::string_view cure_of(const SoundTrouble& trouble) {
    switch (trouble.error) {
        case EBUSY:
            return "stop the program that holds it (fuser -v /dev/snd/*), or use \"default\", which mixes";
        case EACCES:
            return "let a udev rule give /dev/snd to the group yizhan-devices (70-yizhan.rules)";
        case EPERM:
            return "restart stationd; where that does not help, its unit lacks DeviceAllow=char-alsa rw";
        default:
            break;
    }
    switch (trouble.step) {
        case Step::set_up:
            return "let ALSA convert: use \"default\" or \"plughw:…\" instead of \"hw:…\"";
        case Step::stall:
            return "plug the sound card in again; check it with: speaker-test -c 1 -t sine";
        default:
            return "check that the sound card is plugged in, and its name in [sound] device: aplay -L";
    }
}

}  // namespace

Error error_of(const SoundTrouble& trouble, const std::string& device) {
    std::string_view what;
    switch (trouble.step) {
        case Step::none:
        case Step::open:
            what = "cannot be opened";
            break;
        case Step::set_up:
            what = "does not play 16 kHz mono";
            break;
        case Step::write:
            what = "failed while it played";
            break;
        case Step::stall:
            what = "takes no sound";
            break;
    }
    const std::string why = trouble.error == 0 ? "" : fmt::format(" ({})", ::strerror(trouble.error));
    return {fmt::format("no loudspeaker: ALSA device \"{}\" {}{}", device, what, why), std::string(cure_of(trouble))};
}

SoundTrouble AlsaDevice::open(const std::string& name) {
    YZ_CHECK(pcm_ == nullptr);
    static std::once_flag quiet;
    std::call_once(quiet, [] { snd_lib_error_set_handler(say_nothing); });
    // Without SND_PCM_NONBLOCK a device in use is waited for.
    if (const int opened = snd_pcm_open(&pcm_, name.c_str(), SND_PCM_STREAM_PLAYBACK, SND_PCM_NONBLOCK); opened < 0) {
        pcm_ = nullptr;
        return trouble_of(Step::open, opened);
    }
    const int set = snd_pcm_set_params(pcm_, SND_PCM_FORMAT_S16, SND_PCM_ACCESS_RW_INTERLEAVED, 1, wave_rate, 1,
                                       buffer_microseconds);
    if (set >= 0) return {};
    close();
    return trouble_of(Step::set_up, set);
}

void AlsaDevice::close() {
    if (pcm_ == nullptr) return;
    snd_pcm_drop(pcm_);
    snd_pcm_close(pcm_);
    pcm_ = nullptr;
}

std::expected<std::size_t, SoundTrouble> AlsaDevice::write(std::span<const std::int16_t> samples) {
    const snd_pcm_sframes_t taken = snd_pcm_writei(pcm_, samples.data(), samples.size());
    if (taken >= 0) return static_cast<std::size_t>(taken);
    const int error = static_cast<int>(taken);
    if (error == -EAGAIN || error == -EINTR) return 0;
    if (error == -EPIPE && snd_pcm_prepare(pcm_) >= 0) return 0;
    return std::unexpected(trouble_of(Step::write, error));
}

SoundTrouble AlsaDevice::start() {
    if (snd_pcm_state(pcm_) != SND_PCM_STATE_PREPARED) return {};
    const int started = snd_pcm_start(pcm_);
    return started < 0 ? trouble_of(Step::write, started) : SoundTrouble{};
}

std::expected<std::size_t, SoundTrouble> AlsaDevice::unheard() {
    snd_pcm_sframes_t delay = 0;
    const int asked = snd_pcm_delay(pcm_, &delay);
    if (asked == -EPIPE) return 0;  // it ran empty
    if (asked < 0) return std::unexpected(trouble_of(Step::write, asked));
    return delay > 0 ? static_cast<std::size_t>(delay) : 0;
}

}  // namespace yizhan
