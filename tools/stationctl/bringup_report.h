// What a bring-up found. Pure.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "tools/stationctl/language.h"

namespace yizhan {

enum class StepResult : std::uint8_t { passed, failed, skipped };

struct StepFinding {
    std::string sort;  // "door", "input", "reader", "outlet"
    std::string name;
    std::string role;  // "lock", "contact" …
    StepResult result = StepResult::skipped;
    std::string seen;
    std::string cure;
};

struct BringupReport {
    std::string station;
    std::int64_t from = 0;  // ms since 1970, the station's clock
    std::int64_t to = 0;
    std::int64_t utc_offset_minutes = 0;
    std::vector<StepFinding> steps;
    std::string ended_early;  // why; empty: every step was come to

    // Nothing failed, and something was tried.
    bool well() const;
};

std::string finding_line(const StepFinding& finding, Language language);
std::string report_text(const BringupReport& report, Language language);
nlohmann::json report_json(const BringupReport& report);

}  // namespace yizhan
