#pragma once

#include <cstdlib>
#include <string>
#include <string_view>

#include "hal/outcome.h"

namespace yizhan {

// Of the texts that exist in both: what workers are told, names of places.
enum class Language { en, zh };

// As the environment says it.
inline Language language_of_environment() {
    for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
        const char* value = std::getenv(name);
        if (value != nullptr && *value != '\0') {
            return std::string_view(value).starts_with("zh") ? Language::zh : Language::en;
        }
    }
    return Language::en;
}

inline std::string_view text_in(Language language, const OutcomeText& text) {
    return language == Language::zh ? text.zh : text.en;
}

}  // namespace yizhan
