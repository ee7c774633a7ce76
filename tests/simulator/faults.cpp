#include "tests/simulator/faults.h"

#include <fmt/format.h>

#include <algorithm>

#include "hal/check.h"

namespace yizhan::simulator {
namespace {

constexpr std::chrono::hours one_day{24};
const std::array<LineName, 3> wires{
    {{"station", "CONTACT_FRONT"}, {"station", "PRESENCE_HALL"}, {"station", "TAMPER_CABINET"}}};

}  // namespace

Faults::Faults(const Options& options, testing::SimulatedStation& station, const People& people, Story& story)
    : options_(options), station_(station), people_(people), story_(story), dice_(options.seed ^ 0xfa017) {
    now_ = station.scheduler.now();
    readers_.fill(now_.mono);
    wires_ = contact_ = now_.mono;
    disk_ = now_.mono;
    for (std::size_t kind = 0; kind < fault_kind_count; ++kind) plan(kind);
}

void Faults::plan(std::size_t kind) {
    const unsigned rate = options_.a_day[kind];
    at_[kind] = rate == 0 ? never : now_.mono + between(milliseconds{0}, 2 * milliseconds{one_day} / rate);
}

milliseconds Faults::between(milliseconds least, milliseconds most) {
    return least +
           milliseconds{static_cast<std::int64_t>(dice_.below(static_cast<std::uint64_t>((most - least).count()) + 1))};
}

void Faults::tell(std::string_view what) { story_.tell(now_.mono, fmt::format("fault: {}", what)); }

void Faults::lasts(milliseconds least, milliseconds most, std::function<void()> mend) {
    under_.push_back({now_.mono + between(least, most), std::move(mend)});
}

void Faults::advance(Now now) {
    if (now.mono < next_) return;
    now_ = now;
    for (std::size_t i = 0; i < under_.size();) {
        if (under_[i].ends > now_.mono) {
            ++i;
            continue;
        }
        const auto mend = std::move(under_[i].mend);
        under_.erase(under_.begin() + static_cast<std::ptrdiff_t>(i));
        mend();
    }
    next_ = never;
    for (std::size_t kind = 0; kind < fault_kind_count; ++kind) {
        if (!ended_ && at_[kind] <= now_.mono) {
            strike(static_cast<FaultKind>(kind));
            ++injected_;
            plan(kind);
        }
        if (!ended_) next_ = std::min(next_, at_[kind]);
    }
    for (const Under& under : under_) next_ = std::min(next_, under.ends);
}

void Faults::end() {
    ended_ = true;
    now_ = station_.scheduler.now();
    for (Under& under : std::exchange(under_, {})) under.mend();
    for (std::size_t reader = 0; reader < reader_count; ++reader) station_.world->id_card_reader(reader).clear_faults();
    station_.disk.on_sync({});
    next_ = Mono::min();
}

void Faults::disturb(std::size_t reader) {
    ++wrong_with_[reader];
    readers_[reader] = never;
}

Mono Faults::reader_undisturbed_since(std::size_t reader) const {
    const auto& model = station_.world->id_card_reader(reader);
    return model.has_faults() ? never : std::max(readers_[reader], model.faulted_at() + minutes{1});
}

bool Faults::clock_moved() const {
    return options_.a_day[static_cast<std::size_t>(FaultKind::clock_step)] > 0 ||
           options_.a_day[static_cast<std::size_t>(FaultKind::clock_untrusted)] > 0;
}

void Faults::calm(std::size_t reader) {
    if (--wrong_with_[reader] == 0) readers_[reader] = now_.mono + seconds{30};
}

void Faults::strike(FaultKind kind) {
    auto& world = *station_.world;
    switch (kind) {
        case FaultKind::reader_reply:
            return strike_reader();
        case FaultKind::reader_unplugged: {
            const auto reader = static_cast<std::size_t>(dice_.below(reader_count));
            tell(fmt::format("reader {} is unplugged", reader));
            disturb(reader);
            world.id_card_reader(reader).detach();
            return lasts(milliseconds{200}, minutes{10}, [this, reader] {
                station_.world->id_card_reader(reader).attach();
                calm(reader);
            });
        }
        case FaultKind::reader_deaf: {
            const auto reader = static_cast<std::size_t>(dice_.below(reader_count));
            tell(fmt::format("reader {} finds no card", reader));
            disturb(reader);
            world.id_card_reader(reader).knobs().antenna_dead = true;
            return lasts(seconds{5}, minutes{30}, [this, reader] {
                station_.world->id_card_reader(reader).knobs().antenna_dead = false;
                calm(reader);
            });
        }
        case FaultKind::contact_cut: {
            const LineName wire = wires[dice_.below(wires.size())];
            tell("the wire of " + wire.line + " breaks");
            ++cut_wires_;
            wires_ = never;
            const bool contact = wire.line == "CONTACT_FRONT";
            if (contact) contact_ = never;
            world.gpio().cut(wire, true);
            return lasts(seconds{1}, minutes{20}, [this, wire, contact] {
                station_.world->gpio().cut(wire, false);
                // What moved meanwhile shows now.
                if (contact) {
                    contact_ = now_.mono + minutes{1};
                    station_.world->gpio().drive(wire, station_.world->door(0).open(), now_.mono);
                }
                station_.world->set_input(0, people_.inside() > 0, now_.mono);
                station_.world->set_input(2, tampered_, now_.mono);
                if (--cut_wires_ == 0) wires_ = now_.mono + minutes{1};
            });
        }
        case FaultKind::edges_lost:
            tell("the kernel loses edges of the door contact");
            if (cut_wires_ == 0) wires_ = now_.mono + minutes{1};
            if (contact_ != never) contact_ = now_.mono + minutes{1};
            return world.gpio().lose_edges(
                wires[0], static_cast<std::uint32_t>(1 + dice_.below(3)),
                dice_.one_in(2) ? simulated::Gpio::Loss::counted : simulated::Gpio::Loss::unseen);
        case FaultKind::relay_welded: {
            const auto outlet = static_cast<std::size_t>(dice_.below(4));
            tell(fmt::format("the relay of outlet {} is welded", outlet));
            world.outlet(outlet).weld(true);
            return lasts(minutes{1}, minutes{60}, [this, outlet] { station_.world->outlet(outlet).weld(false); });
        }
        case FaultKind::meter_silent: {
            const auto outlet = static_cast<std::size_t>(dice_.below(4));
            tell(fmt::format("the meter of outlet {} says nothing", outlet));
            world.outlet(outlet).silence(true);
            return lasts(seconds{1}, minutes{60}, [this, outlet] { station_.world->outlet(outlet).silence(false); });
        }
        case FaultKind::disk_slow:
        case FaultKind::disk_stalled:
        case FaultKind::disk_full:
        case FaultKind::disk_failing:
        case FaultKind::power_cut_at_sync:
            return strike_disk(kind);
        case FaultKind::power_cut:
            blow_ = Blow::cut_power;
            return;
        case FaultKind::stationd_killed:
            blow_ = Blow::kill_stationd;
            return;
        case FaultKind::stationd_restarted:
            blow_ = Blow::restart_stationd;
            return;
        case FaultKind::uplink_killed:
            blow_ = Blow::kill_uplink;
            return;
        case FaultKind::broker_away:
        case FaultKind::broker_refuses:
        case FaultKind::broker_stalled:
        case FaultKind::broker_dns:
        case FaultKind::broker_empty:
        case FaultKind::broker_acks:
        case FaultKind::broker_denies:
        case FaultKind::line_cut:
            return strike_broker(kind);
        case FaultKind::clock_step:
        case FaultKind::clock_drift:
        case FaultKind::clock_untrusted:
            return strike_clock(kind);
        case FaultKind::settings:
            return change_settings();
        case FaultKind::members:
            return change_members();
        case FaultKind::tool_command:
            return command_by_tool();
        case FaultKind::tool_stalls:
            tell("tools stop reading");
            if (station_.uplink_connector == nullptr) return;
            station_.uplink_connector->stall_client(true);
            return lasts(seconds{1}, minutes{5}, [this] {
                if (station_.uplink_connector != nullptr) station_.uplink_connector->stall_client(false);
            });
        case FaultKind::centre_command: {
            static constexpr std::array<std::string_view, 4> commands{
                R"({"id":"1","door":"front"})", R"({"id":"2","expires":1,"door":"front"})", "{", ""};
            const auto payload = commands[dice_.below(commands.size())];
            tell(fmt::format("the centre commands {}", payload));
            return station_.broker.publish("yizhan/v1/demo/cmd/unlock", std::string(payload), dice_.one_in(4));
        }
        case FaultKind::fire:
            tell("fire");
            world.set_input(1, true, now_.mono);
            return lasts(seconds{2}, minutes{20}, [this] { station_.world->set_input(1, false, now_.mono); });
        case FaultKind::tamper:
            tell("the cabinet is opened");
            tampered_ = true;
            world.set_input(2, true, now_.mono);
            return lasts(seconds{1}, minutes{20}, [this] {
                tampered_ = false;
                station_.world->set_input(2, false, now_.mono);
            });
        case FaultKind::reader_hung: {
            const auto reader = static_cast<std::size_t>(dice_.below(reader_count));
            tell(fmt::format("reader {} hangs", reader));
            return world.id_card_reader(reader).inject({.kind = simulated::SamReaderFault::Kind::hung});
        }
        case FaultKind::rightless_command:
            tell("somebody without rights commands");
            return station_.say_without_rights(R"({"id":1,"do":"door","door":"front","action":"unlock"})");
        case FaultKind::output_writes_lost:
            tell("a write to the lock is lost");
            return world.gpio().lose_writes(station_.settings.doors[0].lock.output.line, 1);
    }
}

}  // namespace yizhan::simulator
