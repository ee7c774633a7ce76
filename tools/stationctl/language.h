#pragma once

#include <cstdlib>
#include <string>
#include <string_view>

#include "hal/outcome.h"

namespace yizhan {

// What the tool itself says.
struct Words {
    std::string_view zh;
    std::string_view en;
    constexpr std::string_view in(Language language) const { return language == Language::zh ? zh : en; }
};

// Of what workers are told and of the names of places, as the environment says it.
inline Language language_of_environment() {
    for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
        const char* value = std::getenv(name);
        if (value != nullptr && *value != '\0') {
            return std::string_view(value).starts_with("zh") ? Language::zh : Language::en;
        }
    }
    return Language::en;
}

}  // namespace yizhan
