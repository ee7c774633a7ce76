// The verbs that change something: all but two become Commands that Station decides on.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "firmware/control/documents.h"
#include "firmware/control/verbs.h"

namespace yizhan {
namespace {

using nlohmann::json;

constexpr std::uint64_t longest_unlock = 600;  // s
constexpr std::uint64_t longest_mode = std::uint64_t{7} * 24 * 60;  // minutes
constexpr std::uint64_t longest_enrolment = 60;  // minutes
constexpr std::uint64_t longest_override = 720;  // minutes

std::unexpected<ControlError> too_busy() {
    return std::unexpected(ControlError{.code = ControlCode::busy,
                                        .what = "too many commands of this client wait for their answers",
                                        .cure = "wait for replies"});
}

VerbReply give(ControlSession& session, const Request& request, decltype(Command::what) what,
               std::optional<ReaderIndex> enrols = std::nullopt) {
    if (!session.has_room()) return too_busy();
    return session.perform(request, Command{.what = what}, enrols);
}

VerbReply door(ControlSession& session, const Request& request, Now) {
    Arguments arguments(request.body);
    const auto name = arguments.text("door");
    const auto action = arguments.text("action");
    const auto release = arguments.optional_number("seconds", 1, longest_unlock);
    if (action != "unlock" && action != "hold" && action != "lock") {
        arguments.reject("action", "unlock, hold or lock is needed");
    }
    if (release && action != "unlock") arguments.reject("seconds", "only with unlock");
    if (arguments.error()) return std::unexpected(*arguments.error());
    const StationView view = session.hub().backend.view();
    const auto found = find_named(view.station->config().doors, "door", name);
    if (!found) return std::unexpected(found.error());
    const DoorIndex index{static_cast<std::uint8_t>(*found)};
    if (action == "hold") return give(session, request, HoldDoor{index});
    if (action == "lock") return give(session, request, LockDoor{index});
    UnlockDoor unlock{.door = index, .release = {}};
    if (release) unlock.release = seconds(static_cast<std::int64_t>(*release));
    return give(session, request, unlock);
}

VerbReply outlet(ControlSession& session, const Request& request, Now) {
    Arguments arguments(request.body);
    const auto name = arguments.text("outlet");
    const auto action = arguments.text("action");
    const auto lasts = arguments.optional_number("minutes", 1, longest_override);
    if (action != "on" && action != "off" && action != "auto") {
        arguments.reject("action", "on, off or auto is needed");
    }
    if (arguments.error()) return std::unexpected(*arguments.error());
    const StationView view = session.hub().backend.view();
    const auto& outlets = view.station->config().outlets;
    const auto found = find_named(outlets, "outlet", name);
    if (!found) return std::unexpected(found.error());
    const bool amenity = outlets[*found].amenity.has_value();
    if (!amenity && action == "auto") arguments.reject("action", "auto is for an outlet of the room (amenity)");
    if (lasts && (!amenity || action == "auto")) {
        arguments.reject("minutes", "only with on or off of an outlet of the room (amenity)");
    }
    if (arguments.error()) return std::unexpected(*arguments.error());
    SwitchOutlet command{.outlet = OutletIndex(*found)};
    if (action != "auto") command.on = action == "on";
    if (lasts) command.lasts = minutes(static_cast<std::int64_t>(*lasts));
    return give(session, request, command);
}

VerbReply mode(ControlSession& session, const Request& request, Now) {
    Arguments arguments(request.body);
    const auto name = arguments.text("mode");
    const auto lasts = arguments.optional_number("minutes", 1, longest_mode);
    const auto mode = mode_from(name);
    if (!mode) arguments.reject("mode", "normal, lockdown, free-access, closed or service is needed");
    if (arguments.error()) return std::unexpected(*arguments.error());
    return give(session, request,
                SetMode{.mode = *mode, .lasts = minutes(static_cast<std::int64_t>(lasts.value_or(0)))});
}

// By the name that status, state and MQTT topics give it.
VerbReply alarm(ControlSession& session, const Request& request, Now) {
    Arguments arguments(request.body);
    const auto name = arguments.text("alarm");
    const auto action = arguments.text("action");
    if (action != "acknowledge") arguments.reject("action", "acknowledge is needed");
    if (arguments.error()) return std::unexpected(*arguments.error());
    const StationView view = session.hub().backend.view();
    for (const Alarm& active : view.station->state().alarms) {
        if (alarm_name(active, view.station->config()) != name) continue;
        return give(session, request, AcknowledgeAlarm{active});
    }
    return std::unexpected(ControlError{.code = ControlCode::not_found,
                                        .what = "there is no such alarm now",
                                        .cure = "stationctl alarms lists those there are"});
}

VerbReply occupancy(ControlSession& session, const Request& request, Now) {
    Arguments arguments(request.body);
    const auto count = arguments.number("count", 0, UINT16_MAX);
    if (arguments.error()) return std::unexpected(*arguments.error());
    return give(session, request, SetOccupancy{static_cast<std::uint16_t>(count)});
}

VerbReply enrol(ControlSession& session, const Request& request, Now) {
    Arguments arguments(request.body);
    const auto name = arguments.text("reader");
    const auto action = arguments.text("action");
    const auto lasts = arguments.optional_number("minutes", 1, longest_enrolment);
    if (action != "start" && action != "end") arguments.reject("action", "start or end is needed");
    if (lasts && action != "start") arguments.reject("minutes", "only with start");
    if (arguments.error()) return std::unexpected(*arguments.error());
    const StationView view = session.hub().backend.view();
    const auto found = find_named(view.station->config().readers, "reader", name);
    if (!found) return std::unexpected(found.error());
    const ReaderIndex reader{static_cast<std::uint8_t>(*found)};
    const ControlSession*& owner = session.hub().enrolling[*found];
    const bool active = view.station->state().enrolments[*found].active;
    if (active && owner != nullptr && owner != &session) {
        return std::unexpected(ControlError{.code = ControlCode::busy,
                                            .what = "somebody else enrols cards at this reader",
                                            .cure = "wait until they have ended it"});
    }
    if (action == "end") {
        if (owner == &session) owner = nullptr;
        return give(session, request, EndEnrolment{reader});
    }
    StartEnrolment start{.reader = reader};
    if (lasts) start.lasts = minutes(static_cast<std::int64_t>(*lasts));
    return give(session, request, start, reader);
}

VerbReply members(ControlSession& session, const Request& request, Now) {
    if (!session.has_room()) return too_busy();
    auto file = session.take_file();
    if (!file) {
        return std::unexpected(ControlError{.code = ControlCode::bad_request,
                                            .what = "no file came with the line",
                                            .cure = "send the open file as a descriptor: stationctl members load"});
    }
    return session.load_members(request, std::move(file));
}

VerbReply sim(ControlSession& session, const Request& request, Now) {
    auto done = session.hub().backend.simulate(request.body);
    if (!done) {
        return std::unexpected(
            ControlError{.code = ControlCode::failed, .what = done.error().what, .cure = done.error().cure});
    }
    if (!done->is_object()) return json::object();
    return std::move(*done);
}

constexpr std::array changing{
    ControlVerb{"door", Right::maintenance, door},       ControlVerb{"outlet", Right::maintenance, outlet},
    ControlVerb{"mode", Right::maintenance, mode},       ControlVerb{"occupancy", Right::maintenance, occupancy},
    ControlVerb{"members", Right::maintenance, members}, ControlVerb{"enrol", Right::maintenance, enrol},
    ControlVerb{"alarm", Right::maintenance, alarm},     ControlVerb{"sim", Right::maintenance, sim},
};

}  // namespace

std::span<const ControlVerb> changing_verbs() { return changing; }

}  // namespace yizhan
