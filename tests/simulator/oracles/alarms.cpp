// Alarms of doors and of the log rise within their time and clear, and what the station knows of its surroundings is
// so; see standing_alarms.cpp for all others.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "firmware/station/alarm_kinds.h"
#include "tests/simulator/oracles/lasting.h"
#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {
namespace {

class Alarms final : public Oracle {
 public:
    explicit Alarms(const Scene& scene) : Oracle(scene), doors_(scene.config().doors.size()) {}
    std::string_view name() const override { return "alarms"; }

    void on_record(const Record& record, Now now) override {
        if (record.type == RecordType::alarm_cleared && is_latched(record.alarm) && scene_.up()) {
            const auto about = std::pair(record.alarm, record.input);
            if (!acknowledged_.contains(about)) wrong("a call for help was forgotten before anybody heard it");
        }
        if (record.type == RecordType::alarm_raised) acknowledged_.erase({record.alarm, record.input});
        if (record.type == RecordType::alarm_acknowledged) acknowledged_.insert({record.alarm, record.input});
        if (record.type == RecordType::mode_changed || record.type == RecordType::fire_ended) quiet_from_ = now.mono;
        if (record.type == RecordType::fire_ended) look_for_fire(now.mono);
        if (record.type != RecordType::alarm_raised && record.type != RecordType::alarm_cleared) return;
        // What a start, or room in the log, finds is told with its end.
        if (!scene_.up() || now.mono == resumed_at_) return;
        // One alarm is raised once and cleared once.
        const auto about = std::tuple(record.alarm, record.door, record.reader, record.outlet, record.input);
        const bool raised = record.type == RecordType::alarm_raised;
        if (std::exchange(raised_[about], raised) == raised) {
            wrong(fmt::format("alarm {} is {} twice", name_of(record.alarm), raised ? "raised" : "cleared"));
        }
    }
    void on_started(Mono) override {
        raised_.clear();
        acknowledged_.clear();
        deleted_ = scene_.station.stationd->log().beginning().deleted;
        went_ = false;
        for (const Alarm& alarm : scene_.state().alarms) {
            raised_[{alarm.kind, alarm.door, alarm.reader, alarm.outlet, alarm.input}] = true;
            if (alarm.acknowledged) acknowledged_.insert({alarm.kind, alarm.input});
        }
    }
    void on_records_lost(Mono at) override {
        resumed_at_ = at;
        on_started(at);
    }
    void every_second(Mono at) override {
        burning_.see(burns(), at);
        if (!scene_.up()) return;
        for (std::size_t door = 0; door < doors_.size(); ++door) watch_door(door, at);
        watch_inputs(at);
        watch_surroundings(at);
    }
    void at_end(Mono at) override {
        if (!scene_.up()) return;
        const bool shortened = scene_.station.stationd->log().beginning().deleted > scene_.log().behind;
        for (const Alarm& alarm : scene_.state().alarms) {
            // A relay that was welded once is not to be trusted again, whatever it does now; what is deleted is gone.
            const bool for_good = alarm.kind == AlarmKind::relay_welded || alarm.kind == AlarmKind::signers_expire ||
                                  (shortened && alarm.kind == AlarmKind::log_shortened);
            if (!for_good) wrong(fmt::format("alarm {} stays", name_of(alarm.kind)));
        }
        // Everything in a world is younger than half a year, but for what was of the year that a clock begins in; the
        // log is looked at every ten minutes.
        const bool young = !scene_.options.has(FaultKind::clock_unset);
        if (shortened && young && at - scene_.up_since > minutes{15} && scene_.station.scheduler.now().wall_trusted &&
            !scene_.state().has_alarm(AlarmKind::log_shortened)) {
            wrong("records are deleted that are younger than half a year, and nobody is told");
        }
        for (std::size_t door = 0; door < doors_.size(); ++door) {
            if (scene_.station.world->door(door).lock_released()) {
                wrong(fmt::format("door {} is not secured in the end", door));
            }
        }
    }

 private:
    static constexpr seconds tolerance{5};

    bool is_raised(AlarmKind kind) const { return scene_.state().has_alarm(kind); }
    template <class Index>
    bool is_raised(AlarmKind kind, std::optional<Index> Alarm::* subject, std::size_t which) const {
        return std::ranges::any_of(scene_.state().alarms, [&](const Alarm& alarm) {
            return alarm.kind == kind && alarm.*subject == static_cast<Index>(which);
        });
    }

    void watch_door(std::size_t door, Mono at) {
        const State& state = scene_.state();
        const auto& model = scene_.station.world->door(door);
        const auto* opened = std::get_if<DoorOpen>(&state.doors[door].phase);
        const bool forced = is_raised(AlarmKind::door_forced, &Alarm::door, door);
        const bool held_open = is_raised(AlarmKind::door_held_open, &Alarm::door, door);
        const bool stands_open = state.fire || state.mode == Mode::free_access || state.doors[door].held;
        const bool explained = stands_open || state.mode == Mode::service;
        if (explained) quiet_from_ = at;
        const Mono rests = std::max({model.moved_at(), scene_.up_since, scene_.faults.contact_undisturbed_since(door)});
        Watched& watched = doors_[door];
        watched.silent.see(model.open() && !forced && !held_open && !explained, at);
        const milliseconds limit = scene_.config().doors[door].held_open_after;
        if (watched.silent.longer_than(limit + tolerance, std::max(rests, quiet_from_), at)) {
            wrong("a door that stands open raised no alarm");
        }
        watched.stays.see(!model.open() && (forced || held_open), at);
        if (watched.stays.longer_than(tolerance, rests, at)) wrong("the door has closed, its alarm stays");
        const bool by_force = opened != nullptr && opened->cause == OpenCause::forced;
        watched.unsaid.see(by_force && !explained && !forced, at);
        if (watched.unsaid.longer_than(tolerance, std::max(scene_.up_since, quiet_from_), at)) {
            wrong("a forced door raised no alarm of its own");
        }
        watched.mistaken.see(model.open() != (opened != nullptr), at);
        if (watched.mistaken.longer_than(tolerance, rests, at)) wrong("the door is not as the station says");
    }

