#include "firmware/stationd/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace yizhan {
namespace {

constexpr std::size_t key_file_limit = 1024;
// Energy is told in steps: what a telephone takes is some hundred of them.
constexpr std::uint64_t metering_step = 100;  // mWh
constexpr std::int64_t power_step = 20'000;  // mW

template <class T>
std::optional<std::size_t> index_in(const std::vector<std::unique_ptr<T>>& drivers, const T& driver) {
    const auto found = std::find_if(drivers.begin(), drivers.end(), [&](const auto& d) { return d.get() == &driver; });
    if (found == drivers.end()) return std::nullopt;
    return static_cast<std::size_t>(found - drivers.begin());
}

Result<KeyBytes> read_key(Files& files, const IdentitySettings& settings, const std::string& credentials) {
    const std::string path = settings.key_file.empty() ? credentials + "/station-key" : settings.key_file;
    auto text = read_text(files, path, key_file_limit);
    if (!text) {
        return failure("station key: " + text.error().what,
                       "make it with `stationctl key derive`; give it to the unit as credential station-key or name it "
                       "in [identity] key_file");
    }
    auto key = key_from_text(*text, path);
    std::fill(text->begin(), text->end(), '\0');
    return key;
}

OffReason off_reason_of(Trip trip) {
    switch (trip) {
        case Trip::none:
        case Trip::longest_on:
            return OffReason::time_limit;
        case Trip::over_current:
            return OffReason::over_current;
        case Trip::overload:
            return OffReason::overload;
        case Trip::nothing_plugged:
            return OffReason::nothing_plugged;
        case Trip::unplugged:
            return OffReason::unplugged;
        case Trip::full:
            return OffReason::full;
        case Trip::meter_silent:
            return OffReason::meter_silent;
        case Trip::relay_welded:
            return OffReason::relay_welded;
        case Trip::too_hot:
            return OffReason::too_hot;
    }
    return OffReason::time_limit;
}

Result<OpenedLog> open_log(const Settings& settings, const Machine& machine, const KeyBytes& key) {
    KeyBytes salts{};
    machine.random.fill(std::as_writable_bytes(std::span(salts)));
    return open_log_anyhow(fresh_log(settings, machine), settings.station, key, salts, machine.files,
                           settings.log.run_without_disk);
}

}  // namespace

// What start() has made before there is a program.
struct StationProgram::Parts {
    SettingsFile file;
    KeyBytes key;
    OpenedLog log;
    std::unique_ptr<WatchedGpio> gpio;
    Hardware hardware;
};

std::expected<std::unique_ptr<StationProgram>, std::vector<Error>> StationProgram::start(SettingsFile file,
                                                                                         Machine machine) {
    Parts parts{.file = std::move(file)};
    const Settings& settings = parts.file.settings;

    // Outputs first: until the station has started, every door and outlet is at its safe level.
    parts.gpio = std::make_unique<WatchedGpio>(machine.gpio);
    auto hardware = build_hardware(settings, {*parts.gpio, machine.byte_ports, machine.contactless_ports,
                                              machine.key_ports, machine.modbus_buses});
    std::vector<Error> errors;
    if (!hardware) errors = hardware.error();
    auto key = read_key(machine.files, settings.identity, machine.credentials_directory);
    if (!key) errors.push_back(key.error());

    const KeyBytes no_key{};
    auto log = open_log(settings, machine, key ? *key : no_key);
    if (!log) errors.push_back(log.error());
    if (!errors.empty()) return std::unexpected(std::move(errors));

    parts.hardware = std::move(*hardware);
    parts.key = *key;
    key->fill(0);
    parts.log = std::move(*log);
    std::unique_ptr<StationProgram> program(new StationProgram(std::move(parts), std::move(machine)));
    program->begin();
    return program;
}

