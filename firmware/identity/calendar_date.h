#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace yizhan {

// A day that exists, from four, two and two decimal digits.
std::optional<std::chrono::year_month_day> calendar_date(std::string_view year, std::string_view month,
                                                         std::string_view day);

}  // namespace yizhan
