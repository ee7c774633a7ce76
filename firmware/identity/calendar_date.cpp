#include "firmware/identity/calendar_date.h"

namespace yizhan {
namespace {

// -1 if it is not exactly `size` digits.
int date_number(std::string_view text, std::size_t size) {
    if (text.size() != size) return -1;
    int number = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return -1;
        number = number * 10 + (c - '0');
    }
    return number;
}

}  // namespace

std::optional<std::chrono::year_month_day> calendar_date(std::string_view year, std::string_view month,
                                                         std::string_view day) {
    const int y = date_number(year, 4);
    const int m = date_number(month, 2);
    const int d = date_number(day, 2);
    if (y < 0 || m < 0 || d < 0) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(y), std::chrono::month(static_cast<unsigned>(m)),
                                           std::chrono::day(static_cast<unsigned>(d))};
    if (!date.ok()) return std::nullopt;
    return date;
}

}  // namespace yizhan
