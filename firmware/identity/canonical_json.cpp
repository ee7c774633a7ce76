#include "firmware/identity/canonical_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace yizhan {

using nlohmann::json;

std::optional<json> read_canonical(std::string_view text, std::size_t most) {
    if (text.size() > most) return std::nullopt;
    bool refused = false;
    // Before anything recurses: writing a value does. And numbers that a reader with floating point would round.
    const auto check = [&](int depth, json::parse_event_t event, json& value) {
        const bool opens = event == json::parse_event_t::object_start || event == json::parse_event_t::array_start;
        if (opens && depth >= canonical_depth_limit) refused = true;
        if (event == json::parse_event_t::value && value.is_number()) {
            constexpr std::uint64_t largest = (std::uint64_t{1} << 53) - 1;
            if (!value.is_number_unsigned() || value.get<std::uint64_t>() > largest) refused = true;
        }
        return !refused;
    };
    json object = json::parse(text, check, /*allow_exceptions=*/false);
    if (refused || !object.is_object() || to_canonical(object) != text) return std::nullopt;
    return object;
}

std::string to_canonical(const json& object) {
    // Its names are in the order of their bytes, which for ASCII is that of the RFC.
    return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string bytes_to_sign(std::string_view purpose, std::string_view text) {
    return fmt::format("yizhan {} v1\n{}", purpose, text);
}

bool has_only(const json& object, std::span<const std::string_view> names) {
    return object.is_object() && object.size() == names.size() &&
           std::ranges::all_of(names, [&](std::string_view name) { return object.contains(name); });
}

std::optional<std::uint64_t> number_in(const json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end() || !found->is_number_unsigned()) return std::nullopt;
    return found->get<std::uint64_t>();
}

std::optional<std::string> text_in(const json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end() || !found->is_string()) return std::nullopt;
    return found->get<std::string>();
}

}  // namespace yizhan
