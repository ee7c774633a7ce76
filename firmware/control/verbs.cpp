#include "firmware/control/verbs.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <ranges>

#include "firmware/control/documents.h"
#include "firmware/control/protocol.h"
#include "firmware/control/rights.h"
#include "firmware/identity/hex.h"

namespace yizhan {
namespace {

using nlohmann::json;

constexpr std::size_t most_log_rows = 250;
constexpr std::size_t longest_fault = 64;
constexpr std::size_t longest_detail = 256;

constexpr const char* join_maintenance =
    "ask the administrator to add your user to the group yizhan-maintenance, and log in again; or use sudo";

std::unexpected<ControlError> rejected(ControlCode code, std::string what, std::string cure) {
    return std::unexpected(ControlError{.code = code, .what = std::move(what), .cure = std::move(cure)});
}

VerbReply hello(ControlSession& session, const Request& request, Now) {
    Arguments arguments(request.body);
    const auto role = arguments.text("role");
    const auto version = arguments.number("version", 0, largest_json_integer);
    if (arguments.error()) return std::unexpected(*arguments.error());
    if (version != control_version) {
        return rejected(ControlCode::bad_request, fmt::format("field version: this is version {}", control_version),
                        "use tool and station of the same release");
    }
    const auto right = right_from_role(role);
    if (!right) {
        return rejected(ControlCode::bad_request, "field role: there is no such role",
                        "known: maintenance, read-only, uplink");
    }
    if (!may_lower(session.right(), *right)) {
        return rejected(ControlCode::not_permitted, fmt::format("you may not be {}", role), join_maintenance);
    }
    session.set_right(*right);
    const StationView view = session.hub().backend.view();
    return json{{"role", role}, {"station", view.station->config().id}, {"version", view.version}};
}

VerbReply status(ControlSession& session, const Request&, Now now) {
    return json{{"status", status_document(session.hub().backend.view(), now)}};
}

VerbReply info(ControlSession& session, const Request&, Now) {
    return json{{"info", info_document(session.hub().backend.view())}};
}

VerbReply wiring(ControlSession& session, const Request&, Now now) {
    return json{{"wiring", wiring_document(session.hub().backend.wiring(), now)}};
}

VerbReply config(ControlSession& session, const Request&, Now) {
    return json{{"settings", session.hub().backend.settings_in_force()}};
}

// Where the feed is to begin; nothing: it was not asked for.
std::optional<std::uint64_t> feed_start(Arguments& arguments, const Request& request, const LogStatus& log) {
    if (!arguments.has("records_after")) return std::nullopt;
    if (request.body["records_after"] == "acknowledged") return log.acknowledged;
    if (!request.body["records_after"].is_number_unsigned()) {
        arguments.reject("records_after", "a sequence number or \"acknowledged\" is needed");
        return std::nullopt;
    }
    const auto after = request.body["records_after"].get<std::uint64_t>();
    if (after > log.stored) {
        arguments.reject("records_after", fmt::format("the newest stored record is {}", log.stored));
        return std::nullopt;
    }
    return after;
}

VerbReply subscribe(ControlSession& session, const Request& request, Now) {
    const LogStatus log = session.hub().backend.view().log;
    Arguments arguments(request.body);
    const auto state = arguments.optional_flag("state");
    const auto live = arguments.optional_flag("live");
    const auto after = feed_start(arguments, request, log);
    if (arguments.error()) return std::unexpected(*arguments.error());
    if (state) session.subscribe_state(*state);
    if (live) session.subscribe_live(*live);
    json reply = {{"epoch", log.epoch}};
    if (after) {
        session.hub().stored = std::max(session.hub().stored, log.stored);
        session.pages().follow(*after);
        reply["after"] = *after;
    }
    return reply;
}

VerbReply unsubscribe(ControlSession& session, const Request&, Now) {
    session.subscribe_state(false);
    session.subscribe_live(false);
    session.pages().stop();
    return json::object();
}

VerbReply log(ControlSession& session, const Request& request, Now) {
    Arguments arguments(request.body);
    const auto after = arguments.optional_number("after", 0, largest_json_integer);
    const auto before = arguments.optional_number("before", 0, largest_json_integer);
    const auto from = arguments.optional_number("from", 0, largest_json_integer);
    const auto to = arguments.optional_number("to", 0, largest_json_integer);
    LogQuery query;
    query.type = arguments.optional_text("type").value_or("");
    query.door = arguments.optional_text("door").value_or("");
    query.limit = arguments.optional_number("limit", 1, most_log_rows).value_or(feed_batch_limit);
    if (after && before) arguments.reject("before", "not together with after");
    if (!query.type.empty() && !record_type_from(query.type)) arguments.reject("type", "no record has this type");
    if (arguments.error()) return std::unexpected(*arguments.error());
    if (!query.door.empty()) {
        const StationView view = session.hub().backend.view();
        const auto known = find_named(view.station->config().doors, "door", query.door);
        if (!known) return std::unexpected(known.error());
    }
    query.newest_first = before.has_value();
    query.after_seq = before ? *before : after.value_or(0);
    if (from) query.from = Wall(milliseconds(static_cast<std::int64_t>(*from)));
    if (to) query.to = Wall(milliseconds(static_cast<std::int64_t>(*to)));
    if (!session.pages().ask({.id = request.id, .query = std::move(query)})) {
        return rejected(ControlCode::busy, "a log request of this client is under way", "wait for its reply");
    }
    return std::nullopt;
}

VerbReply verify(ControlSession& session, const Request& request, Now) {
    Arguments arguments(request.body);
    const auto seq = arguments.optional_number("seq", 1, largest_json_integer);
    const auto hash = arguments.optional_text("hash");
    Checkpoint known{.seq = seq.value_or(0)};
    if (seq.has_value() != hash.has_value()) arguments.reject("hash", "seq and hash of a checkpoint go together");
    if (hash && !from_hex(*hash, known.hash)) arguments.reject("hash", "64 hex digits are needed");
    LogCheck wanted;
    if (seq) wanted.known = known;
    const auto former_keys = arguments.optional_text("former_keys");
    for (const auto part : std::views::split(former_keys.value_or(""), ',')) {
        PublicKey key{};
        if (!from_hex(std::string_view(part), key)) arguments.reject("former_keys", "64 hex digits each are needed");
        wanted.former_keys.insert(key);
    }
    if (arguments.error()) return std::unexpected(*arguments.error());
    return session.verify_log(request, std::move(wanted));
}

VerbReply ack(ControlSession& session, const Request& request, Now) {
    Arguments arguments(request.body);
    const auto epoch = arguments.number("epoch", 0, largest_json_integer);
    const auto upto = arguments.number("upto", 0, largest_json_integer);
    if (arguments.error()) return std::unexpected(*arguments.error());
    const LogStatus log = session.hub().backend.view().log;
    if (epoch != log.epoch) {
        return rejected(ControlCode::refused, fmt::format("epoch {} is not of this log, which is {}", epoch, log.epoch),
                        "the log was replaced: start over with its epoch");
    }
    if (upto > log.stored) {
        return rejected(ControlCode::refused, fmt::format("record {} is not stored, only up to {}", upto, log.stored),
                        "acknowledge only what came from the feed");
    }
    session.hub().backend.acknowledge(upto);
    return json::object();
}

// What the uplink says ends up before people: short, whatever it says.
std::string shortened(std::string text, std::size_t longest) {
    if (text.size() <= longest) return text;
    // Not inside a character.
    while (longest > 0 && (static_cast<unsigned char>(text[longest]) & 0xc0) == 0x80) --longest;
    text.resize(longest);
    return text;
}

VerbReply uplink(ControlSession& session, const Request& request, Now now) {
    Arguments arguments(request.body);
    UplinkStatus next{
        .heard_of = true, .connected = arguments.flag("connected"), .fault = {}, .detail = {}, .since = {}};
    next.fault = shortened(arguments.optional_text("fault").value_or(""), longest_fault);
    next.detail = shortened(arguments.optional_text("detail").value_or(""), longest_detail);
    if (arguments.error()) return std::unexpected(*arguments.error());
    // By our own clock: two programs share no monotonic time that could be told in a message.
    const UplinkStatus last = session.hub().backend.view().uplink;
    const bool same = last.heard_of && last.connected == next.connected && last.fault == next.fault;
    next.since = same ? last.since : now.mono;
    session.hub().uplink = &session;
    session.hub().backend.uplink_reported(next);
    session.hub().state_changed();
    return json::object();
}

constexpr std::array reading{
    ControlVerb{"hello", Right::none, hello},
    ControlVerb{"status", Right::read, status},
    ControlVerb{"info", Right::read, info},
    ControlVerb{"wiring", Right::read, wiring},
    ControlVerb{"subscribe", Right::read, subscribe},
    ControlVerb{"unsubscribe", Right::read, unsubscribe},
    ControlVerb{"log", Right::read, log},
    ControlVerb{"verify", Right::read, verify},
    ControlVerb{"config", Right::read, config},
    ControlVerb{"ack", Right::uplink, ack},
    ControlVerb{"uplink", Right::uplink, uplink},
};

}  // namespace

std::span<const ControlVerb> reading_verbs() { return reading; }

VerbReply perform_verb(ControlSession& session, const Request& request, Now now) {
    for (const auto verbs : {reading_verbs(), changing_verbs(), centre_verbs()}) {
        const auto verb = std::ranges::find(verbs, request.verb, &ControlVerb::name);
        if (verb == verbs.end()) continue;
        if (!permits(session.right(), verb->needed)) {
            return rejected(ControlCode::not_permitted,
                            fmt::format("{} needs the role {}, yours is {}", verb->name, role_name(verb->needed),
                                        role_name(session.right())),
                            join_maintenance);
        }
        return verb->perform(session, request, now);
    }
    return rejected(ControlCode::unknown_verb, "there is no such verb", "use tool and station of the same release");
}

}  // namespace yizhan
