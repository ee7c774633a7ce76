// The loudspeaker over ALSA.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "drivers/ports/sound.h"
#include "drivers/ports/sound/recordings.h"

namespace yizhan {

// One thread says what lies in a mailbox with room for one utterance: the newest wins. play() puts it there and wakes
// the thread, one system call, without a lock or an allocation.
//
// The device is open only while something is said, so that others may use it, and for a moment at the start. While it
// fails it is tried again after 1 s, doubling to 60 s, and with every play().
//
// Destroying it waits for the thread at most two seconds. One that is stuck in a driver is left behind with what it
// needs, and ends as soon as it can.
class AlsaSound final : public SoundPort {
 public:
    // `device` as in aplay -D: "default", "plughw:CARD=Device".
    AlsaSound(std::string device, Recordings recordings);
    AlsaSound(const AlsaSound&) = delete;
    AlsaSound& operator=(const AlsaSound&) = delete;
    ~AlsaSound() override;

    Result<milliseconds> play(Outcome outcome, std::span<const Language> languages) override;
    std::optional<Error> trouble() const override;

    struct Counts {
        std::uint64_t finished = 0;  // utterances that were heard to their end
        std::uint64_t cut_off = 0;  // by a newer one, or the end
        std::uint64_t failed = 0;  // by the device
        std::uint64_t tries = 0;  // times it was opened, or meant to be
    };
    Counts counts() const;

 private:
    struct Shared;
    class Player;

    std::shared_ptr<Shared> shared_;
    std::thread thread_;
};

}  // namespace yizhan
