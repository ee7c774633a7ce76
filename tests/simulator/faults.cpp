#include "tests/simulator/faults.h"

#include <fmt/format.h>

#include <algorithm>

#include "hal/check.h"

namespace yizhan::simulator {
namespace {

constexpr std::chrono::hours one_day{24};

}  // namespace

Faults::Faults(const Options& options, testing::SimulatedStation& station, const Site& site, People& people,
               Centre& centre, Story& story)
    : options_(options),
      station_(station),
      site_(site),
      people_(people),
      centre_(centre),
      story_(story),
      dice_(options.seed ^ 0xfa017),
      desk_(options.seed, site.settings.station),
      readers_(site.readers.size()),
      inputs_(site.settings.inputs.size()) {
    now_ = station.scheduler.now();
    cut_.resize(site.settings.doors.size());
    for (auto& reader : readers_) reader.touch(now_.mono);
    disk_.touch(now_.mono);
    for (std::size_t kind = 0; kind < fault_kind_count; ++kind) plan(kind);
}

void Faults::plan(std::size_t kind) {
    const unsigned rate = options_.a_day[kind];
    at_[kind] = rate == 0 ? never : now_.mono + between(milliseconds{0}, 2 * milliseconds{one_day} / rate);
    waits_[kind] = false;
}

milliseconds Faults::between(milliseconds least, milliseconds most) {
    return least +
           milliseconds{static_cast<std::int64_t>(dice_.below(static_cast<std::uint64_t>((most - least).count()) + 1))};
}

std::optional<std::size_t> Faults::any_of(const std::vector<std::size_t>& list) {
    if (list.empty()) return std::nullopt;
    return list[dice_.below(list.size())];
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
            if (!waits_[kind] && dice_.one_in(3)) {
                waits_[kind] = true;
                at_[kind] = never;
            } else {
                aimed_ = waits_[kind];
                if (strike(static_cast<FaultKind>(kind))) ++injected_;
                plan(kind);
            }
        }
        if (!ended_) next_ = std::min(next_, at_[kind]);
    }
    for (const Under& under : under_) next_ = std::min(next_, under.ends);
}

void Faults::on_record(const Record& record, Now now) {
    const bool asks = record.type == RecordType::entry_asked;
    const bool passes = record.type == RecordType::granted || record.type == RecordType::exit_requested;
    if (ended_ || (!asks && !passes)) return;
    at_reader_ = record.reader;
    for (std::size_t kind = 0; kind < fault_kind_count; ++kind) {
        if (!waits_[kind] || at_[kind] != never) continue;
        // While it is written that they asked; or before they have walked in, while the card still lies there, or while
        // the door is open.
        const milliseconds latest = asks ? milliseconds{10} : dice_.one_in(2) ? seconds{1} : seconds{6};
        at_[kind] = now.mono + between(milliseconds{0}, latest);
        next_ = std::min(next_, at_[kind]);
    }
}

void Faults::end() {
    ended_ = true;
    now_ = station_.scheduler.now();
    // What is mended may have a next step of its own.
    for (int round = 0; round < 4 && !under_.empty(); ++round) {
        for (Under& under : std::exchange(under_, {})) under.mend();
    }
    for (const Reader& reader : site_.readers) {
        if (reader.id_card() != nullptr) reader.id_card()->clear_faults();
    }
    io_left_ = 0;
    delete_damaged_logs();
    damages_at_start_ = false;
    if (station_.log.in_memory) blow(Blow::restart_stationd);
    // What nobody has read yet may be damaged all the same.
    if (log_damages_ > 0) station_.say(R"({"id":1,"do":"verify"})");
    // An end of a mode that was never stored is forgotten with the power.
    look_for_order();
    next_ = Mono::min();
}

Mono Faults::reader_undisturbed_since(std::size_t reader) const {
    const Mono since = readers_[reader].since();
    const auto* model = site_.readers[reader].id_card();
    if (model == nullptr) return since;
    return model->has_faults() ? never : std::max(since, model->faulted_at() + minutes{1});
}

Mono Faults::line_undisturbed_since(const LineName& line) const {
    const auto found = lines_.find(line);
    return found != lines_.end() ? found->second.since() : Mono{};
}

Mono Faults::lock_undisturbed_since(std::size_t door) const {
    return line_undisturbed_since(site_.settings.doors[door].lock.output.line);
}

Mono Faults::contact_undisturbed_since(std::size_t door) const {
    return line_undisturbed_since(site_.settings.doors[door].contact->line);
}

Mono Faults::button_undisturbed_since(std::size_t door) const {
    const auto& button = site_.settings.doors[door].exit_button;
    return button ? line_undisturbed_since(button->line) : Mono{};
}

