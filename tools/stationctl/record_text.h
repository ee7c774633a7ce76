// Records as lines of a table or of CSV. Pure.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "tools/stationctl/language.h"

namespace yizhan {

// Columns have fixed widths: lines are printed as pages come.
std::string record_heading();
std::string record_line(const nlohmann::json& record, std::int64_t utc_offset_minutes, Language language);

std::string record_csv_heading();
std::string record_csv_line(const nlohmann::json& record, std::int64_t utc_offset_minutes);

}  // namespace yizhan
