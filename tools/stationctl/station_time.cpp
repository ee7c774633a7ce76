#include "tools/stationctl/station_time.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>

namespace yizhan {
namespace {

using std::chrono::days;
using std::chrono::milliseconds;
using std::chrono::minutes;
using LocalMs = std::chrono::sys_time<milliseconds>;

LocalMs local(std::int64_t ms, std::int64_t utc_offset_minutes) {
    return LocalMs(milliseconds(ms) + minutes(utc_offset_minutes));
}

std::string date_of(LocalMs time) {
    const std::chrono::year_month_day date(std::chrono::floor<days>(time));
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                       static_cast<unsigned>(date.day()));
}

std::string clock_of(LocalMs time) {
    const std::chrono::hh_mm_ss clock(time - std::chrono::floor<days>(time));
    return fmt::format("{:02}:{:02}:{:02}", clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

// Exactly `size` digits from the front.
std::optional<int> take_number(std::string_view& text, std::size_t size) {
    if (text.size() < size) return std::nullopt;
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + size, value);
    if (error != std::errc() || end != text.data() + size || value < 0) return std::nullopt;
    text.remove_prefix(size);
    return value;
}

bool take(std::string_view& text, std::string_view any_of) {
    if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
    text.remove_prefix(1);
    return true;
}

std::optional<std::int64_t> so_long_ago(std::string_view text, std::int64_t now_ms) {
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc() || count < 0 || count > 1'000'000 || end + 1 != text.data() + text.size()) {
        return std::nullopt;
    }
    switch (*end) {
        case 's':
            return now_ms - count * 1000;
        case 'm':
            return now_ms - count * 60'000;
        case 'h':
            return now_ms - count * 3'600'000;
        case 'd':
            return now_ms - count * 86'400'000;
        default:
            return std::nullopt;
    }
}

}  // namespace

std::string local_time(std::int64_t ms, std::int64_t utc_offset_minutes) {
    const auto time = local(ms, utc_offset_minutes);
    return date_of(time) + ' ' + clock_of(time);
}

std::string short_time(std::int64_t ms, std::int64_t now_ms, std::int64_t utc_offset_minutes) {
    const auto time = local(ms, utc_offset_minutes);
    const bool today = date_of(time) == date_of(local(now_ms, utc_offset_minutes));
    return today ? clock_of(time) : date_of(time) + ' ' + clock_of(time);
}

std::string duration(std::int64_t ms) {
    const std::int64_t s = ms / 1000;
    if (s < 60) return fmt::format("{} s", s);
    if (s < 3600) return s % 60 == 0 ? fmt::format("{} min", s / 60) : fmt::format("{} min {} s", s / 60, s % 60);
    if (s < 86400) {
        return s / 60 % 60 == 0 ? fmt::format("{} h", s / 3600) : fmt::format("{} h {} min", s / 3600, s / 60 % 60);
    }
    return s / 86400 == 1 ? "1 day" : fmt::format("{} days", s / 86400);
}

std::optional<std::int64_t> parse_time(std::string_view text, std::int64_t now_ms, std::int64_t utc_offset_minutes) {
    if (const auto ago = so_long_ago(text, now_ms)) return ago;
    const auto year = take_number(text, 4);
    if (!year || !take(text, "-")) return std::nullopt;
    const auto month = take_number(text, 2);
    if (!month || !take(text, "-")) return std::nullopt;
    const auto day = take_number(text, 2);
    if (!day) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok()) return std::nullopt;
    int clock[3] = {0, 0, 0};
    if (!text.empty()) {
        for (std::size_t i = 0; i < 3 && !(i == 2 && text.empty()); ++i) {
            if (!take(text, i == 0 ? " T" : ":")) return std::nullopt;
            const auto part = take_number(text, 2);
            if (!part || *part >= (i == 0 ? 24 : 60)) return std::nullopt;
            clock[i] = *part;
        }
        if (!text.empty()) return std::nullopt;
    }
    const auto time = std::chrono::sys_days(date) + std::chrono::hours(clock[0]) + minutes(clock[1]) +
                      std::chrono::seconds(clock[2]) - minutes(utc_offset_minutes);
    return std::chrono::duration_cast<milliseconds>(time.time_since_epoch()).count();
}

}  // namespace yizhan
