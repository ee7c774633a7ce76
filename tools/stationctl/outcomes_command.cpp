#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "tools/stationctl/output.h"
#include "tools/stationctl/tool.h"

namespace yizhan {

Tried<ExitCode> show_outcomes(const Tool& tool) {
    nlohmann::json list = nlohmann::json::array();
    for (const OutcomeText& text : outcomes()) {
        if (text.zh.empty()) continue;  // nothing is said
        list.push_back({{"code", text.code}, {"zh", text.zh}, {"en", text.en}, {"spoken", is_spoken(text)}});
        if (!tool.json && !write_out(fmt::format("{:<24}{}\n", text.code, text_in(tool.language, text)))) break;
    }
    if (tool.json) static_cast<void>(write_json({{"ok", true}, {"outcomes", std::move(list)}}));
    return ExitCode::ok;
}

}  // namespace yizhan
