// Reading what a station says without trusting it to be of our release: what is missing or of another type reads as
// nothing.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace yizhan {

inline const nlohmann::json& at(const nlohmann::json& object, const char* name) {
    static const nlohmann::json nothing;
    const auto found = object.is_object() ? object.find(name) : object.end();
    return object.is_object() && found != object.end() ? *found : nothing;
}

inline std::string text_at(const nlohmann::json& object, const char* name) {
    const auto& value = at(object, name);
    return value.is_string() ? value.get<std::string>() : std::string();
}

inline std::optional<std::int64_t> number_at(const nlohmann::json& object, const char* name) {
    const auto& value = at(object, name);
    if (!value.is_number()) return std::nullopt;
    if (value.is_number_float()) return static_cast<std::int64_t>(value.get<double>());
    return value.get<std::int64_t>();
}

inline bool flag_at(const nlohmann::json& object, const char* name) {
    const auto& value = at(object, name);
    return value.is_boolean() && value.get<bool>();
}

// Empty where there is no list: for range-for.
inline const nlohmann::json& list_at(const nlohmann::json& object, const char* name) {
    static const nlohmann::json nothing = nlohmann::json::array();
    const auto& value = at(object, name);
    return value.is_array() ? value : nothing;
}

}  // namespace yizhan
