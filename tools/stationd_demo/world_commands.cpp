// `stationctl sim …`: somebody plays the people.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "tools/stationd_demo/cast.h"
#include "tools/stationd_demo/world.h"

namespace yizhan::simulated {
namespace {

using nlohmann::json;

std::string word(const json& request, const char* key) {
    const auto found = request.find(key);
    return found != request.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

// Position of the name in a vector of things with names.
template <class Things>
Result<std::size_t> named(const Things& things, std::string_view kind, const std::string& name) {
    std::string known;
    for (std::size_t i = 0; i < things.size(); ++i) {
        if (things[i].name == name) return i;
        known += (known.empty() ? "" : ", ") + things[i].name;
    }
    return failure(fmt::format("no {} \"{}\" here", kind, name), fmt::format("known: {}", known));
}

std::unexpected<Error> unknown_action(std::string_view target, const std::string& action, std::string_view known) {
    return failure(fmt::format("a {} cannot \"{}\"", target, action), fmt::format("known: {}", known));
}

}  // namespace

Result<json> World::command(const json& request, Mono now) {
    const std::string target = word(request, "target");
    Result<void> done;
    if (target == "card") {
        done = card_command(request, now);
    } else if (target == "door") {
        done = door_command(request, now);
    } else if (target == "outlet") {
        done = outlet_command(request);
    } else if (target == "input") {
        done = input_command(request, now);
    } else if (target == "reader") {
        done = reader_command(request);
    } else {
        return failure(fmt::format("nothing simulated is called \"{}\"", target),
                       "known: card, door, outlet, input, reader");
    }
    if (!done) return std::unexpected(done.error());
    return json::object();
}

Result<void> World::card_command(const json& request, Mono now) {
    const auto i = named(settings_.station.readers, "reader", word(request, "name"));
    if (!i) return std::unexpected(i.error());
    const std::string action = word(request, "action");
    if (!readers_[*i].id_card) {
        if (action == "present") return present_number(readers_[*i], request, now);
        if (action != "remove") return unknown_action("card", action, "present, remove");
        if (readers_[*i].contactless) readers_[*i].contactless->remove();
        return {};
    }
    if (action == "remove") {
        readers_[*i].id_card->remove();
        return {};
    }
    if (action != "present") return unknown_action("card", action, "present, remove");
    const std::string name = word(request, "card");
    auto card = card_of(name.empty() ? "courier" : name);
    if (!card) {
        std::string known;
        for (const auto& member : cast()) known += (known.empty() ? "" : ", ") + std::string(member.name);
        return failure(fmt::format("nobody called \"{}\" plays here", name), fmt::format("known: {}", known));
    }
    readers_[*i].id_card->present(std::move(*card));
    return {};
}

// A card that is a number, as each kind of reader tells it.
Result<void> World::present_number(const Reader& reader, const json& request, Mono now) {
    const auto given = request.find("number");
    const bool sensible = given != request.end() && given->is_number_unsigned();
    const std::uint64_t number = sensible ? given->get<std::uint64_t>() : 0x04010001;
    if (reader.contactless) {
        std::array<std::byte, 4> uid{};
        for (std::size_t i = 0; i < uid.size(); ++i) uid[i] = static_cast<std::byte>(number >> (24 - 8 * i) & 0xFF);
        reader.contactless->present(uid);
    } else if (reader.keyboard) {
        reader.keyboard->type(fmt::format("{}\n", number));
    } else if (!reader.wiegand->present(wiegand_frame(26, number & 0xFFFFFF), now)) {
        // Format 26: eight bits of facility and sixteen of number.
        return failure("the reader is still sending the last card", "wait a moment");
    }
    return {};
}

Result<void> World::door_command(const json& request, Mono now) {
    const auto i = named(settings_.station.doors, "door", word(request, "name"));
    if (!i) return std::unexpected(i.error());
    Door& door = *doors_[*i];
    const std::string action = word(request, "action");
    if (action == "push") {
        if (!door.push(now)) return failure("the door is locked", "present a card first, or force it");
    } else if (action == "force") {
        door.force(now);
    } else if (action == "hold") {
        door.hold(now);
    } else if (action == "close") {
        door.let_go(now);
        door.pull_close(now);
    } else if (action == "handle") {
        door.handle_from_inside(now);
    } else if (action == "exit-button") {
        if (!settings_.doors[*i].exit_button) return failure("this door has no exit button", "use the handle");
        door.press_exit_button(milliseconds{500}, now);
    } else {
        return unknown_action("door", action, "push, force, hold, close, handle, exit-button");
    }
    return {};
}

Result<void> World::outlet_command(const json& request) {
    const auto i = named(settings_.station.outlets, "outlet", word(request, "name"));
    if (!i) return std::unexpected(i.error());
    const std::string action = word(request, "action");
    if (action == "unplug") {
        outlets_[*i]->unplug();
        return {};
    }
    if (action == "warm") {
        const auto celsius = request.find("celsius");
        const bool sensible = celsius != request.end() && celsius->is_number_integer() &&
                              celsius->get<std::int64_t>() >= -50 && celsius->get<std::int64_t>() <= 150;
        if (!sensible) return failure("warm: how many degrees?", "give a whole number from -50 to 150");
        if (!settings_.outlets[*i].thermometer)
            return failure("there is no thermometer in it", "choose another outlet");
        warm_socket(*i, static_cast<int>(celsius->get<std::int64_t>()));
        return {};
    }
    if (action != "plug") return unknown_action("outlet", action, "plug, unplug, warm");
    const auto watts = request.find("watts");
    const bool sensible =
        watts != request.end() && watts->is_number() && watts->get<double>() >= 0 && watts->get<double>() <= 4000;
    if (!sensible) return failure("plug: how many watts?", "give a number from 0 to 4000");
    outlets_[*i]->plug(static_cast<std::uint32_t>(watts->get<double>() * 1000));
    return {};
}

Result<void> World::input_command(const json& request, Mono now) {
    const auto i = named(settings_.station.inputs, "input", word(request, "name"));
    if (!i) return std::unexpected(i.error());
    const std::string action = word(request, "action");
    if (action != "on" && action != "off") return unknown_action("input", action, "on, off");
    set_input(*i, action == "on", now);
    return {};
}

Result<void> World::reader_command(const json& request) {
    const auto i = named(settings_.station.readers, "reader", word(request, "name"));
    if (!i) return std::unexpected(i.error());
    if (readers_[*i].wiegand) return failure("a Wiegand reader has no plug to pull", "use another reader");
    const std::string action = word(request, "action");
    if (action != "plug" && action != "unplug") return unknown_action("reader", action, "plug, unplug");
    const auto move_plug = [&](const auto& device) {
        if (!device) return;
        if (action == "plug") {
            device->attach();
        } else {
            device->detach();
        }
    };
    move_plug(readers_[*i].id_card);
    move_plug(readers_[*i].contactless);
    move_plug(readers_[*i].keyboard);
    return {};
}

}  // namespace yizhan::simulated