StationProgram::StationProgram(Parts&& parts, Machine machine)
    : machine_(std::move(machine)),
      settings_path_(std::move(parts.file.path)),
      settings_text_(std::move(parts.file.text)),
      settings_(std::make_unique<Settings>(std::move(parts.file.settings))),
      digest_(parts.key),
      visit_ids_(machine_.random),
      log_(std::move(parts.log.log)),
      log_set_aside_(parts.log.set_aside),
      log_in_memory_(parts.log.in_memory),
      station_(settings_->station, parts.log.start.state, machine_.boot),
      gpio_(std::move(parts.gpio)),
      hardware_(std::move(parts.hardware)) {
    // The digest has what it needs of the key; whoever gets hold of this memory later shall not have it.
    for (auto& byte : parts.key) *static_cast<volatile std::uint8_t*>(&byte) = 0;
    if (machine_.sound) {
        prompt_ = std::make_unique<SpokenPrompt>(std::move(machine_.sound),
                                                 settings_->sound.value_or(SoundSettings{}).languages);
    }
    LogWriterListener& as_listener = *this;
    ControlBackend& as_backend = *this;
    log_writer_ =
        std::make_unique<LogWriter>(machine_.loop, *machine_.log_worker, *log_, station_.state(), as_listener);
    adopt_log_settings();
    control_ = std::make_unique<ControlServer>(machine_.loop, machine_.control, as_backend, machine_.rights);
}

void StationProgram::begin() {
    const Now now = machine_.loop.now();
    if (machine_.set_wall_floor) machine_.set_wall_floor(station_.state().newest.wall);
    if (machine_.on_log) machine_.on_log(*log_writer_, log_in_memory_.has_value());
    for (const auto& outlet : hardware_.outlets) outlet->start(now);
    for (const auto& meter : hardware_.meters) {
        if (meter && !meter->follows_power()) meter->start(nullptr, now);
    }
    started_at_ = now.wall;
    actions_.clear();
    station_.start(now, actions_);
    // Whoever finds no start in the log takes the end before it for the last one: stored before any output moves. A
    // copy, for being told that it is stored is an event. A disk that fails now is told of, and tried again, as at any
    // time.
    const std::vector<Action> first(actions_.begin(), actions_.end());
    const auto is_record = [](const Action& action) { return std::holds_alternative<AppendRecord>(action); };
    for (const Action& action : first) {
        if (is_record(action)) perform(action, now);
    }
    // With the state: what Station has reckoned anew by the clock of this boot is in no record.
    log_writer_->request_snapshot();
    static_cast<void>(log_writer_->write_first());
    for (const Action& action : first) {
        if (!is_record(action)) perform(action, now);
    }

    for (LoopMember* member : members_of(hardware_)) machine_.loop.join(*member);
    machine_.loop.join(*this);
    // Where there is none, none is missing, though one was.
    handle(UplinkReport{.connected = settings_->uplink.host.empty()}, now);
    if (log_set_aside_) {
        handle(LogReplaced{}, now);
        // Until a state with that alarm is stored, each start raises it.
        log_writer_->request_snapshot();
    }
    if (log_in_memory_) on_log_health(false, {}, now);
    for (const auto& contact : hardware_.inputs) contact->start(*this, now);
    for (const auto& contact : hardware_.door_contacts) {
        if (contact) contact->start(*this, now);
    }
    for (const auto& contact : hardware_.exit_buttons) {
        if (contact) contact->start(*this, now);
    }
    for (std::size_t i = 0; i < hardware_.readers.size(); ++i) {
        hardware_.readers[i]->start(*this, now);
        // One that is not there has nothing to report, not even that.
        handle(ReaderHealthChanged{static_cast<ReaderIndex>(i), hardware_.readers[i]->status().health}, now);
    }
    load_signers_at_start();
    load_member_list_at_start();
}

StationProgram::~StationProgram() {
    // Jobs use the log and the lists: wait for them first.
    machine_.log_worker.reset();
    machine_.file_worker.reset();
    machine_.loop.leave(*this);
    for (LoopMember* member : members_of(hardware_)) machine_.loop.leave(*member);
}

void StationProgram::stop() {
    const Now now = machine_.loop.now();
    // Before anything that may wait: the loop has ended, and with it what ends a release.
    for (const auto& lock : hardware_.locks) lock->secure(now);
    for (const auto& outlet : hardware_.outlets) outlet->switch_off(now);
    if (hardware_.contactor) hardware_.contactor->switch_off(now);
    handle(Stopping{}, now);
    // Waits for the commit under way; then nobody else is at the log.
    machine_.log_worker.reset();
    if (const auto flushed = log_writer_->flush(); !flushed && on_trouble) on_trouble(flushed.error());
}

