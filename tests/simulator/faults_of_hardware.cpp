// What goes wrong with readers, lines, boards and outlets.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "tests/simulator/faults.h"

namespace yizhan::simulator {

template <typename Is>
std::optional<std::size_t> Faults::any_reader(Is is) {
    if (aimed_ && at_reader_ && is(site_.readers[static_cast<std::size_t>(*at_reader_)])) {
        return static_cast<std::size_t>(*at_reader_);
    }
    std::vector<std::size_t> those;
    for (std::size_t i = 0; i < site_.readers.size(); ++i) {
        if (is(site_.readers[i])) those.push_back(i);
    }
    return any_of(those);
}

bool Faults::unplug_reader() {
    const auto which = any_reader([](const Reader& reader) { return reader.has_plug(); });
    if (!which) return false;
    tell(fmt::format("reader {} is unplugged", *which));
    readers_[*which].begin();
    site_.readers[*which].detach();
    lasts(milliseconds{200}, minutes{10}, [this, which] {
        site_.readers[*which].attach();
        readers_[*which].end(now_.mono + seconds{30});
    });
    return true;
}

bool Faults::strike_id_card_reader(FaultKind kind) {
    const auto found = any_reader([](const Reader& reader) { return reader.id_card() != nullptr; });
    if (!found) return false;
    const std::size_t which = *found;
    auto* model = site_.readers[which].id_card();
    if (kind == FaultKind::reader_hung) {
        tell(fmt::format("reader {} hangs", which));
        model->inject({.kind = simulated::SamReaderFault::Kind::hung});
    } else if (kind == FaultKind::reader_reply) {
        answer_wrong(which);
    } else {
        tell(fmt::format("reader {} sees no card", which));
        readers_[which].begin();
        model->knobs().antenna_dead = true;
        lasts(seconds{5}, minutes{30}, [this, which] {
            site_.readers[which].id_card()->knobs().antenna_dead = false;
            readers_[which].end(now_.mono + seconds{30});
        });
    }
    return true;
}

void Faults::answer_wrong(std::size_t reader) {
    using Kind = simulated::SamReaderFault::Kind;
    simulated::SamReaderFault fault{.kind = static_cast<Kind>(dice_.below(static_cast<std::uint64_t>(Kind::lost) + 1))};
    static constexpr std::uint16_t presence = 0x3003;
    static constexpr std::array<std::uint16_t, 5> requests{0, 0x2001, 0x2002, 0x3001, presence};
    fault.request = requests[dice_.below(requests.size())];
    // About a card that was read and still lies there.
    if (aimed_ && dice_.one_in(2)) {
        fault.request = presence;
        fault.kind = Kind::status;
    } else if (aimed_ && dice_.one_in(2)) {
        return put_at_the_edge(reader);
    }
    fault.times = static_cast<int>(1 + dice_.below(4));
    fault.delay = between(milliseconds{50}, seconds{6});
    static constexpr std::array<unsigned, 6> states{0x21, 0x31, 0x33, 0x41, 0x60, 0x66};
    static constexpr std::array<unsigned, 4> lengths{0, 3, 40, 0xFFFF};
    fault.value = fault.kind == Kind::status       ? states[dice_.below(states.size())]
                  : fault.kind == Kind::bad_length ? lengths[dice_.below(lengths.size())]
                                                   : static_cast<unsigned>(1 + dice_.below(60));
    // 41 is also what a reader says of a card that was lifted: nobody can tell the two apart.
    const bool asks_presence = fault.request == 0 || fault.request == presence;
    if (fault.kind == Kind::status && asks_presence && fault.value == 0x41) fault.value = 0x33;
    // One that has lost its power for a moment comes back with a security module that cannot work yet.
    static constexpr std::uint16_t find = 0x2001;
    if (aimed_ && fault.kind == Kind::lost && dice_.one_in(2)) {
        site_.readers[reader].id_card()->inject({.kind = Kind::status, .request = find, .value = 0x60});
    }
    auto& knobs = site_.readers[reader].id_card()->knobs();
    static constexpr std::array<std::size_t, 5> chunks{0, 1, 63, 64, 7};
    knobs.chunk = chunks[dice_.below(chunks.size())];
    knobs.chunk_gap = milliseconds{knobs.chunk >= 63 ? dice_.below(6) : 0};
    knobs.split_header = dice_.one_in(2);
    tell(fmt::format("reader {} answers wrong, {} of {}", reader, static_cast<int>(fault.kind), fault.times));
    site_.readers[reader].id_card()->inject(fault);
}

// A card that is found and lost, and found and not read, in any order: it is there all the time.
void Faults::put_at_the_edge(std::size_t reader) {
    using Kind = simulated::SamReaderFault::Kind;
    static constexpr std::uint16_t find = 0x2001;
    static constexpr std::uint16_t read = 0x3001;
    auto& model = *site_.readers[reader].id_card();
    tell(fmt::format("the card at reader {} lies at the edge of the field", reader));
    const simulated::SamReaderFault missed{.kind = Kind::status, .request = find, .value = 0x80};
    // Between two that miss it a late answer would be half a second in which nobody found it.
    const bool is_late = dice_.one_in(2);
    const bool at_first = is_late || dice_.one_in(2);
    if (at_first) model.inject(missed);
    if (is_late) {
        const milliseconds delay = between(milliseconds{500}, milliseconds{900});
        model.inject({.kind = Kind::late_reply, .request = find, .delay = delay});
    } else {
        model.inject({.kind = Kind::status, .request = read, .value = 0x31});
        model.inject({.kind = Kind::garbage_before, .request = find, .value = 1});
    }
    if (!at_first) model.inject(missed);
}

// Pulses on one of its two lines, or lost ones: whatever is read then is no card.
bool Faults::strike_number_reader() {
    const auto found = any_reader([](const Reader& reader) { return reader.wiegand() != nullptr; });
    if (!found) return false;
    const std::size_t which = *found;
    const WiegandReaderSettings* lines = site_.readers[which].wiegand();
    auto& gpio = station_.world->gpio();
    const LineName line = dice_.one_in(2) ? lines->d0 : lines->d1;
    if (dice_.one_in(2)) {
        tell(fmt::format("pulses of reader {} are lost", which));
        readers_[which].begin();
        lasts(seconds{1}, minutes{1}, [this, which, line] {
            auto& pins = station_.world->gpio();
            pins.lose_edges(line, 0, simulated::Gpio::Loss::unseen);
            // What is missing shows with the next edge: before somebody's card shows it.
            pins.drive(line, false, now_.mono);
            pins.drive(line, true, now_.mono);
            readers_[which].end(now_.mono + seconds{5});
        });
        // Each compiler has its own order of arguments: two dice are two statements.
        const auto count = static_cast<std::uint32_t>(1 + dice_.below(5));
        gpio.lose_edges(line, count, dice_.one_in(2) ? simulated::Gpio::Loss::counted : simulated::Gpio::Loss::unseen);
    } else {
        const auto pulses = 1 + dice_.below(30);
        tell(fmt::format("{} pulses of noise at reader {}", pulses, which));
        readers_[which].touch(now_.mono + seconds{5});
        for (std::uint64_t i = 0; i < pulses; ++i) {
            gpio.drive(line, false, now_.mono);
            gpio.drive(line, true, now_.mono);
        }
    }
    return true;
}

LineName Faults::any_output() {
    const auto& settings = site_.settings;
    if (settings.contactor && dice_.one_in(3)) return settings.contactor->line;
    // Half of the time a lock.
    const std::size_t all = dice_.one_in(2) ? settings.doors.size() : settings.doors.size() + settings.outlets.size();
    const auto which = static_cast<std::size_t>(dice_.below(all));
    if (which < settings.doors.size()) return settings.doors[which].lock.output.line;
    return settings.outlets[which - settings.doors.size()].relay.line;
}

bool Faults::strike_line(FaultKind kind) {
    auto& gpio = station_.world->gpio();
    const auto door = static_cast<std::size_t>(dice_.below(site_.settings.doors.size()));
    switch (kind) {
        case FaultKind::contact_cut:
            cut_wire();
            return true;
        case FaultKind::edges_lost:
            tell(fmt::format("the kernel loses edges of the contact of door {}", door));
            lose_edges(door);
            return true;
        case FaultKind::output_writes_lost: {
            const LineName line = any_output();
            tell("a write to " + line.line + " is lost");
            lines_[line].touch(now_.mono + seconds{2});
            gpio.lose_writes(line, 1);
            return true;
        }
        case FaultKind::output_failing: {
            const LineName line = any_output();
            tell(line.line + " takes no level");
            lines_[line].begin();
            gpio.fail_output(line, true);
            // What takes no level from the start was never believed to have one.
            if (dice_.one_in(4)) blow(Blow::restart_stationd);
            const milliseconds longest = dice_.one_in(2) ? milliseconds{seconds{4}} : milliseconds{minutes{10}};
            lasts(seconds{1}, longest, [this, line] {
                station_.world->gpio().fail_output(line, false);
                lines_[line].end(now_.mono + milliseconds{1500});
            });
            return true;
        }
        case FaultKind::chip_unplugged:
            unplug_chip();
            return true;
        default:
            if (!people_.force(door, now_.mono)) return false;
            tell(fmt::format("door {} is forced", door));
            return true;
    }
}

// Not all of those of one movement: of a door that moves without a trace nobody knows.
void Faults::lose_edges(std::size_t door) {
    constexpr std::uint64_t of_a_movement = 9;
    const auto after = dice_.below(of_a_movement);
    const auto count = 1 + dice_.below(of_a_movement - std::max<std::uint64_t>(after, 1));
    station_.world->gpio().lose_edges(site_.settings.doors[door].contact->line, static_cast<std::uint32_t>(count),
                                      dice_.one_in(2) ? simulated::Gpio::Loss::counted : simulated::Gpio::Loss::unseen,
                                      static_cast<std::uint32_t>(after));
}

bool Faults::mash_button() {
    const auto door = static_cast<std::size_t>(dice_.below(site_.settings.doors.size()));
    if (!site_.settings.doors[door].exit_button) return false;
    tell(fmt::format("somebody plays with the button of door {}", door));
    press_again(door, now_.mono + between(seconds{10}, minutes{15}));
    return true;
}

void Faults::press_again(std::size_t door, Mono until) {
    if (ended_ || now_.mono >= until) return;
    people_.press(door, now_.mono);
    lasts(milliseconds{410}, milliseconds{600}, [this, door, until] { press_again(door, until); });
}

void Faults::cut_wire() {
    struct Wire {
        LineName line;
        std::optional<std::size_t> door;
    };
    std::vector<Wire> wires;
    for (std::size_t i = 0; i < site_.settings.doors.size(); ++i) {
        wires.push_back({site_.settings.doors[i].contact->line, i});
    }
    for (const auto* list : {&site_.presences, &site_.tampers}) {
        for (const std::size_t input : *list) {
            const LineName* line = station_.world->input_line(input);
            if (line != nullptr) wires.push_back({*line, std::nullopt});
        }
    }
    const Wire wire = wires[dice_.below(wires.size())];
    tell("the wire of " + wire.line.line + " breaks");
    lines_[wire.line].begin();
    if (wire.door) {
        ++cut_[*wire.door];
        people_.lose_sight(*wire.door, true);
    }
    station_.world->gpio().cut(wire.line, true);
    lasts(seconds{1}, minutes{20}, [this, wire] {
        auto& gpio = station_.world->gpio();
        gpio.cut(wire.line, false);
        // A wire that is mended does not bounce: its one edge is all there is to see.
        gpio.lose_edges(wire.line, 0, simulated::Gpio::Loss::unseen);
        // What moved meanwhile shows now.
        if (wire.door) {
            const bool open_level = site_.settings.doors[*wire.door].contact->active_high;
            gpio.drive(wire.line, station_.world->door(*wire.door).open() == open_level, now_.mono);
            --cut_[*wire.door];
            people_.lose_sight(*wire.door, false);
        }
        people_.be_seen(now_.mono);
        for (const std::size_t input : site_.tampers) {
            station_.world->set_input(input, active_inputs_.contains(input), now_.mono);
        }
        lines_[wire.line].end(now_.mono + minutes{1});
    });
}

std::vector<LineName> Faults::all_lines() const {
    const Settings& settings = site_.settings;
    std::vector<LineName> lines;
    for (const auto& door : settings.doors) {
        lines.push_back(door.lock.output.line);
        if (door.contact) lines.push_back(door.contact->line);
        if (door.exit_button) lines.push_back(door.exit_button->line);
    }
    for (const auto& reader : site_.readers) {
        if (const WiegandReaderSettings* wires = reader.wiegand()) lines.insert(lines.end(), {wires->d0, wires->d1});
    }
    for (const auto& outlet : settings.outlets) {
        lines.push_back(outlet.relay.line);
        if (const auto* pulses = std::get_if<PulseMeterSettings>(&outlet.meter)) lines.push_back(pulses->line);
    }
    if (settings.contactor) lines.push_back(settings.contactor->line);
    for (std::size_t input = 0; input < settings.inputs.size(); ++input) {
        if (const LineName* line = station_.world->input_line(input)) lines.push_back(*line);
    }
    return lines;
}

void Faults::disturb_chip(const std::string& chip, bool begins) {
    const auto change = [&](Disturbed& what) { begins ? what.begin() : what.end(now_.mono + minutes{1}); };
    for (const LineName& line : all_lines()) {
        if (line.chip == chip) change(lines_[line]);
    }
    for (std::size_t i = 0; i < readers_.size(); ++i) {
        const auto* wiegand = site_.readers[i].wiegand();
        if (wiegand != nullptr && wiegand->d0.chip == chip) change(readers_[i]);
    }
}

// Its outputs stay dead until stationd starts again; its inputs are there again when it is.
void Faults::unplug_chip() {
    std::set<std::string> chips;
    for (const LineName& line : all_lines()) chips.insert(line.chip);
    const std::string chip = *std::next(chips.begin(), static_cast<std::ptrdiff_t>(dice_.below(chips.size())));
    tell("the board " + chip + " is pulled out");
    disturb_chip(chip, true);
    unplugged_.insert(chip);
    station_.world->gpio().unplug(chip, now_.mono);
    station_.world->lose_power(chip);
    lasts(milliseconds{500}, minutes{10}, [this, chip] {
        unplugged_.erase(unplugged_.find(chip));
        disturb_chip(chip, false);
        if (unplugged_.contains(chip)) return;
        station_.world->gpio().plug_in(chip, now_.mono);
        // As the service manager does for maintenance.
        blow(Blow::restart_stationd);
    });
}

bool Faults::strike_thermometer(FaultKind kind) {
    std::vector<std::size_t> sockets;
    for (std::size_t i = 0; i < site_.settings.outlets.size(); ++i) {
        if (site_.settings.outlets[i].thermometer) sockets.push_back(i);
    }
    const auto outlet = any_of(sockets);
    if (!outlet) return false;
    if (kind == FaultKind::socket_hot) {
        // A loose contact; from nearly too warm to far too hot.
        const int celsius = 45 + static_cast<int>(dice_.below(45));
        tell(fmt::format("the socket of outlet {} has {} degrees", *outlet, celsius));
        station_.world->warm_socket(*outlet, celsius);
        lasts(seconds{5}, minutes{20}, [this, outlet] { station_.world->warm_socket(*outlet, 20); });
    } else {
        tell("the thermometers say nothing");
        silence_thermometers(*outlet, true);
        lasts(seconds{1}, minutes{20}, [this, outlet] { silence_thermometers(*outlet, false); });
    }
    return true;
}

// The module of this socket, and so whatever else it measures.
void Faults::silence_thermometers(std::size_t outlet, bool silent) {
    station_.world->silence_thermometer(outlet, silent);
    // Sockets may share it.
    for (std::size_t i = 0; i < site_.settings.outlets.size(); ++i) measured_[i] = now_.mono;
    const ThermometerSettings& module = *site_.settings.outlets[outlet].thermometer;
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
        const auto* thermostat = std::get_if<ThermostatSettings>(&site_.settings.inputs[i]);
        if (thermostat == nullptr || thermostat->thermometer.port != module.port ||
            thermostat->thermometer.address != module.address) {
            continue;
        }
        silent ? inputs_[i].begin() : inputs_[i].end(now_.mono + minutes{1});
    }
}

