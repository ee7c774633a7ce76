#include <array>
#include <nlohmann/json.hpp>

#include "firmware/control/document_parts.h"
#include "firmware/control/documents.h"
#include "firmware/control/wiring_verdicts.h"

namespace yizhan {
namespace {

using nlohmann::json;

// What a card was stays to be seen as long as a technician stands there, and no longer.
constexpr seconds last_card_kept{60};

struct RoleWords {
    std::string_view role;
    std::string_view active;
    std::string_view quiet;
};

// In the order of WireRole.
constexpr std::array<RoleWords, wire_role_count> role_words{{
    {"lock", "released", "secured"},
    {"contact", "open", "closed"},
    {"exit-button", "pressed", "let-go"},
    {"relay", "on", "off"},
    {"contactor", "on", "off"},
    {"lamp", "lit", "dark"},
    {"green", "lit", "dark"},
    {"red", "lit", "dark"},
    {"buzzer", "sounds", "silent"},
    {"d0", "pulse", "rest"},
    {"d1", "pulse", "rest"},
    {"fire", "fire", "quiet"},
    {"tamper", "opened", "closed"},
    {"presence", "somebody", "nobody"},
    {"help", "pressed", "let-go"},
    {"smoke", "smoke", "quiet"},
    {"water-leak", "wet", "dry"},
    {"mains-lost", "lost", "there"},
    {"battery-low", "low", "charged"},
    {"too-hot", "too-hot", "well"},
    {"too-cold", "too-cold", "well"},
}};

std::string_view kind_name(ReaderKind kind) {
    switch (kind) {
        case ReaderKind::id_card:
            return "id-card";
        case ReaderKind::wiegand:
            return "wiegand";
        case ReaderKind::contactless:
            return "contactless";
        case ReaderKind::keyboard:
            return "keyboard";
    }
    return "";
}

std::int64_t ms_between(Mono earlier, Mono later) {
    return std::chrono::duration_cast<milliseconds>(later - earlier).count();
}

void add_verdict(json& part, const WiringVerdict& verdict) {
    part["ok"] = verdict.well();
    if (verdict.said.well()) return;
    part["verdict"] = verdict.said.what;
    part["cure"] = verdict.said.cure;
}

json wire_document(const Wiring& wiring, std::size_t i, Now now) {
    const Wire& wire = wiring.wires[i];
    const RoleWords& words = role_words[static_cast<std::size_t>(wire.role)];
    json one = {{"line", wire.line},   {"direction", is_output(wire.role) ? "out" : "in"},
                {"role", words.role},  {"of", wire.of},
                {"edges", wire.edges}, {"errors", wire.errors}};
    if (wire.high) {
        one["level"] = *wire.high ? "high" : "low";
        one["means"] = is_active(wire) == true ? words.active : words.quiet;
    }
    if (!is_output(wire.role)) one["per_minute"] = wire.per_minute;
    if (wire.last_edge) one["last_edge_ms"] = ms_between(*wire.last_edge, now.mono);
    add_verdict(one, wire_verdict(wiring, i, now));
    return one;
}

json reader_document(const Wiring& wiring, std::size_t i, Now now) {
    const WiredReader& reader = wiring.readers[i];
    const ReaderStatus& status = reader.status;
    json one = {{"name", reader.name},
                {"kind", kind_name(reader.kind)},
                {"port", reader.port},
                {"health", name_of(status.health)},
                {"cards", status.cards},
                {"refused", status.refused},
                {"bad_frames", status.bad_frames},
                {"timeouts", status.timeouts},
                {"resets", status.resets},
                {"faults", json::object()}};
    for (const auto& fault : status.faults) one["faults"][std::string(fault.name)] = fault.count;
    if (!status.identity.empty()) one["identity"] = status.identity;
    if (!status.serial.empty()) one["serial"] = status.serial;
    if (const auto& card = reader.last_card; card && now.mono - card->at < last_card_kept) {
        one["last_card"] = {{"ms_ago", ms_between(card->at, now.mono)}};
        if (card->refused == Outcome::none) {
            one["last_card"]["kind"] = name_of(card->kind);
        } else {
            one["last_card"]["refused"] = text_of(card->refused).code;
        }
    }
    add_verdict(one, wired_reader_verdict(wiring, i, now));
    return one;
}

}  // namespace

json wiring_document(const Wiring& wiring, Now now) {
    json document = {{"lines", json::array()}, {"readers", json::array()}};
    for (std::size_t i = 0; i < wiring.wires.size(); ++i) document["lines"].push_back(wire_document(wiring, i, now));
    for (std::size_t i = 0; i < wiring.readers.size(); ++i) {
        document["readers"].push_back(reader_document(wiring, i, now));
    }
    return document;
}

}  // namespace yizhan
