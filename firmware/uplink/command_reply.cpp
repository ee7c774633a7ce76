#include "firmware/uplink/command_reply.h"

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>

#include "firmware/control/json_line.h"
#include "firmware/control/protocol.h"

namespace yizhan {
namespace {

using nlohmann::json;

constexpr std::size_t longest_command_id = 64;

// Of the signed text, whoever made it: whether it counts is stationd's to say.
json id_in(std::string_view payload) {
    if (payload.size() > control_payload_limit) return nullptr;
    const auto envelope = json::parse(payload, nullptr, false);
    if (!envelope.is_object() || !envelope.contains("command") || !envelope["command"].is_string()) return nullptr;
    const auto command = json::parse(envelope["command"].get_ref<const std::string&>(), nullptr, false);
    if (!command.is_object() || !command.contains("id") || !command["id"].is_string()) return nullptr;
    const auto& id = command["id"].get_ref<const std::string&>();
    return id.size() <= longest_command_id ? json(id) : json(nullptr);
}

}  // namespace

std::string command_reply(std::string_view payload, const json& answer) {
    json reply = answer.is_object() ? answer : json::object();
    reply["id"] = id_in(payload);
    return to_text(reply);
}

json refusal(std::string_view code, std::string_view what, std::string_view cure) {
    return {{"ok", false}, {"error", {{"code", code}, {"what", what}, {"cure", cure}}}};
}

bool is_command_verb(std::string_view verb) {
    return !verb.empty() && verb.size() <= 32 && std::ranges::all_of(verb, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
}

}  // namespace yizhan
