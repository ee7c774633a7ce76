// Alarms rise within their time and clear: doors, inputs, readers, the connection, the log.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {
namespace {

class Alarms final : public Oracle {
 public:
    using Oracle::Oracle;
    std::string_view name() const override { return "alarms"; }

    void every_second(Mono at) override {
        const bool open = scene_.station.world->door(0).open();
        const Mono calm = std::max(
            {scene_.station.world->door(0).moved_at(), scene_.faults.wires_undisturbed_since(), scene_.up_since});
        if (!scene_.up() || calm == never) return;
        const State& state = scene_.station.station().state();
        const auto raised = [&](AlarmKind kind) {
            return std::ranges::any_of(state.alarms, [&](const Alarm& alarm) { return alarm.kind == kind; });
        };
        const bool held = raised(AlarmKind::door_held_open) || raised(AlarmKind::door_forced);
        const bool may_stand_open = state.fire || state.mode == Mode::free_access || state.doors[0].held;
        if (may_stand_open) quiet_from_ = at + seconds{60};
        const auto limit = scene_.station.settings.station.doors[0].held_open_after;
        if (open && !held && !may_stand_open && at - std::max(calm, quiet_from_) > limit + tolerance) {
            wrong("a door that stands open raised no alarm");
        }
        if (!open && held && at - calm > tolerance) wrong("the door has closed, its alarm stays");
        const auto* opened = std::get_if<DoorOpen>(&state.doors[0].phase);
        const bool explained = may_stand_open || state.mode == Mode::service;
        if (opened != nullptr && opened->cause == OpenCause::forced && !explained && !raised(AlarmKind::door_forced) &&
            at - std::max({opened->since.mono, scene_.up_since, quiet_from_}) > tolerance) {
            wrong("a forced door raised no alarm of its own");
        }
        const Mono rests = std::max(
            {scene_.station.world->door(0).moved_at(), scene_.up_since, scene_.faults.contact_undisturbed_since()});
        if (rests < at && at - rests > tolerance && open != (opened != nullptr)) {
            wrong("the door is not as the station says");
        }
        watch(state, at);
    }
    void at_end(Mono) override {
        if (!scene_.up()) return;
        const State& state = scene_.station.station().state();
        for (std::size_t i = 0; i < state.alarms.size(); ++i) {
            wrong(fmt::format("alarm {} stays", name_of(state.alarms[i].kind)));
        }
        if (scene_.station.world->door(0).lock_released()) wrong("the door is not secured in the end");
    }

 private:
    static constexpr seconds tolerance{5};
    static constexpr seconds reader_alarm_after{10};
    static constexpr seconds uplink_alarm_after{60};

    // Since when something is as it is, as far as stationd could see it.
    struct Lasting {
        bool is = false;
        Mono since;
        void see(bool now_is, Mono at) {
            if (std::exchange(is, now_is) != now_is) since = at;
        }
        bool longer_than(milliseconds time, Mono up_since, Mono at) const {
            return at - std::max(since, up_since) > time;
        }
    };

    void watch(const State& state, Mono at) {
        const Mono up = std::max(scene_.up_since, scene_.faults.wires_undisturbed_since());
        const auto is_raised = [&](AlarmKind kind, std::size_t input) {
            return std::ranges::any_of(state.alarms, [&](const Alarm& alarm) {
                return alarm.kind == kind && (!alarm.input || alarm.input == static_cast<InputIndex>(input));
            });
        };
        for (std::size_t i = 0; i < mistold_.size(); ++i) {
            const auto& input = scene_.station.settings.inputs[i];
            const bool is = scene_.station.world->gpio().level(input.line) == input.active_high;
            const InputKind kind = scene_.station.settings.station.inputs[i].kind;
            const bool told = kind == InputKind::tamper ? is_raised(AlarmKind::tamper, i)
                              : kind == InputKind::fire ? state.fire
                                                        : state.presence;
            const bool unsaid = kind == InputKind::fire && is_raised(AlarmKind::fire, i) != is;
            mistold_[i].see(told != is || unsaid, at);
            if (mistold_[i].is && up < at && mistold_[i].longer_than(tolerance, up, at)) {
                wrong(fmt::format("input {} is not told as it is", i));
            }
        }
        for (std::size_t reader = 0; reader < reader_count; ++reader) {
            away_[reader].see(!scene_.station.world->id_card_reader(reader).attached(), at);
            const bool told = std::ranges::any_of(state.alarms, [&](const Alarm& alarm) {
                return alarm.kind == AlarmKind::reader_fault && alarm.reader == static_cast<ReaderIndex>(reader);
            });
            if (away_[reader].is && !told &&
                away_[reader].longer_than(reader_alarm_after + tolerance, scene_.up_since, at)) {
                wrong("a reader has gone, and no alarm says so");
            }
        }
        // A station-uplink that hangs can tell nobody; its own watchdog ends it.
        const bool hangs = scene_.options.a_day[static_cast<std::size_t>(FaultKind::tool_stalls)] > 0;
        unheard_.see(scene_.station.broker.connections() == 0 && !hangs, at);
        const auto is_told = [&](AlarmKind kind) {
            return std::ranges::any_of(state.alarms, [kind](const Alarm& alarm) { return alarm.kind == kind; });
        };
        if (unheard_.is && !is_told(AlarmKind::uplink) &&
            unheard_.longer_than(uplink_alarm_after + 2 * tolerance, scene_.up_since, at)) {
            wrong("the centre does not hear the station, and no alarm says so");
        }
        const auto& log = scene_.station.stationd->log();
        stuck_.see(log.waiting() > 0 && std::exchange(stored_, log.stored()) == log.stored(), at);
        if (stuck_.is && !is_told(AlarmKind::log_failed) && !is_told(AlarmKind::log_stalled) &&
            stuck_.longer_than(scene_.station.settings.station.stalled_log_after + tolerance, scene_.up_since, at)) {
            wrong("records wait for the disk, and no alarm says so");
        }
    }

    Mono quiet_from_;
    std::array<Lasting, 3> mistold_;
    std::array<Lasting, reader_count> away_;
    Lasting unheard_;
    Lasting stuck_;
    std::uint64_t stored_ = 0;
};

}  // namespace

std::unique_ptr<Oracle> alarms(const Scene& scene) { return std::make_unique<Alarms>(scene); }

}  // namespace yizhan::simulator
