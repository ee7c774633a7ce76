// No outlet on while far more flows than it may, more for too long, nothing at all, or while nobody can see what flows;
// a relay that does not open is told.
#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {
namespace {

class Charging final : public Oracle {
 public:
    explicit Charging(const Scene& scene) : Oracle(scene), outlets_(scene.config().outlets.size()) {}
    std::string_view name() const override { return "charging"; }

    // Whatever lasts begins anew with that, also between two looks.
    void on_outlet(std::size_t outlet, bool on, Mono at) override {
        begin_anew(outlet, at);
        Watched& watched = outlets_[outlet];
        watched.peak = 0;
        const OutletHardware& hardware = scene_.site.settings.outlets[outlet];
        const bool rests = hardware.follows_power() && watched.off_at > scene_.up_since &&
                           scene_.faults.outlet_undisturbed_since(outlet) <= watched.off_at;
        if (on && rests && at - watched.off_at < hardware.limits.shortest_off) {
            wrong(fmt::format("outlet {} goes on again at once", outlet));
        }
        if (!on) watched.off_at = at;
    }
    void on_record(const Record& record, Now now) override {
        if (record.type == RecordType::outlet_off)
            look_at_reason(static_cast<std::size_t>(*record.outlet), record.off_reason, now);
    }
    void every_second(Mono at) override {
        for (std::size_t i = 0; i < outlets_.size(); ++i) {
            const OutletHardware& hardware = scene_.site.settings.outlets[i];
            if (hardware.follows_power()) look(i, hardware.limits, at);
            if (hardware.thermometer) look_at_socket(i, at);
        }
    }

 private:
    static constexpr seconds tolerance{2};  // a question that is asked twice a second, and our own look
    // As the README promises: not taken from the limits themselves, which may be wrong.
    static constexpr unsigned at_once_percent = 150;
    static constexpr unsigned overload_percent = 110;
    static constexpr unsigned full_percent = 5;
    static constexpr milliseconds welded_told_in{1500};
    static constexpr int warm_celsius = 60;
    static constexpr int hot_celsius = 70;
    static constexpr seconds unfelt_for{10};

    // Each time: when it last was not so.
    struct Watched {
        std::uint64_t changes = 0;  // of the load
        Mono far_over;
        Mono over;
        Mono idle;
        Mono unwatched;
        Mono welded;
        Mono fed;
        Mono unfed;
        Mono full;
        Mono off_at;
        Mono changed_at;  // the load
        std::uint32_t peak = 0;  // since it went on
        std::uint32_t draws = 0;
        Mono draws_other;  // than now
        Mono hot;
        Mono hot_untold;
        Mono unfelt;
    };

    void begin_anew(std::size_t i, Mono at) {
        Watched& watched = outlets_[i];
        watched.far_over = watched.over = watched.idle = watched.unwatched = watched.welded = watched.fed =
            watched.unfed = at;
        watched.hot = watched.unfelt = watched.full = at;
    }

