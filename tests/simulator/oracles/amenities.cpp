// Nobody sits in the dark, in danger least of all, and nothing burns on in an empty station or out of its hours.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "tests/simulator/oracles/hours.h"
#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {
namespace {

class Amenities final : public Oracle {
 public:
    explicit Amenities(const Scene& scene) : Oracle(scene), outlets_(scene.config().outlets.size()) {}
    std::string_view name() const override { return "amenities"; }

    void on_record(const Record& record, Now) override {
        if (record.type != RecordType::outlet_overridden) return;
        outlets_[pos(*record.outlet)].order_ends = record.value < 0 ? never : record.at.mono + record.lasts;
    }
    // Of an order of an earlier boot only the wall clock knows when it ends.
    void on_started(Mono) override { forget_orders(); }
    void on_records_lost(Mono) override { forget_orders(); }
    void every_second(Mono at) override {
        if (scene_.unrecorded()) forget_orders();  // another one may have come, and no record says so
        for (std::size_t i = 0; i < outlets_.size(); ++i) {
            const auto& amenity = scene_.config().outlets[i].amenity;
            if (amenity) look(i, *amenity, at);
        }
    }

 private:
    static constexpr seconds tolerance{3};
    static constexpr minutes a_minute{1};  // hours are looked at so often

    struct Watched {
        Mono not_dark;  // when it was on last, or had no reason to be
        Mono not_burning;
        Mono order_ends = never;
    };

    void forget_orders() {
        for (Watched& watched : outlets_) watched.order_ends = never;
    }

    void look(std::size_t i, const AmenityConfig& amenity, Mono at) {
        Watched& watched = outlets_[i];
        if (!scene_.up() || scene_.faults.outlet_undisturbed_since(i) > at) {
            watched.not_dark = watched.not_burning = at;
            return;
        }
        const bool ordered = scene_.state().overrides[i].on.has_value();
        if (ordered && watched.order_ends != never && at > watched.order_ends + tolerance) {
            wrong(fmt::format("outlet {} of the room obeys for longer than it was told", i));
        }
        const bool on = scene_.station.world->outlet_powered(i);
        const bool wanted = is_wanted(i, amenity);
        const bool able = scene_.can_supply(i) && !scene_.station.station().surroundings().tripped[i];
        if (on || !wanted || !able) watched.not_dark = at;
        if (!on || wanted) watched.not_burning = at;
        const auto starts = seconds{1} * outlets_.size();
        if (at - std::max(watched.not_dark, scene_.up_since) > starts + tolerance + patience(i)) {
            wrong(fmt::format("outlet {} of the room is off for somebody", i));
        }
        if (at - std::max(watched.not_burning, scene_.up_since) > amenity.off_after + a_minute + tolerance) {
            wrong(fmt::format("outlet {} of the room is on for nobody", i));
        }
    }

    bool is_wanted(std::size_t i, const AmenityConfig& amenity) const {
        const State& state = scene_.state();
        const bool smoke = state.has_alarm(AlarmKind::smoke);
        if (amenity.on_in_danger && (state.fire || smoke || state.has_alarm(AlarmKind::help))) return true;
        if (state.fire || smoke) return false;
        if (const auto ordered = state.overrides[i].on) return *ordered;
        const bool somebody = state.count() > 0 || state.presence;
        const Now now = scene_.station.scheduler.now();
        if (!now.wall_trusted) return somebody;
        const minutes offset = scene_.config().utc_offset;
        if (!opens_at(amenity.hours, now.wall, offset)) return false;
        return somebody || (!amenity.on_while_empty.empty() && opens_at(amenity.on_while_empty, now.wall, offset));
    }
    // One with a meter rests before it goes on again.
    milliseconds patience(std::size_t i) const {
        const OutletHardware& hardware = scene_.site.settings.outlets[i];
        const auto rest = std::max(hardware.limits.shortest_off, hardware.limits.silent_after);
        return a_minute + (hardware.follows_power() ? rest : milliseconds{0});
    }

    std::vector<Watched> outlets_;
};

}  // namespace

std::unique_ptr<Oracle> amenities(const Scene& scene) { return std::make_unique<Amenities>(scene); }

}  // namespace yizhan::simulator
