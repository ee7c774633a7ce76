#include <toml++/toml.h>

#include <sstream>

#include "firmware/settings/settings.h"

namespace yizhan {

std::string settings_as_json(std::string_view text) {
    try {
        std::ostringstream json;
        json << toml::json_formatter{toml::parse(text)};
        return json.str();
    } catch (const toml::parse_error&) {
        return "{}";
    }
}

}  // namespace yizhan