    void look(std::size_t i, const ChargingLimits& limits, Mono at) {
        const auto changes = scene_.station.world->outlet(i).changes();
        if (std::exchange(outlets_[i].changes, changes) != changes) {
            begin_anew(i, at);
            outlets_[i].changed_at = at;
        }
        const auto& world = *scene_.station.world;
        const simulated::Draw draw = scene_.station.world->outlet(i).draw();
        const bool seen = !world.meter_is_silent(i);
        const bool judged = scene_.up() && scene_.faults.outlet_undisturbed_since(i) <= at;
        const bool on = judged && world.outlet_powered(i);
        const auto above = [&](unsigned percent) {
            return std::uint64_t{draw.milliamps} * 100 > std::uint64_t{limits.most_milliamps} * percent ||
                   std::uint64_t{draw.milliwatts} * 100 > std::uint64_t{limits.most_milliwatts} * percent;
        };
        Watched& watched = outlets_[i];
        expect(watched.far_over, on && seen && above(at_once_percent), limits.inrush, at,
               "carries far more than it may");
        expect(watched.over, on && seen && above(overload_percent), limits.overload_time, at,
               "carries more than it may for too long");
        // What flowed for a moment the meter need not have seen.
        const bool as_before = std::exchange(watched.draws, draw.milliwatts) == draw.milliwatts;
        if (!on || !seen || !as_before) watched.draws_other = at;
        if (at - watched.draws_other > tolerance) watched.peak = std::max(watched.peak, draw.milliwatts);
        const std::uint32_t low = std::max(limits.full_milliwatts, watched.peak / 100 * full_percent);
        expect(watched.full, on && seen && watched.peak >= limits.idle_milliwatts && draw.milliwatts < low,
               limits.full_after, at, "is on for what is full");
        const auto ends = std::max({limits.nothing_after, limits.full_after, limits.unplugged_after});
        expect(watched.idle, on && seen && draw.milliwatts == 0, ends, at, "is on for nothing");
        expect(watched.unwatched, on && !seen, limits.silent_after, at, "is on, and its meter silent");
        const bool told = scene_.up() && scene_.station.station().surroundings().relay_welded[i].holds;
        const bool flows = draw.milliamps > ChargingLimits::welded_milliamps;
        expect(watched.welded, judged && !on && seen && flows && !told, welded_told_in, at,
               "does not switch off, and no alarm says so");
        const auto& contactor = scene_.site.settings.contactor;
        const bool obeys = contactor && scene_.faults.line_undisturbed_since(contactor->line) <= at;
        expect(watched.fed, judged && obeys && flows && scene_.contactor_is_open(), milliseconds{0}, at,
               "is fed although a relay is welded");
        const bool cut_off = on && !scene_.station.world->outlet(i).fed() && !scene_.contactor_is_open();
        expect(watched.unfed, cut_off && scene_.faults.all_outlets_undisturbed_since() <= at, seconds{1}, at,
               "is on, and the contactor before it open for no reason");
    }

    // Why its driver has ended it has to be so.
    void look_at_reason(std::size_t i, OffReason why, Now now) {
        auto& world = *scene_.station.world;
        const ChargingLimits& limits = scene_.site.settings.outlets[i].limits;
        const bool settled = world.outlet(i).changes() == outlets_[i].changes &&
                             now.mono - outlets_[i].changed_at > tolerance && now.mono - scene_.up_since > tolerance;
        if (!scene_.up() || scene_.unrecorded() || !settled || world.meter_is_silent(i)) return;
        const std::uint64_t draws = world.outlet(i).plugged();
        const bool over = draws * 100 > std::uint64_t{limits.most_milliwatts} * overload_percent;
        const bool too_much = why == OffReason::over_current || why == OffReason::overload;
        const bool too_little =
            why == OffReason::nothing_plugged || why == OffReason::unplugged || why == OffReason::full;
        if (too_much && !over) wrong(fmt::format("outlet {} ended for too much, and draws {} mW", i, draws));
        if (too_little && over) wrong(fmt::format("outlet {} ended for too little, and draws {} mW", i, draws));
        const bool idle = draws < limits.idle_milliwatts;
        const bool nothing = why == OffReason::nothing_plugged || why == OffReason::unplugged;
        if (nothing && !idle) wrong(fmt::format("outlet {} ended for nothing, and draws {} mW", i, draws));
    }

    void look_at_socket(std::size_t i, Mono at) {
        const auto& world = *scene_.station.world;
        const bool felt = !world.thermometer_is_silent(i);
        const int celsius = world.socket_celsius(i);
        const bool judged = scene_.up() && scene_.faults.outlet_undisturbed_since(i) <= at;
        const bool on = judged && world.outlet_powered(i);
        Watched& watched = outlets_[i];
        expect(watched.hot, on && felt && celsius >= hot_celsius, milliseconds{0}, at, "is on, and its socket too hot");
        expect(watched.unfelt, on && !felt, unfelt_for, at, "is on, and its thermometer silent");
        const bool told = scene_.up() && scene_.state().has_alarm(AlarmKind::too_hot);
        expect(watched.hot_untold, judged && felt && celsius >= warm_celsius && !told, seconds{1}, at,
               "is too hot, and no alarm says so");
    }

    void expect(Mono& was_not, bool is, milliseconds at_most, Mono at, std::string_view what) {
        if (!is) was_not = at;
        if (at - std::max(was_not, scene_.up_since) > at_most + tolerance) wrong(fmt::format("an outlet {}", what));
    }

    std::vector<Watched> outlets_;
};

}  // namespace

std::unique_ptr<Oracle> charging(const Scene& scene) { return std::make_unique<Charging>(scene); }

}  // namespace yizhan::simulator
