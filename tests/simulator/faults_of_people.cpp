// What people give the station to do, right and wrong: settings, member lists, commands.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "firmware/control/documents.h"
#include "firmware/station/alarm_kinds.h"
#include "tests/simulator/faults.h"

namespace yizhan::simulator {

void Faults::change_settings() {
    std::string text = options_.settings_text;
    switch (dice_.below(4)) {
        case 0:
            text += "\n[nonsense";
            break;
        case 1:
            text.clear();
            break;
        case 2:
            text += "\n# changed\n";
            break;
        default:
            break;
    }
    tell("settings are reloaded");
    station_.files.put(station_.settings_path, text);
    good_settings_at_ = text.starts_with(options_.settings_text) && !text.ends_with("[nonsense") ? now_.mono : never;
    if (station_.stationd) station_.stationd->reload();
    // A good file again: what starts next time must find one.
    lasts(milliseconds{500}, seconds{5},
          [this] { station_.files.put(station_.settings_path, options_.settings_text); });
}

bool Faults::change_members() {
    const std::string& path = site_.settings.identity.member_list;
    if (path.empty()) return false;
    if (dice_.one_in(4)) {
        // A list of nonsense is refused, and one that is cut short as well; the old one stays in force.
        tell("a broken member list");
        auto good = station_.files.open(path);
        std::string text(64, '?');
        if (good && dice_.one_in(2)) text = station_.files.content(path).bytes.substr(0, 100);
        station_.say(R"({"id":1,"do":"members","action":"load"})", simulated::memory_file("broken.list", text));
        return true;
    }
    const auto version = static_cast<std::uint64_t>(revoked_.size()) + 1;
    revoked_.push_back(static_cast<unsigned>(dice_.below(options_.people)));
    tell(fmt::format("member list {} without {}", version, revoked_.back()));
    station_.put_member_list(people_.members_csv(revoked_.back()), version);
    lists_.placed = version;
    if (dice_.one_in(4)) return true;  // found at the next start
    auto file = station_.files.open(path);
    lists_.handed = version;
    lists_.at = now_.mono;
    if (file) station_.say(R"({"id":1,"do":"members","action":"load"})", std::move(*file));
    return true;
}

void Faults::command_by_centre() {
    const Desk::Message message = desk_.next(now_);
    say_for_centre(message);
    lasts(seconds{10}, minutes{5}, [this] { put_in_order(); });
    // A copy of it while it still counts.
    if (dice_.one_in(3)) {
        lasts(milliseconds{1}, seconds{40}, [this, message] {
            if (!ended_) say_for_centre(message);
        });
    }
    // Often another comes with it, before the first is stored.
    if (dice_.one_in(3)) {
        lasts(milliseconds{1}, milliseconds{300}, [this] {
            if (!ended_) command_by_centre();
        });
    }
}

void Faults::say_for_centre(const Desk::Message& message) {
    tell(fmt::format("the centre says {}{}: {}", message.verb, message.retained ? ", retained" : "", message.payload));
    station_.broker.publish(fmt::format("yizhan/v1/{}/cmd/{}", site_.settings.station.id, message.verb),
                            message.payload, message.retained);
}

// What was released while somebody stood in the door is for those behind them.
bool Faults::lock_down_behind_somebody() {
    const auto& doors = site_.settings.station.doors;
    std::size_t door = 0;
    while (door < doors.size() && !station_.world->door(door).open()) ++door;
    if (door == doors.size()) return false;
    tell(fmt::format("the tool unlocks door {} behind somebody, and changes its mind", door));
    station_.say(fmt::format(R"({{"id":1,"do":"door","door":"{}","action":"unlock","seconds":20}})", doors[door].name));
    lasts(milliseconds{50}, milliseconds{800}, [this] {
        if (!ended_) station_.say(R"({"id":1,"do":"mode","mode":"lockdown"})");
    });
    lasts(seconds{10}, minutes{2}, [this] { put_in_order(); });
    return true;
}

void Faults::command_by_tool() {
    if (dice_.one_in(aimed_ ? 2 : 4) && lock_down_behind_somebody()) return;
    const auto& config = site_.settings.station;
    const std::string& door = config.doors[dice_.below(config.doors.size())].name;
    const std::string outlet =
        config.outlets.empty() ? "none" : config.outlets[dice_.below(config.outlets.size())].name;
    const std::string& reader = config.readers[dice_.below(config.readers.size())].name;
    const std::string as_deep_as_may_be = R"({"id":1,"do":"status","x":[[[[[[[1]]]]]]]})";
    const std::array<std::string, 36> commands{
        fmt::format(R"({{"id":1,"do":"door","door":"{}","action":"unlock"}})", door),
        fmt::format(R"({{"id":1,"do":"door","door":"{}","action":"unlock","seconds":20}})", door),
        fmt::format(R"({{"id":1,"do":"door","door":"{}","action":"unlock","seconds":3600}})", door),
        fmt::format(R"({{"id":1,"do":"door","door":"{}","action":"hold"}})", door),
        fmt::format(R"({{"id":1,"do":"door","door":"{}","action":"lock"}})", door),
        fmt::format(R"({{"id":1,"do":"outlet","outlet":"{}","action":"on"}})", outlet),
        fmt::format(R"({{"id":1,"do":"outlet","outlet":"{}","action":"on"}})", outlet),
        fmt::format(R"({{"id":1,"do":"outlet","outlet":"{}","action":"off"}})", outlet),
        fmt::format(R"({{"id":1,"do":"outlet","outlet":"{}","action":"on","minutes":{}}})", outlet,
                    1 + dice_.below(dice_.one_in(2) ? 3 : 30)),
        fmt::format(R"({{"id":1,"do":"outlet","outlet":"{}","action":"off","minutes":5}})", outlet),
        fmt::format(R"({{"id":1,"do":"outlet","outlet":"{}","action":"auto"}})", outlet),
        R"({"id":1,"do":"mode","mode":"lockdown"})",
        R"({"id":1,"do":"mode","mode":"lockdown"})",
        R"({"id":1,"do":"mode","mode":"lockdown","minutes":2})",
        R"({"id":1,"do":"mode","mode":"free-access"})",
        R"({"id":1,"do":"mode","mode":"closed"})",
        R"({"id":1,"do":"mode","mode":"closed"})",
        R"({"id":1,"do":"mode","mode":"service"})",
        R"({"id":1,"do":"mode","mode":"normal"})",
        people_.settled() ? fmt::format(R"({{"id":1,"do":"occupancy","count":{}}})", people_.inside())
                          : R"({"id":1,"do":"info"})",
        fmt::format(R"({{"id":1,"do":"enrol","reader":"{}","action":"start","minutes":1}})", reader),
        R"({"id":1,"do":"status"})",
        R"({"id":1,"do":"info"})",
        R"({"id":1,"do":"wiring"})",
        as_deep_as_may_be,
        R"({"id":1,"do":"log","limit":500})",
        R"({"id":1,"do":"config"})",
        R"({"id":1,"do":"wiring"})",
        R"({"id":1,"do":"hello","as":"read-only"})",
        fmt::format(R"({{"id":1,"do":"log","door":"{}","before":4000,"limit":200}})", door),
        R"({"id":1,"do":"log","type":"granted","after":5,"from":0,"to":4000000000000})",
        "{\"id\":1,\"do\":\"log\"}\n{\"id\":2,\"do\":\"log\",\"type\":\"refused\"}",
        fmt::format(R"({{"id":1,"do":"enrol","reader":"{}","action":"end"}})", reader),
        fmt::format(R"({{"id":1,"do":"door","door":"{}","action":"hold","seconds":-3}})", door),
        R"({"id":1,"do":"subscribe","state":true,"live":true,"records_after":0})",
        R"({"id":1,"do":)"};
    // A lockdown is for the moment in which somebody comes in, or the door is held.
    constexpr std::size_t lockdown = 11;
    const bool held = station_.stationd && std::ranges::any_of(station_.station().state().doors, &DoorState::held);
    const bool hurts = (aimed_ || held) && dice_.one_in(3);
    const auto& command = commands[hurts ? lockdown : dice_.below(commands.size())];
    tell(fmt::format("the tool says {}", command));
    station_.say(command);
    lasts(seconds{10}, minutes{20}, [this] { put_in_order(); });
    // Whoever commands often has more to say.
    if (dice_.one_in(3)) {
        lasts(milliseconds{100}, seconds{3}, [this] {
            if (!ended_) command_by_tool();
        });
    }
}

// A mode or a held door is not left for ever, even where the station did not hear it or refused because of a fire.
void Faults::put_in_order() {
    station_.say(R"({"id":1,"do":"mode","mode":"normal"})");
    for (const DoorConfig& door : site_.settings.station.doors) {
        station_.say(fmt::format(R"({{"id":1,"do":"door","door":"{}","action":"lock"}})", door.name));
    }
    look_for_order();
}

// As the centre does, in its own time.
bool Faults::acknowledge(const State& state) {
    bool any = false;
    for (const Alarm& alarm : state.alarms) {
        if (!is_latched(alarm.kind) || alarm.acknowledged) continue;
        station_.say(fmt::format(R"({{"id":1,"do":"alarm","alarm":"{}","action":"acknowledge"}})",
                                 alarm_name(alarm, site_.settings.station)));
        any = true;
    }
    return any;
}

void Faults::look_for_order() {
    lasts(minutes{1}, minutes{2}, [this] {
        if (!station_.stationd) return put_in_order();
        const State& state = station_.station().state();
        const bool acknowledged = acknowledge(state);
        const bool held = std::ranges::any_of(state.doors, [](const DoorState& door) { return door.held; });
        if (state.mode != Mode::normal || held) return put_in_order();
        // What shows only after the last fault has to be acknowledged as well.
        if (acknowledged || ended_) look_for_order();
    });
}

}  // namespace yizhan::simulator
