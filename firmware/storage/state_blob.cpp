#include "firmware/storage/state_blob.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "firmware/storage/named_positions.h"

// Every to_json takes its struct apart with a structured binding: a new field does not compile until it is stored here
// too. Whoever raises `version` goes on reading the versions that stations have: where retention has taken records away
// nothing else knows what was before them.
namespace yizhan {
namespace {

using Json = nlohmann::json;

constexpr int version = 6;
// Of stations that knew no signed commands yet.
constexpr int version_without_signers = 5;

// Whatever is wrong with a blob ends in an exception of this or of the library's, caught in state_from_blob.
template <class T>
T require(std::optional<T> value) {
    if (!value) throw std::invalid_argument("unknown name");
    return *std::move(value);
}

template <class Number>
Number number(const Json& json) {
    if (!json.is_number_integer()) throw std::invalid_argument("not a whole number");
    const bool fits = json.is_number_unsigned() ? std::in_range<Number>(json.get<std::uint64_t>())
                                                : std::in_range<Number>(json.get<std::int64_t>());
    if (!fits) throw std::invalid_argument("number out of range");
    return json.get<Number>();
}

milliseconds duration(const Json& json) { return milliseconds(number<std::int64_t>(json)); }

template <class T, std::size_t N>
void append(FixedVector<T, N>& list, const T& item) {
    if (list.full()) throw std::invalid_argument("too many");
    list.push_back(item);
}

Json json_of(const Stamp& stamp) {
    const auto& [boot, mono, wall, trusted] = stamp;
    return Json::array({boot, mono.time_since_epoch().count(), wall.time_since_epoch().count(), trusted});
}

Stamp stamp_from(const Json& json) {
    return {number<std::uint64_t>(json.at(0)), Mono(nanoseconds(number<std::int64_t>(json.at(1)))),
            Wall(milliseconds(number<std::int64_t>(json.at(2)))), json.at(3).get<bool>()};
}

Json json_of(const CredentialId& credential) {
    if (!credential) return nullptr;
    return to_text(credential);
}

CredentialId credential_from(const Json& json) {
    if (json.is_null()) return {};
    const auto credential = credential_id_from_text(json.get<std::string>());
    if (!credential) throw std::invalid_argument("not a credential");
    return *credential;
}

Json json_of(const Visit& visit, const StationConfig& names) {
    const auto& [id, credential, group, doubtful] = visit;
    return {{"id", id},
            {"credential", json_of(credential)},
            {"group", name_at(names.groups, group)},
            {"doubtful", doubtful}};
}

Visit visit_from(const Json& json, const StationConfig& names) {
    return {number<VisitId>(json.at("id")), credential_from(json.at("credential")),
            position_of<std::uint8_t>(names.groups, json.at("group").get<std::string>()),
            json.at("doubtful").get<bool>()};
}

Json json_of(const Passage& passage, const StationConfig& names) {
    const auto& [visit, credential, group, leaving, since, lasts] = passage;
    return {{"visit", visit},     {"credential", json_of(credential)}, {"group", name_at(names.groups, group)},
            {"leaving", leaving}, {"since", json_of(since)},           {"lasts", lasts.count()}};
}

Passage passage_from(const Json& json, const StationConfig& names) {
    return {number<VisitId>(json.at("visit")),
            credential_from(json.at("credential")),
            position_of<std::uint8_t>(names.groups, json.at("group").get<std::string>()),
            json.at("leaving").get<bool>(),
            stamp_from(json.at("since")),
            duration(json.at("lasts"))};
}

Json json_of(const DoorSecured& phase) {
    const auto& [since, last_cause] = phase;
    return {{"is", "secured"}, {"since", json_of(since)}, {"last_cause", name_of(last_cause)}};
}

Json json_of(const DoorReleased& phase) {
    const auto& [since, lasts, cause, crowded] = phase;
    return {{"is", "released"},
            {"since", json_of(since)},
            {"lasts", lasts.count()},
            {"cause", name_of(cause)},
            {"crowded", crowded}};
}

Json json_of(const DoorOpen& phase) {
    const auto& [since, cause, released, release_lasts, release_cause, together, unseen_exit] = phase;
    return {{"is", "open"},
            {"since", json_of(since)},
            {"cause", name_of(cause)},
            {"released", json_of(released)},
            {"release_lasts", release_lasts.count()},
            {"release_cause", name_of(release_cause)},
            {"together", together},
            {"unseen_exit", unseen_exit}};
}

OpenCause cause_from(const Json& json) { return require(open_cause_from(json.get<std::string>())); }

DoorPhase phase_from(const Json& json) {
    const auto is = json.at("is").get<std::string>();
    const Stamp since = stamp_from(json.at("since"));
    if (is == "secured") return DoorSecured{since, cause_from(json.at("last_cause"))};
    if (is == "released") {
        return DoorReleased{since, duration(json.at("lasts")), cause_from(json.at("cause")),
                            json.at("crowded").get<bool>()};
    }
    if (is != "open") throw std::invalid_argument("unknown phase");
    return DoorOpen{since,
                    cause_from(json.at("cause")),
                    stamp_from(json.at("released")),
                    duration(json.at("release_lasts")),
                    cause_from(json.at("release_cause")),
                    number<std::uint8_t>(json.at("together")),
                    json.at("unseen_exit").get<bool>()};
}

Json json_of(const DoorState& door, const StationConfig& names) {
    const auto& [phase, held, exit_asked, exit_lasts, passages] = door;
    Json list = Json::array();
    for (const auto& passage : passages) list.push_back(json_of(passage, names));
    return {{"phase", std::visit([](const auto& is) { return json_of(is); }, phase)},
            {"held", held},
            {"exit_asked", json_of(exit_asked)},
            {"exit_lasts", exit_lasts.count()},
            {"passages", std::move(list)}};
}

DoorState door_from(const Json& json, const StationConfig& names) {
    DoorState door{.phase = phase_from(json.at("phase")),
                   .held = json.at("held").get<bool>(),
                   .exit_asked = stamp_from(json.at("exit_asked")),
                   .exit_lasts = duration(json.at("exit_lasts")),
                   .passages = {}};
    for (const auto& passage : json.at("passages")) append(door.passages, passage_from(passage, names));
    return door;
}

Json json_of(const OutletInUse& outlet) {
    const auto& [visit, since, lasts, warned, began, milliwatt_hours] = outlet;
    return {{"visit", visit},   {"since", json_of(since)}, {"lasts", lasts.count()},
            {"warned", warned}, {"began", json_of(began)}, {"mwh", milliwatt_hours}};
}

OutletInUse outlet_from(const Json& json) {
    return {number<VisitId>(json.at("visit")), stamp_from(json.at("since")), duration(json.at("lasts")),
            json.at("warned").get<bool>(),     stamp_from(json.at("began")), number<std::int64_t>(json.at("mwh"))};
}

Json json_of(const OutletOverride& order) {
    const auto& [on, since, lasts] = order;
    return {{"on", on.value()}, {"since", json_of(since)}, {"lasts", lasts.count()}};
}

OutletOverride override_from(const Json& json) {
    return {json.at("on").get<bool>(), stamp_from(json.at("since")), duration(json.at("lasts"))};
}

Json json_of(const Alarm& alarm, const StationConfig& names) {
    const auto& [kind, door, reader, outlet, input, since, acknowledged] = alarm;
    Json by;
    if (acknowledged) by = {{"role", name_of(acknowledged->role)}, {"uid", acknowledged->uid}};
    return {{"kind", name_of(kind)},
            {"door", name_at(names.doors, door)},
            {"reader", name_at(names.readers, reader)},
            {"outlet", name_at(names.outlets, outlet)},
            {"input", name_at(names.inputs, input)},
            {"since", json_of(since)},
            {"acknowledged", std::move(by)}};
}

// Nothing if what it is about is gone: it would never be cleared.
std::optional<Alarm> alarm_from(const Json& json, const StationConfig& names) {
    bool gone = false;
    const auto position = [&]<class Index>(const char* key, const auto& items, std::optional<Index>& into) {
        const auto name = json.at(key).get<std::string>();
        into = position_of<Index>(items, name);
        gone |= !name.empty() && !into;
    };
    Alarm alarm;
    alarm.kind = require(alarm_kind_from(json.at("kind").get<std::string>()));
    position("door", names.doors, alarm.door);
    position("reader", names.readers, alarm.reader);
    position("outlet", names.outlets, alarm.outlet);
    position("input", names.inputs, alarm.input);
    alarm.since = stamp_from(json.at("since"));
    if (const Json& by = json.at("acknowledged"); !by.is_null()) {
        alarm.acknowledged = {require(actor_role_from(by.at("role").get<std::string>())),
                              number<std::uint32_t>(by.at("uid"))};
    }
    if (gone) return std::nullopt;
    return alarm;
}

Json json_of(const Enrolment& enrolment) {
    const auto& [active, since, lasts, cards] = enrolment;
    return {{"active", active}, {"since", json_of(since)}, {"lasts", lasts.count()}, {"cards", cards}};
}

Enrolment enrolment_from(const Json& json) {
    return {json.at("active").get<bool>(), stamp_from(json.at("since")), duration(json.at("lasts")),
            number<std::uint32_t>(json.at("cards"))};
}

Json json_of(const State& state, const StationConfig& names) {
    const auto& [seq, newest, running, inside, anonymous, uncounted, doors, outlets, overrides, alarms, mode,
                 mode_since, mode_lasts, fire, presence, presence_since, emptying, emptying_since, enrolments,
                 sequences] = state;
    const auto& [signers_version, signers_since, commands] = sequences;
    Json json{{"version", version},
              {"seq", seq},
              {"newest", json_of(newest)},
              {"running", running},
              {"inside", Json::array()},
              {"anonymous", anonymous},
              {"uncounted", uncounted},
              {"doors", Json::object()},
              {"outlets", Json::object()},
              {"overrides", Json::object()},
              {"alarms", Json::array()},
              {"mode", name_of(mode)},
              {"mode_since", json_of(mode_since)},
              {"mode_lasts", mode_lasts.count()},
              {"fire", fire},
              {"presence", presence},
              {"presence_since", json_of(presence_since)},
              {"emptying", emptying},
              {"emptying_since", json_of(emptying_since)},
              {"enrolments", Json::object()},
              {"signers_version", signers_version},
              {"sequences", Json::array()},
              {"signers_since", nullptr}};
    for (const auto& [signer, sequence] : commands) json["sequences"].push_back(Json::array({signer, sequence}));
    if (signers_since) json["signers_since"] = signers_since->time_since_epoch().count();
    for (const auto& visit : inside) json["inside"].push_back(json_of(visit, names));
    for (std::size_t i = 0; i < names.doors.size(); ++i) json["doors"][names.doors[i].name] = json_of(doors[i], names);
    for (std::size_t i = 0; i < names.outlets.size(); ++i) {
        const auto* in_use = std::get_if<OutletInUse>(&outlets[i]);
        if (in_use != nullptr) json["outlets"][names.outlets[i].name] = json_of(*in_use);
        if (overrides[i].on) json["overrides"][names.outlets[i].name] = json_of(overrides[i]);
    }
    for (const auto& alarm : alarms) json["alarms"].push_back(json_of(alarm, names));
    for (std::size_t i = 0; i < names.readers.size(); ++i) {
        if (enrolments[i] != Enrolment{}) json["enrolments"][names.readers[i].name] = json_of(enrolments[i]);
    }
    return json;
}

void read_signers(const Json& json, State& state) {
    state.sequences.version = number<std::uint64_t>(json.at("signers_version"));
    for (const auto& entry : json.at("sequences")) {
        append(state.sequences.list, {number<std::uint32_t>(entry.at(0)), number<std::uint64_t>(entry.at(1))});
    }
    const Json& since = json.at("signers_since");
    if (!since.is_null()) state.sequences.since = Wall(milliseconds(number<std::int64_t>(since)));
}

State state_from(const Json& json, const StationConfig& names) {
    const bool knows_signers = json.at("version") == version;
    if (!knows_signers && json.at("version") != version_without_signers) throw std::invalid_argument("unknown version");
    State state;
    if (knows_signers) read_signers(json, state);
    state.seq = number<std::uint64_t>(json.at("seq"));
    state.newest = stamp_from(json.at("newest"));
    state.running = json.at("running").get<bool>();
    for (const auto& visit : json.at("inside")) append(state.inside, visit_from(visit, names));
    state.anonymous = number<std::uint16_t>(json.at("anonymous"));
    state.uncounted = json.at("uncounted").get<bool>();
    for (const auto& [name, door] : json.at("doors").items()) {
        if (const auto at = position_of<std::size_t>(names.doors, name)) state.doors.at(*at) = door_from(door, names);
    }
    for (const auto& [name, outlet] : json.at("outlets").items()) {
        if (const auto at = position_of<std::size_t>(names.outlets, name)) state.outlets.at(*at) = outlet_from(outlet);
    }
    for (const auto& [name, order] : json.at("overrides").items()) {
        if (const auto at = position_of<std::size_t>(names.outlets, name))
            state.overrides.at(*at) = override_from(order);
    }
    for (const auto& alarm : json.at("alarms")) {
        if (const auto still = alarm_from(alarm, names)) append(state.alarms, *still);
    }
    state.mode = require(mode_from(json.at("mode").get<std::string>()));
    state.mode_since = stamp_from(json.at("mode_since"));
    state.mode_lasts = duration(json.at("mode_lasts"));
    state.fire = json.at("fire").get<bool>();
    state.presence = json.at("presence").get<bool>();
    state.presence_since = stamp_from(json.at("presence_since"));
    state.emptying = json.at("emptying").get<bool>();
    state.emptying_since = stamp_from(json.at("emptying_since"));
    for (const auto& [name, enrolment] : json.at("enrolments").items()) {
        if (const auto at = position_of<std::size_t>(names.readers, name)) {
            state.enrolments.at(*at) = enrolment_from(enrolment);
        }
    }
    return state;
}

}  // namespace

std::string to_blob(const State& state, const StationConfig& names) {
    // A name that is not UTF-8 would be replaced, not thrown about; settings take none.
    return json_of(state, names).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<State> state_from_blob(std::string_view blob, const StationConfig& names) {
    try {
        return state_from(Json::parse(blob), names);
    } catch (const std::exception&) {
        return std::nullopt;
    }
}

}  // namespace yizhan