void StationProgram::advance(Now now) { handle(TimePassed{}, now); }

void StationProgram::settle(Now now) {
    watch_outputs(now);
    watch_clock(now);
    visit_ids_.settle();
}

void StationProgram::handle(const Event& event, Now now) {
    YZ_CHECK(!handling_);  // no action may lead straight back here
    handling_ = true;
    actions_.clear();
    station_.handle(event, now, actions_);
    for (const Action& action : actions_) perform(action, now);
    handling_ = false;
    control_->on_changed();
    // At once: room is kept for what one more event can append, not for a turn of them.
    watch_log(now);
}

void StationProgram::perform(const Action& action, Now now) {
    if (machine_.on_action) machine_.on_action(action, now);
    if (const auto* append = std::get_if<AppendRecord>(&action)) {
        perform_record(append->record);
    } else if (const auto* release = std::get_if<ReleaseLock>(&action)) {
        hardware_.locks[pos(release->door)]->release(release->until, now);
    } else if (const auto* secure = std::get_if<SecureLock>(&action)) {
        hardware_.locks[pos(secure->door)]->secure(now);
    } else if (const auto* on = std::get_if<OutletOn>(&action)) {
        // Where it refuses, watch_outputs() finds it off at the end of the turn.
        static_cast<void>(hardware_.outlets[pos(on->outlet)]->switch_on(on->until, now));
    } else if (const auto* off = std::get_if<OutletOff>(&action)) {
        hardware_.outlets[pos(off->outlet)]->switch_off(now);
    } else if (const auto* close = std::get_if<CloseContactor>(&action)) {
        static_cast<void>(hardware_.contactor->switch_on(close->until, now));
    } else if (std::holds_alternative<OpenContactor>(action)) {
        hardware_.contactor->switch_off(now);
    } else if (const auto* lamp = std::get_if<ShowAtOutlet>(&action)) {
        hardware_.outlet_indicators[pos(lamp->outlet)]->show(lamp->cue, now);
    } else if (const auto* show = std::get_if<ShowAtReader>(&action)) {
        hardware_.reader_indicators[pos(show->reader)]->show(text_of(show->outcome).cue, now);
        if (prompt_) prompt_->say(show->outcome, now);
    } else if (const auto* at_door = std::get_if<ShowAtDoor>(&action)) {
        for (std::size_t i = 0; i < hardware_.readers.size(); ++i) {
            if (settings_->station.readers[i].door != at_door->door) continue;
            hardware_.reader_indicators[i]->show(text_of(at_door->outcome).cue, now);
        }
    } else if (const auto* say = std::get_if<Say>(&action)) {
        if (prompt_) prompt_->say(say->outcome, now);
    } else if (const auto* answer = std::get_if<Answer>(&action)) {
        control_->on_answer(answer->request, answer->refusal);
    } else if (const auto* enrolled = std::get_if<CardEnrolled>(&action)) {
        control_->on_enrolled(*enrolled);
    }
}

void StationProgram::perform_record(const Record& record) {
    // Station was told in time when there is no room (watch_log): a record it numbers always fits.
    YZ_CHECK(log_writer_->append(record));
    if (control_) control_->on_record(record);
}

// Tells what it has counted since it was told last, unless that is next to nothing.
void StationProgram::tell_meter(OutletIndex outlet, std::uint64_t least, Now now) {
    const auto& meter = hardware_.meters[pos(outlet)];
    const auto latest = meter ? meter->latest() : std::nullopt;
    if (!latest) return;
    const auto& told = station_.surroundings().metered[pos(outlet)];
    const std::int64_t flows = latest->milliwatts;
    // Only a budget asks what flows: without one a load that flickers wakes nobody.
    const bool has_budget = settings_->station.most_milliwatts > 0;
    const bool changed = has_budget && std::abs(flows - told.milliwatts) >= power_step;
    if (!told.total || changed || latest->milliwatt_hours >= *told.total + least) {
        handle(OutletMetered{outlet, latest->milliwatt_hours, flows}, now);
    }
}

