#include "firmware/uplink/command_refusal.h"

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>

namespace yizhan {
namespace {

constexpr std::size_t longest_command = 4096;
constexpr std::size_t longest_command_id = 64;

}  // namespace

std::string refuse_unsigned_command(std::string_view payload) {
    nlohmann::json reply = {
        {"id", nullptr},
        {"ok", false},
        {"error",
         {{"code", "refused"}, {"what", "refused: unsigned"}, {"cure", "commands must be signed by the centre"}}}};
    if (payload.size() <= longest_command) {
        const auto command = nlohmann::json::parse(payload, nullptr, false);
        if (const auto id = command.find("id"); command.is_object() && id != command.end()) {
            const auto* text = id->get_ptr<const std::string*>();
            if (id->is_number_integer() || (text != nullptr && text->size() <= longest_command_id)) reply["id"] = *id;
        }
    }
    return reply.dump();
}

bool is_command_verb(std::string_view verb) {
    return !verb.empty() && verb.size() <= 32 && std::ranges::all_of(verb, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
}

}  // namespace yizhan
