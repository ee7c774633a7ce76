#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "hal/error.h"

namespace yizhan {

struct SimOptions {
    std::string target;
    std::string name;
    std::string action;
    std::optional<double> watts;
    std::optional<std::uint64_t> number;
    std::string card;
};

// {"do": "sim", "target", "name", "action", "watts"?, "number"?, "card"?}; the error lists what there is.
Result<nlohmann::json> sim_request(const SimOptions& options);
std::string sim_footer();

}  // namespace yizhan
