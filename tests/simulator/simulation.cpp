#include "tests/simulator/simulation.h"

#include <fmt/format.h>

#include <utility>

namespace yizhan::simulator {

Simulation::Simulation(const Options& options, bool aloud)
    : options_(options),
      story_(aloud),
      station_({.seed = options.seed, .settings_text = options.settings_text, .members_csv = "credential\n"}),
      dice_(options.seed ^ 0xb007) {
    station_.scheduler.set_wall(simulated::Scheduler::start_wall + options.begins);
    site_.emplace(*station_.world, station_.settings);
    for (const Reader& reader : site_->readers) {
        if (reader.id_card() == nullptr) continue;
        reader.id_card()->knobs().latches = options_.reader_latches;
        reader.id_card()->knobs().flickers = options_.reader_flickers;
    }
    people_.emplace(options_, station_, *site_, static_cast<PeopleListener&>(*this), story_);
    station_.put_member_list(people_->members_csv(0));
    centre_.emplace(station_.scheduler, station_.broker, station_.settings.station.id, options_.seed);
    centre_->loses = options_.broker_loses;
    faults_.emplace(options_, station_, *site_, *people_, *centre_, story_);
    scene_.emplace(Scene{.options = options_,
                         .station = station_,
                         .site = *site_,
                         .people = *people_,
                         .faults = *faults_,
                         .centre = *centre_});
    oracles_ = all_oracles(*scene_);
    station_.scheduler.join(*people_);
    station_.scheduler.join(*faults_);
    station_.on_action = [this](const Action& action, Now now) { on_action(action, now); };
    station_.on_log = [this] {
        const Mono at = station_.scheduler.now().mono;
        story_.tell(at, fmt::format("log {:08x}{}", station_.log.epoch, station_.log.in_memory ? " in memory" : ""));
        tell_all([at](Oracle& oracle) { oracle.on_log(at); });
    };
    station_.on_reply = [this](std::string_view text) { tell_all([&](Oracle& oracle) { oracle.on_reply(text); }); };
    station_.on_said = [this](std::uint64_t tool, const std::string& request, bool has_rights) {
        const Mono at = station_.scheduler.now().mono;
        tell_all([&](Oracle& oracle) { oracle.on_said(tool, request, has_rights, at); });
    };
    station_.on_answer = [this](std::uint64_t tool, std::string_view line) {
        tell_all([&](Oracle& oracle) { oracle.on_answer(tool, line); });
    };
    watch_outputs();
    station_.broker.observe("yizhan/v1/#", [this](const simulated::BrokerMessage& message) {
        story_.tell(message.at, fmt::format("{} {}", message.topic, message.payload.size()));
        tell_all([&](Oracle& oracle) { oracle.on_message(message); });
    });
}

void Simulation::watch_outputs() {
    auto& gpio = station_.world->gpio();
    const auto& settings = station_.settings;
    for (std::size_t i = 0; i < settings.doors.size(); ++i) {
        const auto& lock = settings.doors[i].lock;
        const bool released_level = (lock.type == LockType::strike) == lock.output.active_high;
        gpio.observe(lock.output.line, [this, i, released_level](bool high) {
            const Mono at = station_.scheduler.now().mono;
            story_.tell(at, fmt::format("lock {} {}", i, high == released_level ? "releases" : "secures"));
            people_->on_lock(i, high == released_level, at);
            tell_all([&](Oracle& oracle) { oracle.on_lock(i, high == released_level, at); });
        });
    }
    for (std::size_t i = 0; i < settings.outlets.size(); ++i) {
        const auto& relay = settings.outlets[i].relay;
        gpio.observe(relay.line, [this, i, on_level = relay.active_high](bool high) {
            const Mono at = station_.scheduler.now().mono;
            story_.tell(at, fmt::format("outlet {} {}", i, high == on_level ? "on" : "off"));
            tell_all([&](Oracle& oracle) { oracle.on_outlet(i, high == on_level, at); });
        });
    }
}

Simulation::~Simulation() {
    scene_->up_since = never;
    station_.kill_uplink();
    station_.kill_stationd();
    station_.scheduler.leave(*faults_);
    station_.scheduler.leave(*people_);
}

template <typename Call>
void Simulation::tell_all(Call call) {
    for (const auto& oracle : oracles_) {
        call(*oracle);
        if (oracle->verdict().empty() || failed()) continue;
        result_.failed_oracle = oracle->name();
        result_.failure = oracle->verdict();
        story_.tell(station_.scheduler.now().mono, fmt::format("FAILED {}: {}", oracle->name(), oracle->verdict()));
    }
}

void Simulation::on_swipe(const Swipe& swipe) {
    tell_all([&](Oracle& oracle) { oracle.on_swipe(swipe); });
}
void Simulation::on_swipe_end(const Swipe& swipe) {
    tell_all([&](Oracle& oracle) { oracle.on_swipe_end(swipe); });
}
void Simulation::on_number_alone(unsigned number, Mono at) {
    tell_all([&](Oracle& oracle) { oracle.on_number_alone(number, at); });
}
void Simulation::on_exit_pressed(std::size_t door, Mono at) {
    tell_all([&](Oracle& oracle) { oracle.on_exit_pressed(door, at); });
}
void Simulation::on_passed(std::size_t door, Mono at) {
    tell_all([&](Oracle& oracle) { oracle.on_passed(door, at); });
}

void Simulation::on_action(const Action& action, Now now) {
    const auto* append = std::get_if<AppendRecord>(&action);
    if (append != nullptr) {
        const Record& record = append->record;
        story_.tell(now.mono, fmt::format("record {} {} {} {}", record.seq, name_of(record.type),
                                          text_of(record.outcome).code, record.value));
    }
    people_->on_action(action, now);
    tell_all([&](Oracle& oracle) { oracle.on_action(action, now); });
    if (append == nullptr) return;
    faults_->on_record(append->record, now);
    tell_all([&](Oracle& oracle) { oracle.on_record(append->record, now); });
    if (append->record.type == RecordType::records_lost && scene_->up()) {
        tell_all([&](Oracle& oracle) { oracle.on_records_lost(now.mono); });
    }
}

void Simulation::start_stationd() {
    const Mono now = station_.scheduler.now().mono;
    faults_->before_start();
    const bool started = station_.start_stationd();
    if (faults_->machine_stopped()) return;  // in the middle of it
    if (!started) {
        story_.tell(now, "stationd does not start: " + station_.troubles.back().what);
        station_.kill_stationd();
        // As long as the disk fails every attempt is the same: not all of them are played.
        start_at_ = now + restart_after * std::min(++failed_starts_, most_failed_starts);
        return;
    }
    failed_starts_ = 0;
    faults_->slow_down();
    start_at_ = never;
    scene_->up_since = now;
    story_.tell(now, "stationd starts");
    tell_all([&](Oracle& oracle) { oracle.on_started(now); });
}

void Simulation::died() {
    // The machine stopped while it died: what would have been written then was not.
    if (faults_->machine_stopped()) return strike(faults_->take_blow());
    const Mono now = station_.scheduler.now().mono;
    start_at_ = now + restart_after;
    // Power comes back later, and maintenance takes its time.
    if (dice_.one_in(4)) start_at_ += seconds{static_cast<std::int64_t>(dice_.below(longest_outage.count()))};
    tell_all([&](Oracle& oracle) { oracle.on_died(now); });
}

void Simulation::strike(Blow blow) {
    const Mono now = station_.scheduler.now().mono;
    switch (blow) {
        case Blow::none:
            return;
        case Blow::kill_stationd:
            if (!scene_->up()) return;
            story_.tell(now, "stationd is killed");
            scene_->up_since = never;
            station_.kill_stationd();
            return died();
        case Blow::restart_stationd:
            if (!scene_->up()) return;
            story_.tell(now, "stationd is stopped");
            faults_->cut_soon();
            scene_->up_since = never;
            station_.stop_stationd();
            return died();
        case Blow::kill_uplink:
            story_.tell(now, "station-uplink is killed");
            station_.kill_uplink();
            station_.start_uplink();
            return;
        case Blow::cut_power:
            story_.tell(now, "the power goes");
            scene_->up_since = never;
            station_.disk.on_change(nullptr);
            station_.world->gpio().on_write({});
            station_.cut_power();
            died();
            station_.start_uplink();
            return;
    }
}

void Simulation::run_until(Mono until) {
    auto& scheduler = station_.scheduler;
    while (!failed()) {
        if (start_at_ <= scheduler.now().mono) {
            start_stationd();
            if (faults_->machine_stopped()) strike(faults_->take_blow());
        }
        const Mono next = std::min({until, start_at_, second_});
        if (!scheduler.step(next)) {
            scheduler.run_until(next);
            if (next == until) return;
            if (next == second_) {
                second_ += seconds{1};
                for (; troubles_seen_ < station_.troubles.size(); ++troubles_seen_) {
                    tell_all([&](Oracle& oracle) { oracle.on_trouble(station_.troubles[troubles_seen_]); });
                }
                tell_all([&](Oracle& oracle) { oracle.every_second(next); });
            }
            continue;
        }
        strike(faults_->take_blow());
    }
}

// A reader that failed to read is well again when it has read a card.
void Simulation::try_reader(std::size_t reader) {
    const Card card = card_of(site_->readers[reader].usual_form(), some_stranger);
    Swipe swipe{.reader = reader,
                .person = some_stranger,
                .kind = CardKind::stranger,
                .form = card.form,
                .from = station_.scheduler.now().mono};
    on_swipe(swipe);
    site_->readers[reader].present(card, swipe.from);
    run_until(swipe.from + seconds{5});
    site_->readers[reader].take_away();
    swipe.until = station_.scheduler.now().mono;
    on_swipe_end(swipe);
    run_until(station_.scheduler.now().mono + minutes{1});
}

Result Simulation::run() {
    const Mono begin = station_.scheduler.now().mono;
    second_ = begin + seconds{1};
    start_stationd();
    // As whoever hands a station over: of a door that stands open without a controller nobody else can know.
    station_.say(R"({"id":1,"do":"occupancy","count":0})");
    station_.start_uplink();
    run_until(begin + milliseconds{static_cast<std::int64_t>(options_.days * 86'400'000)});
    if (!failed()) {
        story_.tell(station_.scheduler.now().mono, "faults end");
        faults_->end();
        centre_->loses = false;
        strike(faults_->take_blow());
        people_->go_home();
        run_until(station_.scheduler.now().mono + liveness);
        for (std::size_t reader = 0; reader < site_->readers.size() && !failed(); ++reader) try_reader(reader);
        const Mono now = station_.scheduler.now().mono;
        if (!failed()) tell_all([&](Oracle& oracle) { oracle.at_end(now); });
    }
    result_.days = std::chrono::duration<double, std::ratio<86400>>(station_.scheduler.now().mono - begin).count();
    result_.visits = people_->visits();
    result_.faults = faults_->injected();
    result_.digest = story_.digest();
    result_.story = story_.end();
    return result_;
}

}  // namespace yizhan::simulator
