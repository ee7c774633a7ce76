// Whenever the station says for certain how many are inside, it is so.
#include <fmt/format.h>

#include <algorithm>

#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {
namespace {

class Occupancy final : public Oracle {
 public:
    using Oracle::Oracle;
    std::string_view name() const override { return "occupancy"; }

    void on_record(const Record& record, Now) override {
        if (record.type == RecordType::started) {
            cleanly_ = record.value != 0;
            if (cleanly_ && !stopped_) wrong("a start takes the end before it for a clean stop");
            forgotten_ = cleanly_ && missed_;
            whole_ = record.seq == seq_ + 1;
            started_ = record.seq;
        }
        seq_ = record.seq;
        const bool by_itself = record.type == RecordType::occupancy_set && record.actor == Actor{};
        if (by_itself && sensors_dead()) wrong("empty by a sensor that cannot be read");
        if (record.type == RecordType::left) ++left_;
        if (record.type != RecordType::stopped) return;
        stopped_ = true;
        inside_ = scene_.state().count();
        left_ = 0;
    }
    // A stop that is not recorded, for want of room, is a stop all the same.
    void on_died(Mono) override { stopped_ = stopped_ || unrecorded_; }
    void on_started(Mono at) override {
        // Not with the record: a start in which the power goes has never been. Nor has one that a broken disk does not
        // take; until it does, the end before it stays the last thing that is known.
        missed_ = start_is_missing();
        if (!missed_) stopped_ = false;
        if (missed_ && scene_.faults.disk_undisturbed_since() < at && !scene_.unrecorded()) {
            wrong("a start is not stored before the station decides anything");
        }
        if (!cleanly_ && scene_.state().confidence() == Confidence::certain) {
            wrong("certain of a count whose last records may be lost");
        }
        if (scene_.state().count() > 0 && scene_.state().confidence() == Confidence::certain) {
            wrong("certain of people whom nobody has watched meanwhile");
        }
        if (cleanly_ && whole_ && scene_.state().count() + left_ < inside_) {
            wrong(fmt::format("{} were inside when it stopped, a start finds {}", inside_, scene_.state().count()));
        }
        inside_ = 0;
    }
    void on_passed(std::size_t, Mono at) override { moved_ = at; }
    void every_second(Mono at) override {
        unrecorded_ = scene_.unrecorded();
        if (missed_ && scene_.up() && !start_is_missing()) stopped_ = missed_ = false;
        if (scene_.up() && scene_.state().confidence() != Confidence::certain) forgotten_ = false;
        if (forgotten_) return settle(at);
        // Whoever came along unseen is no mistake of the station.
        if (scene_.people.tailgated()) return settle(at);
        if (!scene_.up() || scene_.faults.count_undisturbed_since() > at) return settle(at);
        const State& state = scene_.state();
        ++seconds_;
        if (state.confidence() != Confidence::certain) return settle(at);
        ++certain_;
        if (state.count() == scene_.people.inside()) return settle(at);
        // Somebody is at the door: it shows when it closes.
        for (std::size_t door = 0; door < scene_.config().doors.size(); ++door) {
            if (scene_.station.world->door(door).open()) return settle(at);
        }
        if (at - std::max(wrong_since_, moved_) > patience) {
            wrong(fmt::format("certain of {} inside, there are {}", state.count(), scene_.people.inside()));
        }
    }
    void at_end(Mono) override {
        if (scene_.options.orderly && scene_.options.quiet() && certain_ * 10 < seconds_ * 9) {
            wrong(fmt::format("certain in {} of {} seconds", certain_, seconds_));
        }
    }

 private:
    static constexpr seconds patience{5};
    bool start_is_missing() const { return scene_.station.stationd->log().stored() < started_; }
    bool sensors_dead() const {
        return std::ranges::any_of(scene_.site.presences, [&](std::size_t input) {
            return scene_.faults.is_unplugged(scene_.station.world->input_line(input)->chip);
        });
    }
    void settle(Mono at) { wrong_since_ = at; }

    bool stopped_ = true;  // said so, and not started since
    bool cleanly_ = true;
    bool unrecorded_ = false;
    std::uint64_t started_ = 0;  // the record of the last start
    bool missed_ = false;  // the disk has not taken it
    bool forgotten_ = false;  // and then the power went
    std::uint64_t seq_ = 0;
    bool whole_ = true;  // nothing was lost before the last start
    unsigned inside_ = 0;  // when it stopped
    unsigned left_ = 0;  // since then
    Mono moved_;
    Mono wrong_since_;
    std::uint64_t seconds_ = 0;
    std::uint64_t certain_ = 0;
};

}  // namespace

std::unique_ptr<Oracle> occupancy(const Scene& scene) { return std::make_unique<Occupancy>(scene); }

}  // namespace yizhan::simulator
