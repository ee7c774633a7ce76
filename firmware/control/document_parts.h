// What the documents have in common. Private to firmware/control.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/control/backend.h"
#include "firmware/identity/hex.h"

namespace yizhan {

std::string_view name_of(CredentialKind kind);
std::string_view name_of(ReaderHealth health);
std::int64_t unix_ms(Wall wall);

// Of a position that the settings no longer know: "#<position>". State outlives settings.
template <class Item>
std::string name_at(const std::vector<Item>& items, std::size_t position) {
    return position < items.size() ? items[position].name : "#" + std::to_string(position);
}

// Null where the wiring gave fewer than the settings have: a document never stops the station.
template <class Item>
const Item* item_at(const std::vector<Item>& items, std::size_t position) {
    return position < items.size() ? &items[position] : nullptr;
}

// Name of the door, reader, outlet or input an alarm is about; empty where it is about the station.
std::string alarm_subject(const Alarm& alarm, const StationConfig& config);

// "forced", "held-open" (with its alarm), "open", "released", "locked".
std::string_view door_state_name(const StationView& view, std::size_t door);

nlohmann::json occupancy_document(const StationView& view);
nlohmann::json door_document(const StationView& view, std::size_t door);
nlohmann::json outlet_document(const StationView& view, std::size_t outlet);
nlohmann::json alarm_documents(const StationView& view);

// ms since 1970 at which the mode ends by itself; none where it does not.
std::optional<std::int64_t> mode_ends_at(const State& state);

}  // namespace yizhan
