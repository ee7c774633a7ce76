#include "firmware/identity/signed_command.h"

#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "firmware/identity/canonical_json.h"
#include "firmware/identity/hex.h"

namespace yizhan {
namespace {

using nlohmann::json;

constexpr std::size_t longest_command_id = 64;

Wall wall_of(std::uint64_t ms) { return Wall(milliseconds(static_cast<std::int64_t>(ms))); }
std::uint64_t ms_of(Wall wall) { return static_cast<std::uint64_t>(wall.time_since_epoch().count()); }

std::optional<SignedCommand> command_from(const json& object) {
    constexpr std::array<std::string_view, 8> names{"arguments", "expires", "id",      "not_before",
                                                    "sequence",  "signer",  "station", "verb"};
    if (!has_only(object, names) || !object["arguments"].is_object()) return std::nullopt;
    auto id = text_in(object, "id");
    auto station = text_in(object, "station");
    auto verb = text_in(object, "verb");
    const auto expires = number_in(object, "expires");
    const auto not_before = number_in(object, "not_before");
    const auto sequence = number_in(object, "sequence");
    const auto signer = number_in(object, "signer");
    if (!id || id->empty() || id->size() > longest_command_id || !station || !verb) return std::nullopt;
    if (!expires || !not_before || !sequence || *sequence == 0) return std::nullopt;
    if (!signer || !std::in_range<std::uint32_t>(*signer)) return std::nullopt;
    return SignedCommand{.mandate = {.signer = static_cast<std::uint32_t>(*signer),
                                     .sequence = *sequence,
                                     .not_before = wall_of(*not_before),
                                     .expires = wall_of(*expires)},
                         .station = *std::move(station),
                         .id = *std::move(id),
                         .verb = *std::move(verb),
                         .arguments = to_canonical(object["arguments"])};
}

}  // namespace

std::expected<SignedCommand, CommandFlaw> open_command(std::string_view payload, const SignerSet& signers,
                                                       std::string_view station) {
    std::uint32_t signed_by = 0;
    const auto refuse = [&](Outcome why) { return std::unexpected(CommandFlaw{.why = why, .signer = signed_by}); };
    if (payload.size() > signed_command_limit) return refuse(Outcome::command_too_long);
    const json envelope = json::parse(payload, nullptr, /*allow_exceptions=*/false);
    constexpr std::array<std::string_view, 3> names{"command", "signature", "signer"};
    if (!has_only(envelope, names)) return refuse(Outcome::command_not_signed);
    const auto text = text_in(envelope, "command");
    const auto digits = text_in(envelope, "signature");
    const auto number = number_in(envelope, "signer");
    Signature signature{};
    if (!text || !digits || !number || !from_hex(*digits, signature)) return refuse(Outcome::command_not_signed);

    const Signer* const signer =
        std::in_range<std::uint32_t>(*number) ? signers.find(static_cast<std::uint32_t>(*number)) : nullptr;
    if (signer == nullptr) return refuse(Outcome::signer_unknown);
    const std::string message = bytes_to_sign("command", *text);
    if (!is_signed_by(signer->key, std::as_bytes(std::span(message)), signature)) {
        return refuse(Outcome::signature_wrong);
    }
    signed_by = signer->number;

    const auto object = read_canonical(*text, signed_command_limit);
    auto command = object ? command_from(*object) : std::nullopt;
    // Signed as well: a key that had another number before does not sign twice.
    if (!command || command->mandate.signer != signed_by) return refuse(Outcome::command_malformed);
    if (command->station != station) return refuse(Outcome::command_for_another_station);
    if (command->mandate.expires - command->mandate.not_before > longest_mandate) {
        return refuse(Outcome::command_lives_too_long);
    }
    return *std::move(command);
}

std::string text_of(const SignedCommand& command) {
    return to_canonical({{"arguments", json::parse(command.arguments)},
                         {"expires", ms_of(command.mandate.expires)},
                         {"id", command.id},
                         {"not_before", ms_of(command.mandate.not_before)},
                         {"sequence", command.mandate.sequence},
                         {"signer", command.mandate.signer},
                         {"station", command.station},
                         {"verb", command.verb}});
}

std::string signed_document(std::string_view text, std::uint32_t signer, const Signature& signature) {
    return to_canonical({{"command", text}, {"signature", to_hex(signature)}, {"signer", signer}});
}

}  // namespace yizhan
