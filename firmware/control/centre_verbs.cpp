// What the centre has signed. Uplink and maintenance only carry it; whose it is, and whether it counts, is decided here
// and by Station.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "firmware/control/protocol.h"
#include "firmware/control/verbs.h"
#include "firmware/identity/signed_command.h"

namespace yizhan {
namespace {

struct SignedVerb {
    std::string_view name;
    SignerRole role;
    std::array<std::string_view, 3> arguments;  // no others: whoever signs one means something by it
};

// Not enrol: its answers are for somebody who stands there.
static_assert(control_payload_limit == signed_command_limit && control_payload_limit == signer_set_limit);

constexpr std::array signed_verbs{
    SignedVerb{"door", SignerRole::operate, {"door", "action", "seconds"}},
    SignedVerb{"outlet", SignerRole::operate, {"outlet", "action", "minutes"}},
    SignedVerb{"mode", SignerRole::operate, {"mode", "minutes"}},
    SignedVerb{"occupancy", SignerRole::operate, {"count"}},
    SignedVerb{"alarm", SignerRole::operate, {"alarm", "action"}},
};

bool knows(const SignedVerb& verb, const nlohmann::json& arguments) {
    return std::ranges::all_of(arguments.items(), [&](const auto& argument) {
        return std::ranges::find(verb.arguments, std::string_view(argument.key())) != verb.arguments.end();
    });
}

std::unexpected<ControlError> refused(ControlSession& session, Outcome why, std::uint32_t signer) {
    session.hub().backend.command_refused(why, signer);
    return std::unexpected(ControlError{.code = ControlCode::refused,
                                        .what = "the station refused: " + std::string(text_of(why).en),
                                        .cure = "make it with `stationctl sign`, and send it once",
                                        .outcome = why});
}

VerbReply command(ControlSession& session, const Request& request, Now now) {
    Arguments arguments(request.body);
    const auto payload = arguments.text("payload");
    const auto topic = arguments.optional_text("verb");
    const bool retained = arguments.optional_flag("retained").value_or(false);
    if (arguments.error()) return std::unexpected(*arguments.error());
    if (retained) return refused(session, Outcome::command_retained, 0);

    ControlBackend& station = session.hub().backend;
    static const SignerSet nobody;
    const SignerSet* const signers = station.signers() != nullptr ? station.signers() : &nobody;
    const auto opened = open_command(payload, *signers, station.view().station->config().id);
    if (!opened) return refused(session, opened.error().why, opened.error().signer);
    const auto* const known = std::ranges::find(signed_verbs, opened->verb, &SignedVerb::name);
    const std::uint32_t signer = opened->mandate.signer;
    auto body = nlohmann::json::parse(opened->arguments);
    if (known == signed_verbs.end() || (topic && *topic != opened->verb) || !knows(*known, body)) {
        return refused(session, Outcome::command_malformed, signer);
    }
    if (!signers->find(signer)->may(known->role)) return refused(session, Outcome::signer_may_not, signer);

    const auto verbs = changing_verbs();
    const auto verb = std::ranges::find(verbs, opened->verb, &ControlVerb::name);
    YZ_CHECK(verb != verbs.end());
    session.begin_mandate(opened->mandate);
    auto reply = verb->perform(session, {.id = request.id, .verb = opened->verb, .body = std::move(body)}, now);
    session.end_mandate();
    // A door that is not there, a word that is none: signed, and yet nothing to do.
    if (!reply && reply.error().code != ControlCode::busy) station.command_refused(Outcome::command_malformed, signer);
    return reply;
}

VerbReply signers(ControlSession& session, const Request& request, Now) {
    Arguments arguments(request.body);
    auto document = arguments.text("document");
    if (arguments.error()) return std::unexpected(*arguments.error());
    if (!session.has_room()) {
        return std::unexpected(ControlError{.code = ControlCode::busy,
                                            .what = "too much of this client waits for its answers",
                                            .cure = "wait for replies"});
    }
    return session.load_signers(request, std::move(document));
}

constexpr std::array of_the_centre{
    ControlVerb{"command", Right::carry, command},
    ControlVerb{"signers", Right::carry, signers},
};

}  // namespace

std::span<const ControlVerb> centre_verbs() { return of_the_centre; }

}  // namespace yizhan
