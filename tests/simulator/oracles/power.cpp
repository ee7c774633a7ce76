// All outlets together draw no more than the station has, for longer than the station needs to see it; none is given
// where what flows leaves no room for it.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {
namespace {

class Power final : public Oracle {
 public:
    explicit Power(const Scene& scene) : Oracle(scene), changes_(scene.config().outlets.size()) {}
    std::string_view name() const override { return "power"; }

    void on_record(const Record& record, Now now) override {
        if (record.type != RecordType::outlet_on || scene_.config().most_milliwatts == 0) return;
        const OutletConfig& outlet = scene_.config().outlets[static_cast<std::size_t>(*record.outlet)];
        const bool anew = record.lasts > milliseconds{0} && !outlet.amenity && !was_on_[pos(*record.outlet)];
        was_on_[pos(*record.outlet)] = true;
        see_changes(now.mono);
        if (!anew || now.mono - stirred_at_ < settles || !judged(now.mono)) return;
        if (flowing() + outlet.rated_milliwatts > scene_.config().most_milliwatts + unseen()) {
            wrong(fmt::format("an outlet was given for which there is no power: {} mW flow, of {}", flowing(),
                              scene_.config().most_milliwatts));
        }
    }
    void on_outlet(std::size_t, bool, Mono at) override { begin_anew(at); }
    void on_started(Mono at) override { begin_anew(at); }
    void on_records_lost(Mono at) override { begin_anew(at); }
    void every_second(Mono at) override {
        see_changes(at);
        for (std::size_t i = 0; i < changes_.size(); ++i) {
            was_on_[i] = scene_.up() && std::holds_alternative<OutletInUse>(scene_.state().outlets[i]);
        }
        const std::int64_t most = scene_.config().most_milliwatts;
        if (most == 0 || !judged(at) || flowing() <= most + unseen() || !is_anybody_charging()) {
            within_at_ = at;
        } else if (at - std::max(within_at_, stirred_at_) > longest_over + tolerance) {
            wrong("all outlets together draw more than there is");
        }
    }

 private:
    static constexpr seconds tolerance{2};  // a meter is asked twice a second
    static constexpr seconds longest_over{3};
    static constexpr seconds settles{6};  // what is more than an outlet may carry ends within its 3 s

    void see_changes(Mono at) {
        for (std::size_t i = 0; i < changes_.size(); ++i) {
            const auto changes = scene_.station.world->outlet(i).changes();
            if (std::exchange(changes_[i], changes) != changes) begin_anew(at);
        }
    }
    void begin_anew(Mono at) { stirred_at_ = within_at_ = at; }
    // Small steps are not told.
    std::int64_t unseen() const { return 25'000 * static_cast<std::int64_t>(changes_.size()); }
    bool judged(Mono at) const {
        if (!scene_.up() || scene_.unrecorded() || scene_.faults.all_outlets_undisturbed_since() > at) return false;
        for (std::size_t i = 0; i < changes_.size(); ++i) {
            if (scene_.station.world->meter_is_silent(i)) return false;
        }
        return true;
    }
    // What a meter sees that is quick enough.
    std::int64_t flowing() const {
        std::int64_t flows = 0;
        for (std::size_t i = 0; i < changes_.size(); ++i) {
            if (!scene_.site.settings.outlets[i].follows_power()) continue;
            if (!std::holds_alternative<OutletInUse>(scene_.state().outlets[i])) continue;
            flows += scene_.station.world->outlet(i).draw().milliwatts;
        }
        return flows;
    }
    bool is_anybody_charging() const {
        for (std::size_t i = 0; i < changes_.size(); ++i) {
            const bool in_use = std::holds_alternative<OutletInUse>(scene_.state().outlets[i]);
            if (in_use && !scene_.config().outlets[i].amenity) return true;
        }
        return false;
    }

    std::vector<std::uint64_t> changes_;  // of the loads
    std::array<bool, max_outlets> was_on_{};
    Mono stirred_at_;
    Mono within_at_;
};

}  // namespace

std::unique_ptr<Oracle> power(const Scene& scene) { return std::make_unique<Power>(scene); }

}  // namespace yizhan::simulator
