#include "tools/stationctl/sim_command.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <ranges>
#include <string_view>
#include <vector>

namespace yizhan {
namespace {

struct SimTarget {
    std::string_view name;
    std::vector<std::string_view> actions;
};

const std::array<SimTarget, 5>& sim_targets() {
    static const std::array<SimTarget, 5> targets{{
        {"card", {"present", "remove"}},
        {"door", {"push", "force", "hold", "close", "handle", "exit-button"}},
        {"outlet", {"plug", "unplug"}},
        {"input", {"on", "off"}},
        {"reader", {"unplug", "plug"}},
    }};
    return targets;
}

template <class Names>
std::string known(const Names& names) {
    std::string list;
    for (const auto& name : names) list += (list.empty() ? "known: " : ", ") + std::string(name);
    return list;
}

}  // namespace

std::string sim_footer() {
    std::string text = "Targets and actions:\n";
    for (const auto& target : sim_targets()) {
        text += "  " + std::string(target.name) + " NAME";
        for (const auto action : target.actions) {
            text += (action == target.actions.front() ? " " : "|") + std::string(action);
        }
        text += '\n';
    }
    return text + "For a card NAME is the reader's; present takes --number or --card; an outlet's plug takes WATTS.";
}

Result<nlohmann::json> sim_request(const SimOptions& options) {
    const auto& targets = sim_targets();
    const auto target = std::ranges::find(targets, options.target, &SimTarget::name);
    if (target == targets.end()) {
        return failure("sim " + options.target + ": there is no such target",
                       known(targets | std::views::transform(&SimTarget::name)));
    }
    if (std::ranges::find(target->actions, options.action) == target->actions.end()) {
        return failure("sim " + options.target + ": there is no action " + options.action, known(target->actions));
    }
    if (options.target == "outlet" && options.action == "plug" && !options.watts) {
        return failure("sim outlet NAME plug: how many watts?", "stationctl sim outlet NAME plug WATTS");
    }
    nlohmann::json request = {
        {"do", "sim"}, {"target", options.target}, {"name", options.name}, {"action", options.action}};
    if (options.watts) request["watts"] = *options.watts;
    if (options.number) request["number"] = *options.number;
    if (!options.card.empty()) request["card"] = options.card;
    return request;
}

}  // namespace yizhan
