// What a reader typed, without what it typed: a text becomes an invented one of the same length that keeps
// * the narrowest charset of the settings that has all its characters: digits, hex, alphanumeric, printable,
// * whether it held a key that types no character, and
// * whether Enter ended it.
// It comes as one, at the time of its last key: a reader needs longer for a character with Shift, so the times of
// single keys tell what they were.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/recorder/stand_ins.h"
#include "hal/time.h"

namespace yizhan {

struct ScrubbedText {
    Mono at;
    std::string text;  // as drivers/ports/key_port.h has it
};

// Keeps a text until it ends, as TextReader does.
class TextScrubber {
 public:
    static constexpr std::size_t longest = 255;  // keys; what is longer is shown so long

    TextScrubber() = default;
    TextScrubber(const TextScrubber&) = delete;
    TextScrubber& operator=(const TextScrubber&) = delete;
    ~TextScrubber() { forget_text(); }

    // The texts that became known by this.
    std::vector<ScrubbedText> eat(std::string_view typed, Mono at);
    // Nothing will follow: what waits.
    std::optional<ScrubbedText> end();
    // Likewise where a pause ended it. Forgets what no driver knows any more.
    std::optional<ScrubbedText> advance(Mono now);

 private:
    // Ordered: each charset of the settings holds those before it.
    enum class Charset : std::uint8_t { digits, hex, alphanumeric, printable };
    static Charset charset_of(char typed);
    std::string invented();
    void forget_text();

    std::array<char, Credential::max_size> text_{};
    std::size_t typed_ = 0;  // keys, also those that are not in text_
    Charset charset_ = Charset::digits;
    bool has_unknown_ = false;
    Mono last_key_;
    StandIns stand_ins_;
};

}  // namespace yizhan
