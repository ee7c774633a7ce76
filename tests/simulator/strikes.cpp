// What goes wrong with a part of the world, one function for each.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "tests/simulator/faults.h"

namespace yizhan::simulator {
namespace {

constexpr Wall long_ago{seconds{946684800}};  // 2000-01-01, where a clock without a battery begins

}  // namespace

bool Faults::strike_reader(FaultKind) {
    const auto which = static_cast<std::size_t>(dice_.below(site_.readers.size()));
    const Reader& reader = site_.readers[which];
    if (!reader.has_plug()) return false;
    tell(fmt::format("reader {} is unplugged", which));
    readers_[which].begin();
    reader.detach();
    lasts(milliseconds{200}, minutes{10}, [this, which] {
        site_.readers[which].attach();
        readers_[which].end(now_.mono + seconds{30});
    });
    return true;
}

bool Faults::strike_id_card_reader(FaultKind kind) {
    const auto which = static_cast<std::size_t>(dice_.below(site_.readers.size()));
    auto* model = site_.readers[which].id_card();
    if (model == nullptr) return false;
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
    static constexpr std::array<std::uint16_t, 4> requests{0, 0x2001, 0x2002, 0x3001};
    fault.request = requests[dice_.below(requests.size())];
    fault.times = static_cast<int>(1 + dice_.below(4));
    fault.delay = between(milliseconds{50}, seconds{6});
    static constexpr std::array<unsigned, 6> states{0x21, 0x31, 0x33, 0x41, 0x60, 0x66};
    static constexpr std::array<unsigned, 4> lengths{0, 3, 40, 0xFFFF};
    fault.value = fault.kind == Kind::status       ? states[dice_.below(states.size())]
                  : fault.kind == Kind::bad_length ? lengths[dice_.below(lengths.size())]
                                                   : static_cast<unsigned>(1 + dice_.below(60));
    auto& knobs = site_.readers[reader].id_card()->knobs();
    static constexpr std::array<std::size_t, 5> chunks{0, 1, 63, 64, 7};
    knobs.chunk = chunks[dice_.below(chunks.size())];
    knobs.split_header = dice_.one_in(2);
    tell(fmt::format("reader {} answers wrong, {} of {}", reader, static_cast<int>(fault.kind), fault.times));
    site_.readers[reader].id_card()->inject(fault);
}

// Pulses on one of its two lines, or lost ones: whatever is read then is no card.
bool Faults::strike_number_reader() {
    const auto which = static_cast<std::size_t>(dice_.below(site_.readers.size()));
    const WiegandReaderSettings* lines = site_.readers[which].wiegand();
    if (lines == nullptr) return false;
    auto& gpio = station_.world->gpio();
    const LineName line = dice_.one_in(2) ? lines->d0 : lines->d1;
    if (dice_.one_in(2)) {
        tell(fmt::format("pulses of reader {} are lost", which));
        readers_[which].begin();
        lasts(seconds{1}, minutes{1}, [this, which, line] {
            station_.world->gpio().lose_edges(line, 0, simulated::Gpio::Loss::unseen);
            readers_[which].end(now_.mono + seconds{5});
        });
        gpio.lose_edges(line, static_cast<std::uint32_t>(1 + dice_.below(5)),
                        dice_.one_in(2) ? simulated::Gpio::Loss::counted : simulated::Gpio::Loss::unseen);
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
    const auto which = static_cast<std::size_t>(dice_.below(settings.doors.size() + settings.outlets.size()));
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
            outputs_.touch(now_.mono + seconds{2});
            gpio.lose_writes(line, 1);
            return true;
        }
        case FaultKind::output_failing: {
            const LineName line = any_output();
            tell(line.line + " takes no level");
            outputs_.begin();
            gpio.fail_output(line, true);
            lasts(seconds{1}, minutes{10}, [this, line] {
                station_.world->gpio().fail_output(line, false);
                outputs_.end(now_.mono + milliseconds{1500});
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
        for (const std::size_t input : *list) wires.push_back({site_.settings.inputs[input].line, std::nullopt});
    }
    const Wire wire = wires[dice_.below(wires.size())];
    tell("the wire of " + wire.line.line + " breaks");
    wires_.begin();
    if (wire.door) {
        contacts_[*wire.door].begin();
        ++cut_[*wire.door];
        people_.lose_sight(*wire.door, true);
    }
    station_.world->gpio().cut(wire.line, true);
    lasts(seconds{1}, minutes{20}, [this, wire] {
        auto& gpio = station_.world->gpio();
        gpio.cut(wire.line, false);
        // What moved meanwhile shows now.
        if (wire.door) {
            const bool open_level = site_.settings.doors[*wire.door].contact->active_high;
            gpio.drive(wire.line, station_.world->door(*wire.door).open() == open_level, now_.mono);
            contacts_[*wire.door].end(now_.mono + minutes{1});
            --cut_[*wire.door];
            people_.lose_sight(*wire.door, false);
        }
        people_.be_seen(now_.mono);
        for (const std::size_t input : site_.tampers) {
            station_.world->set_input(input, active_inputs_.contains(input), now_.mono);
        }
        wires_.end(now_.mono + minutes{1});
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
        if (reader.wiegand() != nullptr) lines.push_back(reader.wiegand()->d0);
    }
    for (const auto& outlet : settings.outlets) lines.push_back(outlet.relay.line);
    for (const auto& input : settings.inputs) lines.push_back(input.line);
    return lines;
}

void Faults::disturb_chip(const std::string& chip, bool begins) {
    const auto change = [&](Disturbed& what) { begins ? what.begin() : what.end(now_.mono + minutes{1}); };
    const Settings& settings = site_.settings;
    change(wires_);
    change(outputs_);
    for (std::size_t i = 0; i < contacts_.size(); ++i) {
        if (settings.doors[i].contact->line.chip == chip) change(contacts_[i]);
    }
    for (std::size_t i = 0; i < readers_.size(); ++i) {
        if (site_.readers[i].wiegand() != nullptr) change(readers_[i]);
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

bool Faults::strike_outlet(FaultKind kind) {
    if (site_.settings.outlets.empty()) return false;
    const auto outlet = static_cast<std::size_t>(dice_.below(site_.settings.outlets.size()));
    auto& load = station_.world->outlet(outlet);
    if (kind == FaultKind::relay_welded) {
        tell(fmt::format("the relay of outlet {} is welded", outlet));
        load.weld(true);
        lasts(minutes{1}, minutes{60}, [this, outlet] { station_.world->outlet(outlet).weld(false); });
    } else {
        tell(fmt::format("the meter of outlet {} says nothing", outlet));
        load.silence(true);
        lasts(seconds{1}, minutes{60}, [this, outlet] { station_.world->outlet(outlet).silence(false); });
    }
    return true;
}

bool Faults::strike_input(FaultKind kind) {
    const auto input = any_of(kind == FaultKind::fire ? site_.fires : site_.tampers);
    if (!input) return false;
    tell(kind == FaultKind::fire ? "fire" : "the cabinet is opened");
    active_inputs_.insert(*input);
    station_.world->set_input(*input, true, now_.mono);
    lasts(seconds{1}, minutes{20}, [this, input] {
        active_inputs_.erase(*input);
        station_.world->set_input(*input, false, now_.mono);
    });
    return true;
}

bool Faults::strike_power(FaultKind kind) {
    switch (kind) {
        case FaultKind::power_cut_at_io:
            cut_at_io(400);
            return true;
        case FaultKind::clock_unset: {
            tell("the power goes, and the clock forgets the year");
            blow(Blow::cut_power);
            const auto ahead = station_.scheduler.now().wall - long_ago;
            const Mono from = now_.mono;
            station_.scheduler.set_wall(long_ago);
            station_.scheduler.set_wall_trusted(site_.settings.clock == ClockTrust::always);
            lasts(seconds{10}, minutes{60}, [this, ahead, from] {
                const auto since = std::chrono::duration_cast<milliseconds>(now_.mono - from);
                station_.scheduler.set_wall(long_ago + ahead + since);
                station_.scheduler.set_wall_trusted(true);
            });
            return true;
        }
        case FaultKind::stationd_killed:
            blow(Blow::kill_stationd);
            return true;
        case FaultKind::stationd_restarted:
            blow(Blow::restart_stationd);
            return true;
        case FaultKind::uplink_killed:
            if (station_.uplink == nullptr) return false;
            if (dice_.one_in(2)) {
                tell("station-uplink is told to stop");
                station_.uplink->stop([] {});
                lasts(seconds{1}, seconds{10}, [this] { blow(Blow::kill_uplink); });
            } else {
                blow(Blow::kill_uplink);
            }
            return true;
        default:
            blow(Blow::cut_power);
            return true;
    }
}

// The machine stops at one of the next writes to disk or line, in the middle of whatever it is doing: what it does in
// the rest of that turn reaches nobody.
void Faults::cut_at_io(std::uint64_t writes) {
    io_left_ = 1 + dice_.below(writes);
    tell(fmt::format("the power goes with write {} from now", io_left_));
    const auto count = [this] {
        if (io_left_ == 0 || --io_left_ > 0) return;
        stop_machine();
    };
    station_.disk.on_change(count);
    station_.world->gpio().on_write(count);
}

void Faults::stop_machine() {
    station_.disk.power_cut([this] { return dice_.one_in(2); });
    station_.world->gpio().freeze(true);
    stopped_ = true;
    blow(Blow::cut_power);
}

void Faults::strike_disk(FaultKind kind) {
    switch (kind) {
        case FaultKind::disk_slow:
            tell("the disk is slow");
            ++stalls_;
            slow_down();
            return disk_lasts(minutes{30}, [this] {
                --stalls_;
                slow_down();
            });
        case FaultKind::disk_stalled:
            tell("the disk stalls");
            ++stalls_;
            ++stopped_disks_;
            slow_down();
            return disk_lasts(minutes{90}, [this] {
                --stalls_;
                --stopped_disks_;
                slow_down();
            });
        case FaultKind::disk_full:
            tell("the disk is full");
            station_.disk.set_full(true);
            return disk_lasts(minutes{90}, [this] { station_.disk.set_full(false); });
        default:
            tell("the disk fails");
            station_.disk.set_failing(true);
            failing_.begin(now_.mono);
            return disk_lasts(minutes{90}, [this] {
                failing_.end(now_.mono);
                station_.disk.set_failing(failing_.begun() != never);
            });
    }
}

void Faults::slow_down() {
    if (station_.log_worker == nullptr) return;
    station_.log_worker->set_latency(stalls_ > stopped_disks_ ? milliseconds{2000} : milliseconds{5});
    stopped_disks_ > 0 ? station_.log_worker->stall() : station_.log_worker->resume();
}

void Faults::disk_lasts(milliseconds most, std::function<void()> mend) {
    disk_.begin();
    lasts(seconds{5}, most, [this, mend = std::move(mend)] {
        mend();
        disk_.end(now_.mono);
    });
}

void Faults::strike_broker(FaultKind kind) {
    auto& broker = station_.broker;
    const auto for_a_while = [this](bool simulated::BrokerFaults::* fault) {
        station_.broker.faults.*fault = true;
        lasts(seconds{1}, minutes{90}, [this, fault] {
            station_.broker.faults.*fault = false;
            station_.broker.faults.acks_late = false;
            // What it took meanwhile it has forgotten, and the keep-alive has run out.
            if (fault == &simulated::BrokerFaults::stalled) station_.broker.cut();
        });
    };
    switch (kind) {
        case FaultKind::broker_away:
            tell("the broker goes away");
            broker.go_away();
            return for_a_while(&simulated::BrokerFaults::away);
        case FaultKind::broker_refuses:
            tell("the broker refuses");
            broker.cut();
            return for_a_while(&simulated::BrokerFaults::refuses);
        case FaultKind::broker_stalled:
            tell("the broker stalls");
            return for_a_while(&simulated::BrokerFaults::stalled);
        case FaultKind::broker_dns:
            tell("no name is resolved");
            broker.cut();
            return for_a_while(&simulated::BrokerFaults::dead_dns);
        case FaultKind::broker_acks:
            tell("the broker answers twice");
            broker.faults.acks_late = dice_.one_in(2);
            return for_a_while(&simulated::BrokerFaults::acks_twice);
        case FaultKind::broker_denies:
            tell("the broker takes no events");
            broker.faults.denied_publish = {"yizhan/v1/+/event"};
            return lasts(seconds{1}, minutes{30}, [this] { station_.broker.faults.denied_publish.clear(); });
        case FaultKind::broker_empty:
            tell("the broker forgets everything");
            broker.restart_empty();
            break;
        default:
            tell("the connection breaks");
            broker.cut();
            break;
    }
}

void Faults::strike_clock(FaultKind kind) {
    auto& scheduler = station_.scheduler;
    switch (kind) {
        case FaultKind::clock_step: {
            const auto by = between(milliseconds{0}, std::chrono::hours{4}) - std::chrono::hours{2};
            tell(fmt::format("the clock steps by {} ms", by.count()));
            return scheduler.step_wall(by);
        }
        case FaultKind::clock_drift:
            tell("the clock drifts");
            return scheduler.set_wall_drift(static_cast<int>(dice_.below(400)) - 200);
        default:
            if (site_.settings.clock == ClockTrust::always) return;
            tell("the clock is not trusted");
            scheduler.set_wall_trusted(false);
            return lasts(seconds{10}, minutes{60}, [this] { station_.scheduler.set_wall_trusted(true); });
    }
}

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
    const std::string& door = site_.settings.station.doors[0].name;
    const std::array<std::string, 4> commands{fmt::format(R"({{"id":"1","door":"{}"}})", door),
                                              fmt::format(R"({{"id":"2","expires":1,"door":"{}"}})", door), "{", ""};
    const auto& payload = commands[dice_.below(commands.size())];
    tell(fmt::format("the centre commands {}", payload));
    station_.broker.publish(fmt::format("yizhan/v1/{}/cmd/unlock", site_.settings.station.id), payload,
                            dice_.one_in(4));
}

void Faults::command_by_tool() {
    const auto& config = site_.settings.station;
    const std::string& door = config.doors[dice_.below(config.doors.size())].name;
    const std::string outlet =
        config.outlets.empty() ? "none" : config.outlets[dice_.below(config.outlets.size())].name;
    const std::string& reader = config.readers[dice_.below(config.readers.size())].name;
    const std::array<std::string, 30> commands{
        fmt::format(R"({{"id":1,"do":"door","door":"{}","action":"unlock"}})", door),
        fmt::format(R"({{"id":1,"do":"door","door":"{}","action":"unlock","seconds":20}})", door),
        fmt::format(R"({{"id":1,"do":"door","door":"{}","action":"unlock","seconds":3600}})", door),
        fmt::format(R"({{"id":1,"do":"door","door":"{}","action":"hold"}})", door),
        fmt::format(R"({{"id":1,"do":"door","door":"{}","action":"lock"}})", door),
        fmt::format(R"({{"id":1,"do":"outlet","outlet":"{}","action":"on"}})", outlet),
        fmt::format(R"({{"id":1,"do":"outlet","outlet":"{}","action":"on"}})", outlet),
        fmt::format(R"({{"id":1,"do":"outlet","outlet":"{}","action":"off"}})", outlet),
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
    const auto& command = commands[dice_.below(commands.size())];
    tell(fmt::format("the tool says {}", command));
    station_.say(command);
    lasts(seconds{10}, minutes{20}, [this] { put_in_order(); });
}

// A mode or a held door is not left for ever, even where the station did not hear it or refused because of a fire.
void Faults::put_in_order() {
    station_.say(R"({"id":1,"do":"mode","mode":"normal"})");
    for (const DoorConfig& door : site_.settings.station.doors) {
        station_.say(fmt::format(R"({{"id":1,"do":"door","door":"{}","action":"lock"}})", door.name));
    }
    lasts(minutes{1}, minutes{2}, [this] {
        if (!station_.stationd) return put_in_order();
        const State& state = station_.station().state();
        const bool held = std::ranges::any_of(state.doors, [](const DoorState& door) { return door.held; });
        if (state.mode != Mode::normal || held) put_in_order();
    });
}

}  // namespace yizhan::simulator
