#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "drivers/ports/sound.h"

namespace yizhan::simulated {

// A loudspeaker that writes down what it says.
class Sound final : public SoundPort {
 public:
    static constexpr std::size_t longest_memory = 1024;  // then the oldest is forgotten
    static constexpr milliseconds a_language{2500};  // to say anything in it

    struct Sentence {
        Outcome outcome = Outcome::none;
        std::vector<Language> languages;
        bool operator==(const Sentence&) const = default;
    };

    Result<milliseconds> play(Outcome outcome, std::span<const Language> languages) override;

    std::optional<Error> trouble() const override;

    const std::deque<Sentence>& said() const { return said_; }
    void unplug(bool unplugged) { unplugged_ = unplugged; }

 private:
    std::deque<Sentence> said_;
    bool unplugged_ = false;
};

}  // namespace yizhan::simulated