bool Faults::strike_outlet(FaultKind kind) {
    if (site_.settings.outlets.empty()) return false;
    const auto outlet = static_cast<std::size_t>(dice_.below(site_.settings.outlets.size()));
    auto& load = station_.world->outlet(outlet);
    if (kind == FaultKind::relay_welded) {
        tell(fmt::format("the relay of outlet {} is welded", outlet));
        load.weld(true);
        lasts(minutes{1}, minutes{60}, [this, outlet] { station_.world->outlet(outlet).weld(false); });
    } else if (kind == FaultKind::meter_garbled) {
        tell(fmt::format("the meter of outlet {} is garbled", outlet));
        station_.world->garble_meter(outlet, static_cast<int>(1 + dice_.below(3)));
    } else {
        tell(fmt::format("the meter of outlet {} says nothing", outlet));
        const auto silence = [this, outlet](bool silent) {
            station_.world->silence_meter(outlet, silent);
            measured_[outlet] = now_.mono;
        };
        silence(true);
        lasts(seconds{1}, minutes{60}, [silence] { silence(false); });
    }
    return true;
}

bool Faults::strike_input(FaultKind kind) {
    const auto input = any_of(kind == FaultKind::fire ? site_.fires : site_.tampers);
    if (!input) return false;
    tell(fmt::format("{} at {}", name_of(site_.settings.station.inputs[*input].kind),
                     site_.settings.station.inputs[*input].name));
    active_inputs_.insert(*input);
    station_.world->set_input(*input, true, now_.mono);
    lasts(seconds{1}, minutes{20}, [this, input] {
        active_inputs_.erase(*input);
        station_.world->set_input(*input, false, now_.mono);
        look_for_order();
    });
    return true;
}

}  // namespace yizhan::simulator
