// What stations and groups may be called in keys and member lists.
#pragma once

#include <algorithm>
#include <string_view>

namespace yizhan {

inline constexpr std::size_t max_name_size = 32;

namespace detail {
inline bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= max_name_size && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
}
}  // namespace detail

// [a-z0-9-]{1,32}
inline bool is_station_id(std::string_view text) { return detail::is_name(text); }

// [a-z][a-z0-9-]{0,31}. It begins with a letter so that an ID or phone number in the wrong column of a member file
// never becomes a group name, which would be shown to people.
inline bool is_group_name(std::string_view text) {
    return detail::is_name(text) && text.front() >= 'a' && text.front() <= 'z';
}

}  // namespace yizhan
