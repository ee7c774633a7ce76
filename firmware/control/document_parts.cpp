#include "firmware/control/document_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "firmware/control/documents.h"
#include "firmware/station/alarm_kinds.h"

namespace yizhan {
namespace {

using nlohmann::json;

std::int64_t ends_at(const Stamp& since, milliseconds lasts) { return unix_ms(since.wall + lasts); }

bool has_alarm(const State& state, AlarmKind kind, std::size_t door) {
    return std::ranges::any_of(state.alarms, [&](const Alarm& alarm) {
        return alarm.kind == kind && alarm.door && static_cast<std::size_t>(*alarm.door) == door;
    });
}

// One level of an MQTT topic, so that different names stay different.
void append_topic_safe(std::string& out, std::string_view text) {
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte <= 0x20 || byte == 0x7f || c == '/' || c == '+' || c == '#' || c == '%') {
            out += fmt::format("%{:02X}", byte);
        } else {
            out += c;
        }
    }
}

}  // namespace

std::string_view name_of(CredentialKind kind) {
    switch (kind) {
        case CredentialKind::resident_id:
            return "resident-id";
        case CredentialKind::foreigner_pr:
            return "foreigner-pr";
        case CredentialKind::hmt_permit:
            return "hmt-permit";
        case CredentialKind::wiegand26:
            return "wiegand26";
        case CredentialKind::wiegand34:
            return "wiegand34";
        case CredentialKind::wiegand37:
            return "wiegand37";
        case CredentialKind::card_uid:
            return "card-uid";
        case CredentialKind::text:
            return "text";
    }
    return "";
}

std::string_view name_of(ReaderHealth health) {
    switch (health) {
        case ReaderHealth::offline:
            return "offline";
        case ReaderHealth::starting:
            return "starting";
        case ReaderHealth::online:
            return "online";
        case ReaderHealth::degraded:
            return "degraded";
        case ReaderHealth::failed:
            return "failed";
    }
    return "";
}

std::int64_t unix_ms(Wall wall) { return wall.time_since_epoch().count(); }

std::string alarm_subject(const Alarm& alarm, const StationConfig& config) {
    if (alarm.door) return name_at(config.doors, static_cast<std::size_t>(*alarm.door));
    if (alarm.reader) return name_at(config.readers, static_cast<std::size_t>(*alarm.reader));
    if (alarm.outlet) return name_at(config.outlets, static_cast<std::size_t>(*alarm.outlet));
    if (alarm.input) return name_at(config.inputs, static_cast<std::size_t>(*alarm.input));
    return {};
}

std::string alarm_name(const Alarm& alarm, const StationConfig& config) {
    std::string name(name_of(alarm.kind));
    // The kinds whose subject may be of several sorts, which may share a name.
    const bool of_several = alarm.kind == AlarmKind::output_fault || alarm.kind == AlarmKind::input_fault ||
                            alarm.kind == AlarmKind::too_hot;
    if (of_several) {
        name += alarm.door ? "-door" : alarm.outlet ? "-outlet" : alarm.input ? "-input" : "-contactor";
    }
    const auto subject = alarm_subject(alarm, config);
    if (subject.empty()) return name;
    name += '-';
    append_topic_safe(name, subject);
    return name;
}

std::string_view door_state_name(const StationView& view, std::size_t door) {
    const State& state = view.station->state();
    if (has_alarm(state, AlarmKind::door_forced, door)) return "forced";
    if (has_alarm(state, AlarmKind::door_held_open, door)) return "held-open";
    const DoorState& its = state.doors[door];
    if (std::holds_alternative<DoorOpen>(its.phase)) return "open";
    const auto* lock = item_at(view.locks, door);
    // Fire and free access release a door without a release of its own.
    const bool released = std::holds_alternative<DoorReleased>(its.phase) || its.held || (lock && lock->released);
    return released ? "released" : "locked";
}

json occupancy_document(const StationView& view) {
    const State& state = view.station->state();
    json occupancy = {{"count", state.count()},
                      {"confidence", state.confidence() == Confidence::certain ? "certain" : "estimated"}};
    if (view.station->config().capacity > 0) occupancy["capacity"] = view.station->config().capacity;
    return occupancy;
}

json door_document(const StationView& view, std::size_t door) {
    const DoorState& its = view.station->state().doors[door];
    json document = {{"name", view.station->config().doors[door].name}, {"state", door_state_name(view, door)}};
    if (its.held) document["held"] = true;
    if (const auto* released = std::get_if<DoorReleased>(&its.phase)) {
        document["cause"] = name_of(released->cause);
        document["ends_at"] = ends_at(released->since, released->lasts);
    } else if (const auto* open = std::get_if<DoorOpen>(&its.phase)) {
        document["cause"] = name_of(open->cause);
        document["since"] = unix_ms(open->since.wall);
    }
    return document;
}

json outlet_document(const StationView& view, std::size_t outlet) {
    json document = {{"name", view.station->config().outlets[outlet].name}};
    const auto* in_use = std::get_if<OutletInUse>(&view.station->state().outlets[outlet]);
    document["state"] = in_use ? "on" : "off";
    if (view.station->config().outlets[outlet].amenity) {
        document["amenity"] = true;
        const OutletOverride& order = view.station->state().overrides[outlet];
        if (order.on) {
            document["ordered"] = {{"on", *order.on}, {"ends_at", ends_at(order.since, order.lasts)}};
        }
    }
    if (in_use) {
        document["since"] = unix_ms(in_use->since.wall);
        if (in_use->lasts.count() > 0) document["ends_at"] = ends_at(in_use->since, in_use->lasts);
    }
    if (const auto* meter = item_at(view.meters, outlet); meter && *meter && (*meter)->latest) {
        // In steps of 5 W: the document must rest while a load only flickers.
        document["power_w"] = ((*meter)->latest->milliwatts + 2500) / 5000 * 5;
    }
    return document;
}

json alarm_documents(const StationView& view) {
    const StationConfig& config = view.station->config();
    json alarms = json::array();
    for (const Alarm& alarm : view.station->state().alarms) {
        json document = {
            {"name", alarm_name(alarm, config)}, {"kind", name_of(alarm.kind)}, {"since", unix_ms(alarm.since.wall)}};
        document["severity"] = name_of(severity_of(alarm.kind));
        if (auto subject = alarm_subject(alarm, config); !subject.empty()) document["subject"] = std::move(subject);
        if (alarm.acknowledged) {
            document["acknowledged"] = {{"by", name_of(alarm.acknowledged->role)}, {"uid", alarm.acknowledged->uid}};
        }
        alarms.push_back(std::move(document));
    }
    return alarms;
}

std::optional<std::int64_t> mode_ends_at(const State& state) {
    if (state.mode_lasts.count() == 0) return std::nullopt;
    return ends_at(state.mode_since, state.mode_lasts);
}

}  // namespace yizhan