// A driver may end what Station thinks goes on, or a line may not follow: both come back as events.
void StationProgram::watch_outputs(Now now) {
    const Surroundings& told = station_.surroundings();
    for (std::size_t i = 0; i < hardware_.outlets.size(); ++i) {
        const OutletStatus status = hardware_.outlets[i]->status();
        const auto index = static_cast<OutletIndex>(i);
        if (status.output_failed != told.outlet_output_fault[i].holds) {
            handle(OutputFault{.outlet = index, .faulty = status.output_failed}, now);
        } else if (!status.on && !status.waits && station_.has_switched_on(index)) {
            tell_meter(index, 1, now);
            handle(OutletStopped{index, off_reason_of(status.trip)}, now);
        }
        tell_meter(index, metering_step, now);
        if (status.meter_silent != told.meter_silent[i].holds || status.relay_welded != told.relay_welded[i].holds ||
            status.too_hot != told.too_hot[i].holds) {
            handle(OutletWatched{index, status.meter_silent, status.relay_welded, status.too_hot}, now);
        }
    }
    const bool contactor_failed = hardware_.contactor && hardware_.contactor->status().output_failed;
    if (contactor_failed != told.contactor_output_fault.holds) handle(OutputFault{.faulty = contactor_failed}, now);
    for (std::size_t i = 0; i < hardware_.locks.size(); ++i) {
        const bool failed = hardware_.locks[i]->status().output_failed;
        if (failed == told.door_output_fault[i].holds) continue;
        handle(OutputFault{.door = static_cast<DoorIndex>(i), .faulty = failed}, now);
    }
}

// Nothing wakes Station when the clock is lost, or found again.
void StationProgram::watch_clock(Now now) {
    if (station_.surroundings().clock_untrusted.holds == now.wall_trusted) handle(TimePassed{}, now);
}

void StationProgram::on_card(CardReader& reader, const CardRead& card, Now now) {
    const auto index = index_in(hardware_.readers, reader);
    YZ_CHECK(index.has_value());
    last_cards_[*index] = {.at = now.mono, .kind = card.credential.kind()};
    handle(CardPresented{.reader = static_cast<ReaderIndex>(*index),
                         .credential = digest_(card.credential),
                         .kind = card.credential.kind(),
                         .genuine = card.genuine,
                         .validity = card.validity,
                         .fresh_visit = visit_ids_.next()},
           now);
}

void StationProgram::on_card_refused(CardReader& reader, Outcome why, Now now) {
    const auto index = index_in(hardware_.readers, reader);
    YZ_CHECK(index.has_value());
    last_cards_[*index] = {.at = now.mono, .refused = why};
    handle(CardRefused{static_cast<ReaderIndex>(*index), why}, now);
}

void StationProgram::on_card_removed(CardReader&, Now) {}

void StationProgram::on_number(CardReader& reader, unsigned number, Now now) {
    const auto index = index_in(hardware_.readers, reader);
    YZ_CHECK(index.has_value());
    handle(OutletChosen{static_cast<ReaderIndex>(*index), number}, now);
}

void StationProgram::on_health(CardReader& reader, ReaderHealth health, Now now) {
    const auto index = index_in(hardware_.readers, reader);
    YZ_CHECK(index.has_value());
    handle(ReaderHealthChanged{static_cast<ReaderIndex>(*index), health}, now);
}

void StationProgram::on_contact(Contact& contact, std::optional<bool> active, Now now) {
    if (const auto door = index_in(hardware_.door_contacts, contact)) {
        handle(DoorContactChanged{static_cast<DoorIndex>(*door), active}, now);
    } else if (const auto button = index_in(hardware_.exit_buttons, contact)) {
        handle(ExitButtonChanged{static_cast<DoorIndex>(*button), active}, now);
    } else if (const auto input = index_in(hardware_.inputs, contact)) {
        handle(InputChanged{static_cast<InputIndex>(*input), active}, now);
    }
}

}  // namespace yizhan
