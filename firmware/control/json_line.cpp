#include "firmware/control/json_line.h"

#include <nlohmann/json.hpp>

namespace yizhan {

std::string to_text(const nlohmann::json& document) {
    return document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string to_line(const nlohmann::json& document) { return to_text(document) + '\n'; }

}  // namespace yizhan
