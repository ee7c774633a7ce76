#include <algorithm>
#include <nlohmann/json.hpp>

#include "tools/stationctl/gpio_text.h"
#include "tools/stationctl/json_access.h"
#include "tools/stationctl/output.h"
#include "tools/stationctl/tool.h"

namespace yizhan {

using nlohmann::json;

Tried<json> ask_for_wiring(ControlClient& client) {
    auto reply = client.request({{"do", "wiring"}});
    if (!reply) return reply;
    return at(*reply, "wiring");
}

Tried<ExitCode> show_gpio(const Tool& tool) {
    auto client = connect_to_station(tool, "read-only");
    if (!client) return std::unexpected(client.error());
    const auto wiring = ask_for_wiring(*client);
    if (!wiring) return std::unexpected(wiring.error());
    static_cast<void>(tool.json ? write_json(*wiring) : write_out(wiring_text(*wiring, tool.language)));
    const auto is_well = [](const json& part) { return flag_at(part, "ok"); };
    const bool well = std::ranges::all_of(list_at(*wiring, "lines"), is_well) &&
                      std::ranges::all_of(list_at(*wiring, "readers"), is_well);
    return well ? ExitCode::ok : ExitCode::degraded;
}

}  // namespace yizhan
