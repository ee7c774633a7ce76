#include "firmware/settings/forms.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace yizhan {
namespace {

struct DurationUnit {
    std::string_view name;
    milliseconds length;
};
// Largest first, for duration_to_text.
constexpr std::array<DurationUnit, 4> duration_units{
    {{"h", hours{1}}, {"min", minutes{1}}, {"s", seconds{1}}, {"ms", milliseconds{1}}}};

constexpr std::array<std::string_view, 7> day_names{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
constexpr int minutes_a_day = 1440;

// All of `digits` as a number.
std::optional<int> number_of(std::string_view digits) {
    int value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (digits.empty() || digits.front() == '-' || error != std::errc{} || end != digits.data() + digits.size()) {
        return std::nullopt;
    }
    return value;
}

// "HH:MM" in minutes, 00:00 to 24:00.
std::optional<int> clock_minutes(std::string_view text) {
    if (text.size() != 5 || text[2] != ':') return std::nullopt;
    const auto hour = number_of(text.substr(0, 2));
    const auto minute = number_of(text.substr(3, 2));
    if (!hour || !minute || *minute > 59) return std::nullopt;
    const int total = *hour * 60 + *minute;
    return total <= minutes_a_day ? std::optional(total) : std::nullopt;
}

std::optional<int> day_number(std::string_view name) {
    const auto* const found = std::ranges::find(day_names, name);
    if (found == day_names.end()) return std::nullopt;
    return static_cast<int>(found - day_names.begin());
}

// "a-b" in two; without a dash the second part is none.
std::pair<std::string_view, std::optional<std::string_view>> parted(std::string_view text) {
    const std::size_t dash = text.find('-');
    if (dash == std::string_view::npos) return {text, std::nullopt};
    return {text.substr(0, dash), text.substr(dash + 1)};
}

WeekSpan week_span(int from, int to) { return {static_cast<std::uint16_t>(from), static_cast<std::uint16_t>(to)}; }

}  // namespace

std::optional<milliseconds> duration_from_text(std::string_view text) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    if (digits > 9) return std::nullopt;
    const auto count = number_of(text.substr(0, digits));
    const auto* const unit = std::ranges::find(duration_units, text.substr(digits), &DurationUnit::name);
    if (!count || unit == duration_units.end()) return std::nullopt;
    return *count * unit->length;
}

std::string duration_to_text(milliseconds duration) {
    if (duration == milliseconds{0}) return "0s";
    const auto* const unit = std::ranges::find_if(
        duration_units, [&](const DurationUnit& u) { return duration % u.length == u.length.zero(); });
    return fmt::format("{}{}", duration / unit->length, unit->name);
}

std::optional<minutes> utc_offset_from_text(std::string_view text) {
    if (text.empty() || (text.front() != '+' && text.front() != '-')) return std::nullopt;
    const auto amount = clock_minutes(text.substr(1));
    if (!amount) return std::nullopt;
    const minutes offset{text.front() == '-' ? -*amount : *amount};
    if (offset < hours{-12} || offset > hours{14}) return std::nullopt;
    return offset;
}

std::optional<LineName> line_from_text(std::string_view text) {
    constexpr std::size_t longest = 31;  // GPIO_MAX_NAME_SIZE of linux/gpio.h less the final NUL
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const std::string_view chip = text.substr(0, colon);
    const std::string_view line = text.substr(colon + 1);
    const auto fits = [](std::string_view part) {
        return !part.empty() && part.size() <= longest &&
               std::ranges::all_of(part, [](char c) { return c > ' ' && c < '\x7F'; });
    };
    if (!fits(chip) || !fits(line)) return std::nullopt;
    return LineName{std::string(chip), std::string(line)};
}

std::optional<std::vector<WeekSpan>> week_spans_from_text(std::string_view text) {
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    const auto [first_name, last_name] = parted(text.substr(0, space));
    const auto [from_text, to_text] = parted(text.substr(space + 1));
    const auto first = day_number(first_name);
    const auto last = day_number(last_name.value_or(first_name));
    const auto from = clock_minutes(from_text);
    const auto to = clock_minutes(to_text.value_or(""));
    if (!first || !last || !from || !to || *from == minutes_a_day || *from == *to) return std::nullopt;

    std::vector<WeekSpan> spans;
    const int days = (*last - *first + 7) % 7 + 1;
    for (int i = 0; i < days; ++i) {
        const int midnight = (*first + i) % 7 * minutes_a_day;
        const int begin = midnight + *from;
        const int end = midnight + *to + (*to < *from ? minutes_a_day : 0);
        spans.push_back(week_span(begin, std::min<int>(end, minutes_a_week)));
        if (end > minutes_a_week) spans.push_back(week_span(0, end - minutes_a_week));
    }
    return spans;
}

std::vector<WeekSpan> merged(std::vector<WeekSpan> spans) {
    std::ranges::sort(spans, {}, &WeekSpan::from);
    std::vector<WeekSpan> result;
    for (const WeekSpan& span : spans) {
        if (!result.empty() && span.from <= result.back().to) {
            result.back().to = std::max(result.back().to, span.to);
        } else {
            result.push_back(span);
        }
    }
    return result;
}

}  // namespace yizhan
