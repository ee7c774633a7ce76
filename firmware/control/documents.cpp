#include "firmware/control/documents.h"

#include <nlohmann/json.hpp>

#include "firmware/control/document_parts.h"
#include "firmware/identity/hex.h"

namespace yizhan {
namespace {

using nlohmann::json;

std::string_view place_name(ReaderPlace place) {
    switch (place) {
        case ReaderPlace::entry:
            return "entry";
        case ReaderPlace::exit:
            return "exit";
        case ReaderPlace::inside:
            return "inside";
    }
    return "";
}

json reader_places(const StationConfig& config) {
    json readers = json::array();
    for (const auto& reader : config.readers) {
        json one = {{"name", reader.name}, {"place", place_name(reader.place)}};
        if (reader.door) one["door"] = name_at(config.doors, static_cast<std::size_t>(*reader.door));
        if (reader.outlet) one["outlet"] = name_at(config.outlets, static_cast<std::size_t>(*reader.outlet));
        readers.push_back(std::move(one));
    }
    return readers;
}

}  // namespace

json info_document(const StationView& view) {
    const StationConfig& config = view.station->config();
    json doors = json::array();
    for (const auto& door : config.doors) {
        doors.push_back({{"name", door.name},
                         {"egress", door.egress == Egress::mechanical ? "mechanical" : "hardware-button"},
                         {"contact", door.has_contact},
                         {"exit_button", door.has_exit_button}});
    }
    json outlets = json::array();
    for (const auto& outlet : config.outlets) {
        outlets.push_back(
            {{"name", outlet.name}, {"time_limit_s", std::chrono::duration_cast<seconds>(outlet.time_limit).count()}});
    }
    json inputs = json::array();
    for (const auto& input : config.inputs) {
        inputs.push_back({{"name", input.name}, {"kind", name_of(input.kind)}});
    }
    json groups = json::array();
    for (const auto& group : config.groups) groups.push_back(group.name);
    return {{"schema", 1},
            {"station", config.id},
            {"version", view.version},
            {"boot", hex16(view.boot)},
            {"started", unix_ms(view.started)},
            {"log_key", to_hex(view.log.key)},
            {"name", {{"zh", view.name_zh}, {"en", view.name_en}}},
            {"address", {{"zh", view.address_zh}, {"en", view.address_en}}},
            {"utc_offset_minutes", config.utc_offset.count()},
            {"capacity", config.capacity},
            {"policy", config.policy == AdmissionPolicy::members ? "members" : "any-valid-id"},
            {"doors", std::move(doors)},
            {"readers", reader_places(config)},
            {"outlets", std::move(outlets)},
            {"inputs", std::move(inputs)},
            {"groups", std::move(groups)}};
}

json state_document(const StationView& view, Now now) {
    const StationConfig& config = view.station->config();
    const State& state = view.station->state();
    json doors = json::array();
    for (std::size_t i = 0; i < config.doors.size(); ++i) doors.push_back(door_document(view, i));
    json outlets = json::array();
    for (std::size_t i = 0; i < config.outlets.size(); ++i) outlets.push_back(outlet_document(view, i));
    json members = {{"loaded", view.members.loaded}};
    if (view.members.loaded) {
        members["version"] = view.members.version;
        members["count"] = view.members.count;
        members["built_at"] = view.members.built_at * 1000;
    }
    json log = {{"epoch", view.log.epoch},
                {"first", view.log.beginning.first()},
                {"last", view.log.last},
                {"stored", view.log.stored},
                {"acknowledged", view.log.acknowledged}};
    // What a receiver needs to begin there: the chain goes on behind this.
    if (view.log.beginning.deleted > 0) log["before"] = to_hex(view.log.beginning.hash);
    if (view.log.checkpoint) log["checkpoint"] = checkpoint_document(*view.log.checkpoint);
    // The time it counts from, not its age: nothing here changes only because time passes.
    if (view.log.oldest_unacknowledged) log["oldest_unacknowledged"] = unix_ms(*view.log.oldest_unacknowledged);
    json document = {{"time", unix_ms(now.wall)},
                     {"occupancy", occupancy_document(view)},
                     {"mode", name_of(state.mode)},
                     {"fire", state.fire},
                     {"presence", state.presence},
                     {"doors", std::move(doors)},
                     {"outlets", std::move(outlets)},
                     {"alarms", alarm_documents(view)},
                     {"members", std::move(members)},
                     {"log", std::move(log)},
                     {"clock", {{"trusted", now.wall_trusted}}}};
    if (const auto ends = mode_ends_at(state)) document["mode_ends_at"] = *ends;
    return document;
}

json check_document(const LogCheck& check) {
    json keys = json::array();
    for (const PublicKey& key : check.keys) keys.push_back(to_hex(key));
    json document = {{"first", check.first},
                     {"last", check.last},
                     {"checkpoints", check.checkpoints},
                     {"sealed", check.sealed},
                     {"keys", std::move(keys)}};
    if (check.flaw) document["flaw"] = {{"seq", check.flaw->seq}, {"what", check.flaw->what}};
    return document;
}

}  // namespace yizhan
