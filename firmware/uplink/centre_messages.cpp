#include "firmware/uplink/centre_messages.h"

#include <cstddef>
#include <limits>
#include <nlohmann/json.hpp>

namespace yizhan {
namespace {

constexpr std::size_t longest_message = 512;

std::optional<FeedPosition> position_in(std::string_view payload, const char* name) {
    if (payload.size() > longest_message) return std::nullopt;
    const auto message = nlohmann::json::parse(payload, nullptr, false);
    if (!message.is_object()) return std::nullopt;
    const auto epoch = message.find("epoch");
    const auto number = message.find(name);
    if (epoch == message.end() || number == message.end()) return std::nullopt;
    if (!epoch->is_number_unsigned() || !number->is_number_unsigned()) return std::nullopt;
    if (epoch->get<std::uint64_t>() > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
    return FeedPosition{.epoch = epoch->get<std::uint32_t>(), .upto = number->get<std::uint64_t>()};
}

}  // namespace

std::optional<FeedPosition> acknowledgement_in(std::string_view payload) { return position_in(payload, "upto"); }

std::optional<FeedPosition> before_missing_in(std::string_view payload) {
    auto position = position_in(payload, "from");
    if (!position || position->upto == 0) return std::nullopt;
    --position->upto;
    return position;
}

}  // namespace yizhan
