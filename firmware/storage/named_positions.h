// Between positions in StationConfig's vectors and the names that are stored.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace yizhan {

// Empty where there is none, or none of that position.
template <class Item, class Index>
std::string name_at(const std::vector<Item>& items, const std::optional<Index>& index) {
    const auto at = index ? static_cast<std::size_t>(*index) : items.size();
    return at < items.size() ? items[at].name : std::string();
}

template <class Index, class Item>
std::optional<Index> position_of(const std::vector<Item>& items, std::string_view name) {
    const auto found = std::find_if(items.begin(), items.end(), [&](const Item& item) { return item.name == name; });
    if (found == items.end()) return std::nullopt;
    return static_cast<Index>(found - items.begin());
}

}  // namespace yizhan
