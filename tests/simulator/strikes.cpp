// What goes wrong with a part of the world, one function for each.
#include <fmt/format.h>

#include <array>
#include <utility>

#include "tests/simulator/faults.h"

namespace yizhan::simulator {

void Faults::strike_reader() {
    using Kind = simulated::SamReaderFault::Kind;
    const auto reader = static_cast<std::size_t>(dice_.below(reader_count));
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
    auto& knobs = station_.world->id_card_reader(reader).knobs();
    static constexpr std::array<std::size_t, 5> chunks{0, 1, 63, 64, 7};
    knobs.chunk = chunks[dice_.below(chunks.size())];
    knobs.split_header = dice_.one_in(2);
    tell(fmt::format("reader {} answers wrong, {} of {}", reader, static_cast<int>(fault.kind), fault.times));
    station_.world->id_card_reader(reader).inject(fault);
}

void Faults::strike_disk(FaultKind kind) {
    switch (kind) {
        case FaultKind::disk_slow:
            tell("the disk is slow");
            if (station_.log_worker != nullptr) station_.log_worker->set_latency(seconds{2});
            return disk_lasts(minutes{30}, [this] {
                if (station_.log_worker != nullptr) station_.log_worker->set_latency(milliseconds{5});
            });
        case FaultKind::disk_stalled:
            tell("the disk stalls");
            if (station_.log_worker != nullptr) station_.log_worker->stall();
            return disk_lasts(minutes{30}, [this] {
                if (station_.log_worker != nullptr) station_.log_worker->resume();
            });
        case FaultKind::disk_full:
            tell("the disk is full");
            station_.disk.set_full(true);
            return disk_lasts(minutes{60}, [this] { station_.disk.set_full(false); });
        case FaultKind::disk_failing:
            tell("the disk fails");
            station_.disk.set_failing(true);
            return disk_lasts(minutes{60}, [this] { station_.disk.set_failing(false); });
        default: {
            const auto count = dice_.below(4);
            tell(fmt::format("the power goes at the sync after {} more", count));
            const auto at = station_.disk.syncs() + count;
            station_.disk.on_sync([this, at](const std::string&, std::uint64_t syncs) {
                if (syncs < at) return true;
                station_.disk.power_cut([this] { return dice_.one_in(2); });
                blow_ = Blow::cut_power;
                return false;
            });
            return;
        }
    }
}

void Faults::disk_lasts(milliseconds most, std::function<void()> mend) {
    ++disk_faults_;
    disk_ = never;
    lasts(seconds{5}, most, [this, mend = std::move(mend)] {
        mend();
        if (--disk_faults_ == 0) disk_ = now_.mono;
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

void Faults::change_members() {
    const auto version = static_cast<std::uint64_t>(revoked_.size()) + 1;
    revoked_.push_back(static_cast<unsigned>(dice_.below(options_.people)));
    tell(fmt::format("member list {} without {}", version, revoked_.back()));
    station_.put_member_list(people_.members_csv(revoked_.back()), version);
    if (dice_.one_in(4)) return;  // found at the next start
    auto file = station_.files.open(station_.settings.identity.member_list);
    if (file) station_.say(R"({"id":1,"do":"members","action":"load"})", std::move(*file));
}

void Faults::command_by_tool() {
    static constexpr std::array<std::string_view, 14> commands{
        R"({"id":1,"do":"door","door":"front","action":"unlock"})",
        R"({"id":1,"do":"door","door":"front","action":"unlock","seconds":20})",
        R"({"id":1,"do":"door","door":"front","action":"hold"})",
        R"({"id":1,"do":"door","door":"front","action":"lock"})",
        R"({"id":1,"do":"outlet","outlet":"a1","action":"on"})",
        R"({"id":1,"do":"outlet","outlet":"a1","action":"off"})",
        R"({"id":1,"do":"mode","mode":"lockdown"})",
        R"({"id":1,"do":"mode","mode":"lockdown"})",
        R"({"id":1,"do":"mode","mode":"lockdown"})",
        R"({"id":1,"do":"mode","mode":"free-access"})",
        R"({"id":1,"do":"mode","mode":"closed"})",
        R"({"id":1,"do":"mode","mode":"normal"})",
        R"({"id":1,"do":"status"})",
        R"({"id":1,"do":)"};
    const auto command = commands[dice_.below(commands.size())];
    tell(fmt::format("the tool says {}", command));
    station_.say(std::string(command));
    lasts(seconds{10}, minutes{20}, [this] { put_in_order(); });
}

// A mode or a held door is not left for ever, even where the station did not hear it or refused because of a fire.
void Faults::put_in_order() {
    station_.say(R"({"id":1,"do":"mode","mode":"normal"})");
    station_.say(R"({"id":1,"do":"door","door":"front","action":"lock"})");
    lasts(minutes{1}, minutes{2}, [this] {
        const State* state = station_.stationd ? &station_.station().state() : nullptr;
        if (state == nullptr || state->mode != Mode::normal || state->doors[0].held) put_in_order();
    });
}

}  // namespace yizhan::simulator
