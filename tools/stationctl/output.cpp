#include "tools/stationctl/output.h"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "firmware/control/json_line.h"
#include "tools/stationctl/text_table.h"

namespace yizhan {

bool write_out(std::string_view text) {
    return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
}

bool write_json(const nlohmann::json& document) { return write_out(to_line(document)); }

void report(const Failure& failure, bool as_json) {
    if (!as_json) return report_line(failure.error);
    nlohmann::json error = {{"code", failure.code.empty() ? "failed" : failure.code},
                            {"what", failure.error.what},
                            {"cure", failure.error.cure}};
    if (failure.exit == ExitCode::unreachable) error["code"] = "unreachable";
    if (failure.exit == ExitCode::not_permitted) error["code"] = "not-permitted";
    if (!failure.outcome.empty()) error["outcome"] = failure.outcome;
    // Nobody left to tell where this fails too.
    static_cast<void>(write_json({{"ok", false}, {"error", std::move(error)}}));
}

void report_line(const Error& error) {
    std::fprintf(stderr, "stationctl: %s\n", printable(error.what).c_str());
    if (!error.cure.empty()) std::fprintf(stderr, "  %s\n", printable(error.cure).c_str());
}

}  // namespace yizhan
