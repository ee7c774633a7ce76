// Alarms rise within their time and clear: doors, inputs, readers, outputs, list, clock, the connection, the log.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "firmware/station/alarm_kinds.h"
#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {
namespace {

class Alarms final : public Oracle {
 public:
    explicit Alarms(const Scene& scene)
        : Oracle(scene),
          doors_(scene.config().doors.size()),
          mistold_(scene.config().inputs.size()),
          away_(scene.config().readers.size()) {}
    std::string_view name() const override { return "alarms"; }

    void on_record(const Record& record, Now now) override {
        if (record.type == RecordType::alarm_cleared && is_latched(record.alarm) && scene_.up()) {
            const auto about = std::pair(record.alarm, record.input);
            if (!acknowledged_.contains(about)) wrong("a call for help was forgotten before anybody heard it");
        }
        if (record.type == RecordType::alarm_raised) acknowledged_.erase({record.alarm, record.input});
        if (record.type == RecordType::alarm_acknowledged) acknowledged_.insert({record.alarm, record.input});
        if (record.type == RecordType::mode_changed || record.type == RecordType::fire_ended) quiet_from_ = now.mono;
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
        if (!scene_.up()) return;
        for (std::size_t door = 0; door < doors_.size(); ++door) watch_door(door, at);
        watch_inputs(at);
        watch_readers(at);
        watch_surroundings(at);
    }
    void at_end(Mono at) override {
        if (!scene_.up()) return;
        const bool shortened = scene_.station.stationd->log().beginning().deleted > 0;
        for (const Alarm& alarm : scene_.state().alarms) {
            // A relay that was welded once is not to be trusted again, whatever it does now; what is deleted is gone.
            const bool for_good =
                alarm.kind == AlarmKind::relay_welded || (shortened && alarm.kind == AlarmKind::log_shortened);
            if (!for_good) wrong(fmt::format("alarm {} stays", name_of(alarm.kind)));
        }
        // Everything in a world is younger than half a year; the log is looked at every ten minutes.
        if (shortened && at - scene_.up_since > minutes{15} && scene_.station.scheduler.now().wall_trusted &&
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
    static constexpr seconds reader_alarm_after{10};
    static constexpr seconds uplink_alarm_after{60};
    static constexpr minutes clock_alarm_after{10};

    // Since when something is as it is, as far as stationd could see it.
    struct Lasting {
        bool is = false;
        Mono since;
        void see(bool now_is, Mono at) {
            if (std::exchange(is, now_is) != now_is) since = at;
        }
        bool longer_than(milliseconds time, Mono seen_since, Mono at) const {
            return is && seen_since < at && at - std::max(since, seen_since) > time;
        }
    };

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

    void watch_inputs(Mono at) {
        const State& state = scene_.state();
        const auto active = [&](std::size_t input) { return scene_.station.world->input_active(input); };
        const bool burns = std::ranges::any_of(scene_.site.fires, active);
        const bool moves = std::ranges::any_of(scene_.site.presences, active);
        for (std::size_t i = 0; i < mistold_.size(); ++i) {
            const InputKind kind = scene_.config().inputs[i].kind;
            const AlarmKind its = alarm_of(kind);
            const bool raised = its != AlarmKind::none && is_raised(its, &Alarm::input, i);
            const bool wrong_told = kind == InputKind::fire ? state.fire != burns || is_raised(AlarmKind::fire) != burns
                                    : kind == InputKind::presence ? state.presence != moves
                                    : active(i)                   ? !raised
                                                                  : raised && !is_latched(its);
            mistold_[i].see(wrong_told, at);
            const bool together = kind == InputKind::fire || kind == InputKind::presence;
            const Mono undisturbed =
                together ? scene_.faults.inputs_undisturbed_since(kind) : scene_.faults.input_undisturbed_since(i);
            if (mistold_[i].longer_than(tolerance, std::max(scene_.up_since, undisturbed), at))
                wrong(fmt::format("input {} is not told as it is", i));
        }
    }

    void watch_readers(Mono at) {
        for (std::size_t reader = 0; reader < away_.size(); ++reader) {
            const bool told = is_raised(AlarmKind::reader_fault, &Alarm::reader, reader);
            // One that came back and went again between two looks has not been away all the time.
            const auto* model = scene_.site.readers[reader].id_card();
            const auto times = model != nullptr ? model->times_gone() : 0;
            const bool same = std::exchange(times_gone_[reader], times) == times;
            away_[reader].see(same && !scene_.site.readers[reader].attached() && !told, at);
            if (away_[reader].longer_than(reader_alarm_after + tolerance, scene_.up_since, at)) {
                wrong("a reader has gone, and no alarm says so");
            }
        }
    }

    void watch_surroundings(Mono at) {
        // A station-uplink that hangs can tell nobody; its own watchdog ends it.
        const bool has_uplink = scene_.station.uplink != nullptr;
        const bool hangs = has_uplink && scene_.station.uplink_connector->client_is_stalled();
        const bool connected =
            scene_.station.broker.connections() > 0 ||
            std::exchange(connects_, scene_.station.broker.connects()) != scene_.station.broker.connects();
        unheard_.see(has_uplink && !connected && !hangs && !is_raised(AlarmKind::uplink), at);
        if (unheard_.longer_than(uplink_alarm_after + 2 * tolerance, scene_.up_since, at)) {
            wrong("the centre does not hear the station, and no alarm says so");
        }
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
        idle_.see(log.waiting() == 0 && (is_raised(AlarmKind::log_failed) || is_raised(AlarmKind::log_stalled)), at);
        if (idle_.longer_than(tolerance, std::max(scene_.up_since, scene_.faults.disk_undisturbed_since()), at)) {
            wrong("nothing waits for the disk, and its alarm stays");
        }
        const bool trusted = scene_.station.scheduler.now().wall_trusted;
        unnoticed_.see(scene_.station.station().surroundings().clock_untrusted.holds == trusted, at);
        if (unnoticed_.longer_than(tolerance, scene_.up_since, at)) {
            wrong("the station has not noticed whether its clock is trusted");
        }
        undated_.see(!trusted && !is_raised(AlarmKind::clock_untrusted), at);
        const bool looks = scene_.site.settings.clock != ClockTrust::always;
        if (looks && undated_.longer_than(clock_alarm_after + tolerance,
                                          std::max(scene_.up_since, scene_.faults.clock_trusted_at()), at)) {
            wrong("the clock is not trusted, and no alarm says so");
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
    std::vector<Lasting> mistold_;
    std::vector<Lasting> away_;
    std::array<std::uint64_t, max_readers> times_gone_{};
    Lasting unheard_;
    Lasting stuck_;
    Lasting idle_;
    Lasting failing_;
    Lasting undated_;
    Lasting unnoticed_;  // that it is trusted, or not
    std::uint64_t stored_ = 0;
    std::uint64_t connects_ = 0;
};

}  // namespace

std::unique_ptr<Oracle> alarms(const Scene& scene) { return std::make_unique<Alarms>(scene); }

}  // namespace yizhan::simulator
