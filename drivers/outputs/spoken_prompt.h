#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "drivers/ports/sound.h"
#include "hal/fixed_vector.h"
#include "hal/indicator.h"

namespace yizhan {

// Says each outcome in the station's languages, the first one first. The newest wins, except over one that matters more
// (urgency_of) and is still being said. An outcome without words is silent and lets the one before finish.
class SpokenPrompt final : public Prompt {
 public:
    // `languages`: at least one, each once, in the order in which they are said.
    SpokenPrompt(std::unique_ptr<SoundPort> sound, std::span<const Language> languages);

    void say(Outcome outcome, Now now) override;
    // For maintenance: how often the loudspeaker said no, and why the last time; empty once it works again.
    std::uint64_t failures() const { return failures_; }
    const std::string& verdict() const { return verdict_; }
    // What is known to be wrong without saying anything.
    std::optional<Error> trouble() const { return sound_->trouble(); }

 private:
    std::unique_ptr<SoundPort> sound_;
    FixedVector<Language, language_count> languages_;
    Urgency saying_ = Urgency::person;  // until then
    Mono until_;
    std::uint64_t failures_ = 0;
    std::string verdict_;
};

}  // namespace yizhan
