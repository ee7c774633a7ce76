#include "drivers/recorder/text_scrubber.h"

#include <algorithm>

#include "drivers/ports/key_port.h"
#include "drivers/text_reader/text_reader.h"

namespace yizhan {

TextScrubber::Charset TextScrubber::charset_of(char typed) {
    if (typed >= '0' && typed <= '9') return Charset::digits;
    const char lower = typed >= 'A' && typed <= 'Z' ? static_cast<char>(typed - 'A' + 'a') : typed;
    if (lower >= 'a' && lower <= 'f') return Charset::hex;
    return lower >= 'a' && lower <= 'z' ? Charset::alphanumeric : Charset::printable;
}

std::vector<ScrubbedText> TextScrubber::eat(std::string_view typed, Mono at) {
    std::vector<ScrubbedText> known;
    if (auto before = advance(at)) known.push_back(*std::move(before));
    for (const char key : typed) {
        if (key == key_enter) {
            known.push_back({at, invented() + key_enter});
            continue;
        }
        last_key_ = at;
        if (key == key_unknown) {
            has_unknown_ = true;
        } else {
            charset_ = std::max(charset_, charset_of(key));
        }
        if (typed_ < text_.size()) text_[typed_] = key;
        ++typed_;
    }
    stand_ins_.forget_at(at + StandIns::memory);
    return known;
}

std::optional<ScrubbedText> TextScrubber::end() {
    if (typed_ == 0) return std::nullopt;
    return ScrubbedText{last_key_, invented()};
}

std::optional<ScrubbedText> TextScrubber::advance(Mono now) {
    stand_ins_.advance(now);
    return typed_ > 0 && now - last_key_ >= TextReader::pause ? end() : std::nullopt;
}

std::string TextScrubber::invented() {
    std::string text;
    if (charset_ != Charset::digits) text += std::string_view("0AZ-")[static_cast<std::size_t>(charset_)];
    if (has_unknown_) text += key_unknown;
    // Only what may be a credential is ever compared.
    const bool whole = typed_ > 0 && typed_ <= text_.size() && !has_unknown_;
    const std::string_view real(text_.data(), whole ? typed_ : 0);
    text += static_cast<char>('0' + (whole ? stand_ins_.of(Credential(CredentialKind::text, real)) : 0));
    text.resize(std::min(typed_, longest), '0');
    forget_text();
    return text;
}

// Through volatile, or the compiler may drop the stores.
void TextScrubber::forget_text() {
    for (char& c : text_) *static_cast<volatile char*>(&c) = 0;
    typed_ = 0;
    charset_ = Charset::digits;
    has_unknown_ = false;
}

}  // namespace yizhan
