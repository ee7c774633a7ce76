#include "tests/simulator/desk.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "firmware/identity/hex.h"
#include "tests/support/centre_keys.h"

namespace yizhan::simulator {
namespace {

constexpr std::uint8_t root = 255;
constexpr std::uint32_t first_signer = 1;
// Seeds of keys are bytes; 254 is nobody's.
constexpr std::uint8_t nobody = 254;
constexpr std::uint32_t last_signer = 250;

}  // namespace

std::string Desk::root_key() { return to_hex(testing::key_of(root).public_key()); }

const Mandate* Desk::genuine(std::uint32_t signer, std::uint64_t sequence) const {
    const auto found = genuine_.find({signer, sequence});
    return found == genuine_.end() ? nullptr : &found->second;
}

bool Desk::may_sign(std::uint32_t signer, std::uint64_t version) const {
    if (version == 0 || version > second_of_.size()) return false;
    return signer == first_signer || signer == second_of_[static_cast<std::size_t>(version - 1)];
}

Desk::Message Desk::next(Now now) {
    if (second_of_.empty() || dice_.one_in(8)) return key_set(now);
    // Anything that was ever said may come again.
    if (!before_.empty() && dice_.one_in(3)) {
        Message again = before_[dice_.below(before_.size())];
        again.retained = dice_.one_in(8);
        return again;
    }
    Message message = command(now);
    constexpr std::size_t most_remembered = 200;
    if (before_.size() < most_remembered) before_.push_back(message);
    return message;
}

Desk::Message Desk::key_set(Now now) {
    if (!second_of_.empty() && dice_.one_in(2) && second_ < last_signer) ++second_;
    second_of_.push_back(second_);
    SignerSet set{.version = second_of_.size(), .expires = now.wall + hours{24 * (dice_.one_in(8) ? 20 : 400)}};
    for (const std::uint32_t number : {first_signer, second_}) {
        set.signers.push_back({.number = number,
                               .key = testing::key_of(static_cast<std::uint8_t>(number)).public_key(),
                               .roles = {true, false, false}});
    }
    Message message{.verb = "signers", .payload = testing::signed_set(set, {root})};
    before_.push_back(message);
    return message;
}

std::pair<std::string, nlohmann::json> Desk::order() {
    const std::string& door = config_.doors[dice_.below(config_.doors.size())].name;
    constexpr std::array<const char*, 4> actions{"unlock", "unlock", "hold", "lock"};
    constexpr std::array<const char*, 4> modes{"lockdown", "free-access", "closed", "normal"};
    switch (dice_.below(4)) {
        case 0:
            if (!config_.outlets.empty()) {
                return {"outlet",
                        {{"outlet", config_.outlets[dice_.below(config_.outlets.size())].name},
                         {"action", dice_.one_in(2) ? "on" : "off"}}};
            }
            [[fallthrough]];
        case 1:
            return {"mode", {{"mode", modes[dice_.below(modes.size())]}}};
        default:
            return {"door", {{"door", door}, {"action", actions[dice_.below(actions.size())]}}};
    }
}

Desk::Message Desk::command(Now now) {
    const std::uint32_t signer = dice_.one_in(2) ? first_signer : second_;
    auto [verb, arguments] = order();
    const Wall begins = now.wall - seconds{dice_.below(30)};
    SignedCommand made{.mandate = {.signer = signer,
                                   .sequence = ++sequence_,
                                   .not_before = begins,
                                   .expires = begins + seconds{40 + dice_.below(100)}},
                       .station = config_.id,
                       .id = fmt::format("{}", sequence_),
                       .verb = verb,
                       .arguments = to_canonical(arguments)};
    const auto as_genuine = [&] {
        genuine_.emplace(std::pair{signer, made.mandate.sequence}, made.mandate);
        return testing::signed_command(made);
    };
    switch (dice_.below(10)) {
        case 0:
            return {.verb = verb, .payload = fmt::format(R"({{"id":"1","door":"{}"}})", config_.doors[0].name)};
        case 1:
            return {.verb = verb, .payload = dice_.one_in(2) ? "{" : ""};
        case 2:
            return {.verb = verb, .payload = testing::signed_text(nobody, signer, text_of(made))};
        case 3:
            made.station = "another";
            return {.verb = verb, .payload = testing::signed_command(made)};
        case 4:
            made.mandate.not_before += hours{1};
            made.mandate.expires += hours{1};
            return {.verb = verb, .payload = as_genuine()};
        case 5:
            made.mandate.not_before -= hours{1};
            made.mandate.expires -= hours{1};
            return {.verb = verb, .payload = as_genuine()};
        case 6:
            return {.verb = verb, .payload = as_genuine(), .retained = true};
        default:
            return {.verb = verb, .payload = as_genuine()};
    }
}

}  // namespace yizhan::simulator