    bool burns() const {
        return std::ranges::any_of(scene_.site.fires,
                                   [&](std::size_t input) { return scene_.station.world->input_active(input); });
    }
    // Not even for the moment in which a start has heard one detector and not yet the other.
    void look_for_fire(Mono at) {
        burning_.see(burns(), at);
        if (burning_.longer_than(tolerance, scene_.faults.inputs_undisturbed_since(InputKind::fire), at)) {
            wrong("the fire is said to be over while it burns");
        }
    }

    void watch_inputs(Mono at) {
        const State& state = scene_.state();
        const auto active = [&](std::size_t input) { return scene_.station.world->input_active(input); };
        const bool moves = std::ranges::any_of(scene_.site.presences, active);
        const auto since = [&](InputKind kind) {
            return std::max(scene_.up_since, scene_.faults.inputs_undisturbed_since(kind));
        };
        fire_.see(state.fire != burns(), at);
        if (fire_.longer_than(tolerance, since(InputKind::fire), at)) wrong("whether it burns is not known as it is");
        presence_.see(state.presence != moves, at);
        if (presence_.longer_than(tolerance, since(InputKind::presence), at)) {
            wrong("whether somebody moves is not known as it is");
        }
    }

    void watch_surroundings(Mono at) {
        const auto& log = scene_.station.stationd->log();
        const bool stuck = log.waiting() > 0 && std::exchange(stored_, log.stored()) == log.stored();
        stuck_.see(stuck && !is_raised(AlarmKind::log_failed) && !is_raised(AlarmKind::log_stalled), at);
        if (stuck_.longer_than(scene_.config().stalled_log_after + tolerance, scene_.up_since, at)) {
            wrong("records wait for the disk, and no alarm says so");
        }
        failing_.see(scene_.faults.disk_fails() && !scene_.faults.disk_stalls() && log.waiting() > 0 &&
                         !is_raised(AlarmKind::log_failed),
                     at);
        if (failing_.longer_than(tolerance, scene_.up_since, at)) wrong("the disk fails, and no alarm says so");
        in_memory_.see(scene_.log().in_memory && !is_raised(AlarmKind::log_failed), at);
        if (in_memory_.longer_than(tolerance, scene_.up_since, at)) {
            wrong("records are kept in memory only, and no alarm says so");
        }
        idle_.see(!scene_.log().in_memory && log.waiting() == 0 &&
                      (is_raised(AlarmKind::log_failed) || is_raised(AlarmKind::log_stalled)),
                  at);
        if (idle_.longer_than(tolerance, std::max(scene_.up_since, scene_.faults.disk_undisturbed_since()), at)) {
            wrong("nothing waits for the disk, and its alarm stays");
        }
        const bool trusted = scene_.station.scheduler.now().wall_trusted;
        // What goes while no clock is right may have been of yesterday.
        const auto deleted = log.beginning().deleted;
        went_ = !trusted && (went_ || deleted > std::max(deleted_, scene_.log().behind));
        deleted_ = deleted;
        untold_.see(went_ && !is_raised(AlarmKind::log_shortened), at);
        if (untold_.longer_than(tolerance, scene_.up_since, at)) {
            wrong("records are deleted while no clock is right, and nobody is told");
        }
        unnoticed_.see(scene_.station.station().surroundings().clock_untrusted.holds == trusted, at);
        if (unnoticed_.longer_than(tolerance, scene_.up_since, at)) {
            wrong("the station has not noticed whether its clock is trusted");
        }
    }

    struct Watched {
        Lasting silent;  // stands open without an alarm
        Lasting stays;
        Lasting unsaid;  // forced
        Lasting mistaken;
    };
    using Subject = std::tuple<AlarmKind, std::optional<DoorIndex>, std::optional<ReaderIndex>,
                               std::optional<OutletIndex>, std::optional<InputIndex>>;

    std::map<Subject, bool> raised_;
    std::set<std::pair<AlarmKind, std::optional<InputIndex>>> acknowledged_;
    Mono resumed_at_;
    std::vector<Watched> doors_;
    Mono quiet_from_;
    Lasting fire_;  // not as it is
    Lasting burning_;
    Lasting presence_;
    Lasting stuck_;
    Lasting in_memory_;
    Lasting idle_;
    Lasting failing_;
    Lasting unnoticed_;  // that it is trusted, or not
    std::uint64_t stored_ = 0;
    std::uint64_t deleted_ = 0;
    bool went_ = false;  // records, since no clock is right
    Lasting untold_;
};

}  // namespace

std::unique_ptr<Oracle> alarms(const Scene& scene) { return std::make_unique<Alarms>(scene); }

}  // namespace yizhan::simulator
