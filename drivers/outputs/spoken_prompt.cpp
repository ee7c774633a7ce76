#include "drivers/outputs/spoken_prompt.h"

#include <algorithm>
#include <utility>

#include "hal/check.h"

namespace yizhan {

SpokenPrompt::SpokenPrompt(std::unique_ptr<SoundPort> sound, std::span<const Language> languages)
    : sound_(std::move(sound)) {
    YZ_CHECK(sound_ != nullptr);
    YZ_CHECK(!languages.empty() && languages.size() <= language_count);
    for (const auto language : languages) {
        YZ_CHECK(std::find(languages_.begin(), languages_.end(), language) == languages_.end());
        languages_.push_back(language);
    }
}

void SpokenPrompt::say(Outcome outcome, Now now) {
    if (text_of(outcome).zh.empty()) return;
    const Urgency urgency = urgency_of(outcome);
    if (now.mono < until_ && urgency < saying_) return;
    const auto said = sound_->play(outcome, std::span(languages_.begin(), languages_.size()));
    saying_ = urgency;
    until_ = now.mono + said.value_or(milliseconds{0});
    if (said) {
        verdict_.clear();
    } else {
        ++failures_;
        verdict_ = said.error().what + (said.error().cure.empty() ? "" : ": " + said.error().cure);
    }
}

}  // namespace yizhan