Mono Faults::outlet_undisturbed_since(std::size_t outlet) const {
    const OutletHardware& hardware = site_.settings.outlets[outlet];
    const auto* pulses = std::get_if<PulseMeterSettings>(&hardware.meter);
    return std::max(line_undisturbed_since(hardware.relay.line),
                    pulses != nullptr ? line_undisturbed_since(pulses->line) : Mono{});
}

Mono Faults::all_outlets_undisturbed_since() const {
    const auto& contactor = site_.settings.contactor;
    Mono since = contactor ? line_undisturbed_since(contactor->line) : Mono{};
    for (std::size_t i = 0; i < site_.settings.outlets.size(); ++i)
        since = std::max(since, outlet_undisturbed_since(i));
    return since;
}

Mono Faults::input_undisturbed_since(std::size_t input) const {
    const LineName* line = station_.world->input_line(input);
    return line != nullptr ? line_undisturbed_since(*line) : inputs_[input].since();
}

Mono Faults::inputs_undisturbed_since(InputKind kind) const {
    Mono since;
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
        if (site_.settings.station.inputs[i].kind == kind) since = std::max(since, input_undisturbed_since(i));
    }
    return since;
}

Mono Faults::count_undisturbed_since() const {
    Mono since = inputs_undisturbed_since(InputKind::presence);
    for (std::size_t i = 0; i < site_.settings.doors.size(); ++i) {
        since = std::max({since, contact_undisturbed_since(i), button_undisturbed_since(i)});
    }
    return since;
}

bool Faults::clock_moved() const {
    return options_.has(FaultKind::clock_step) || options_.has(FaultKind::clock_untrusted) ||
           options_.has(FaultKind::clock_unset);
}

bool Faults::strike(FaultKind kind) {
    switch (kind) {
        case FaultKind::reader_unplugged:
            return unplug_reader();
        case FaultKind::reader_reply:
        case FaultKind::reader_deaf:
        case FaultKind::reader_hung:
            return strike_id_card_reader(kind);
        case FaultKind::number_lines_noisy:
            return strike_number_reader();
        case FaultKind::contact_cut:
        case FaultKind::edges_lost:
        case FaultKind::output_writes_lost:
        case FaultKind::output_failing:
        case FaultKind::chip_unplugged:
        case FaultKind::break_in:
            return strike_line(kind);
        case FaultKind::button_mashed:
            return mash_button();
        case FaultKind::relay_welded:
        case FaultKind::meter_silent:
        case FaultKind::meter_garbled:
            return strike_outlet(kind);
        case FaultKind::socket_hot:
        case FaultKind::thermometers_silent:
            return strike_thermometer(kind);
        case FaultKind::fire:
        case FaultKind::tamper:
            return strike_input(kind);
        case FaultKind::disk_slow:
        case FaultKind::disk_stalled:
        case FaultKind::disk_full:
        case FaultKind::disk_failing:
            strike_disk(kind);
            return true;
        case FaultKind::log_damaged:
            return strike_log();
        case FaultKind::power_cut:
        case FaultKind::power_cut_at_io:
        case FaultKind::clock_unset:
        case FaultKind::stationd_killed:
        case FaultKind::stationd_restarted:
        case FaultKind::uplink_killed:
            return strike_power(kind);
        case FaultKind::broker_away:
        case FaultKind::broker_refuses:
        case FaultKind::broker_stalled:
        case FaultKind::broker_dns:
        case FaultKind::broker_empty:
        case FaultKind::broker_acks:
        case FaultKind::broker_slow:
        case FaultKind::broker_denies:
        case FaultKind::line_cut:
            if (station_.uplink == nullptr) return false;
            strike_broker(kind);
            return true;
        case FaultKind::collector_away:
            strike_collector();
            return true;
        case FaultKind::clock_step:
        case FaultKind::clock_drift:
        case FaultKind::clock_untrusted:
            strike_clock(kind);
            return true;
        case FaultKind::settings:
            change_settings();
            return true;
        case FaultKind::members:
            return change_members();
        case FaultKind::tool_command:
            command_by_tool();
            return true;
        case FaultKind::rightless_command:
            tell("somebody without rights commands");
            station_.say_without_rights(static_cast<testing::SimulatedStation::Stranger>(dice_.below(3)),
                                        fmt::format(R"({{"id":1,"do":"door","door":"{}","action":"unlock"}})",
                                                    site_.settings.station.doors[0].name));
            return true;
        case FaultKind::tool_stalls:
            if (station_.uplink_connector == nullptr) return false;
            tell("tools stop reading");
            station_.uplink_connector->stall_client(true);
            lasts(seconds{1}, minutes{20}, [this] {
                if (station_.uplink_connector != nullptr) station_.uplink_connector->stall_client(false);
            });
            return true;
        case FaultKind::centre_command:
            if (station_.uplink == nullptr) return false;
            command_by_centre();
            return true;
    }
    return false;
}

}  // namespace yizhan::simulator
