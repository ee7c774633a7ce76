// Whenever the station says for certain how many are inside, it is so; it does say so where nothing makes it doubt; and
// whoever wants to leave gets out.
#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {
namespace {

class Occupancy final : public Oracle {
 public:
    using Oracle::Oracle;
    std::string_view name() const override { return "occupancy"; }

    void on_record(const Record& record, Now) override {
        if (makes_doubt(record)) doubts_ = true;
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
        // And of a log in memory its successor knows nothing.
        if (!missed_ && !scene_.log().in_memory) stopped_ = false;
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
    void on_passed(std::size_t, Mono at) override { counts_.push_back({at, scene_.people.inside()}); }
    void every_second(Mono at) override {
        unrecorded_ = scene_.unrecorded();
        while (counts_.size() > 1 && at - counts_[1].since > patience) counts_.pop_front();
        if (missed_ && scene_.up() && !start_is_missing()) {
            missed_ = false;
            if (!scene_.log().in_memory) stopped_ = false;
        }
        if (scene_.up() && scene_.state().confidence() != Confidence::certain) forgotten_ = false;
        if (forgotten_) return settle(at);
        // Whoever came along unseen is no mistake of the station.
        if (scene_.people.tailgated()) return settle(at);
        if (!scene_.up() || scene_.faults.count_undisturbed_since() > at) return settle(at);
        const State& state = scene_.state();
        const bool certain = state.confidence() == Confidence::certain;
        if (certain) doubts_ = false;
        // Nor does anybody know who passes where a lock does not do what it is told.
        if (unrecorded_ || a_lock_is_disturbed(at)) doubts_ = true;
        if (!doubts_ && scene_.people.inside() > 0) {
            ++seconds_;
            if (certain) ++certain_;
        }
        if (!certain || at - settled_at_ <= patience) return;
        const auto [least, most] = std::ranges::minmax(counts_, {}, &Counted::inside);
        if (state.count() < least.inside || state.count() > most.inside) {
            wrong(fmt::format("certain of {} inside, there are {}", state.count(), scene_.people.inside()));
        }
    }
    void at_end(Mono) override {
        const unsigned stay = scene_.people.inside();
        if (stay > 0) wrong(fmt::format("{} want to leave, and do not get out", stay));
        // What a crash has hidden may show once, long afterwards.
        if (scene_.options.orderly && (certain_ + excused) * 10 < seconds_ * 9) {
            wrong(fmt::format("certain in {} of {} seconds", certain_, seconds_));
        }
    }

 private:
    static constexpr seconds patience{5};
    static constexpr std::uint64_t excused = 300;  // s
    bool start_is_missing() const { return scene_.station.stationd->log().stored() < started_; }
    bool sensors_dead() const {
        return std::ranges::any_of(scene_.site.presences, [&](std::size_t input) {
            return scene_.faults.is_unplugged(scene_.station.world->input_line(input)->chip);
        });
    }
    void settle(Mono at) { settled_at_ = at; }
    bool a_lock_is_disturbed(Mono at) const {
        for (std::size_t door = 0; door < scene_.config().doors.size(); ++door) {
            if (scene_.faults.lock_undisturbed_since(door) > at) return true;
        }
        return false;
    }
    // Somebody may come or go whom nothing counts; until the station knows again how many are inside.
    static bool makes_doubt(const Record& record) {
        switch (record.type) {
            case RecordType::started:
            case RecordType::records_lost:
            case RecordType::released:
            case RecordType::mode_changed:
            case RecordType::fire_started:
            case RecordType::exit_requested:
                return true;
            case RecordType::door_opened:
                return record.cause != OpenCause::granted || record.value != 1;
            case RecordType::alarm_raised:
                return record.alarm == AlarmKind::door_held_open;
            default:
                return false;
        }
    }

    struct Counted {
        Mono since;
        unsigned inside;
    };

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
    std::deque<Counted> counts_{{Mono{}, 0}};  // who is inside, in truth: the last ones
    Mono settled_at_;  // whatever excuses the station
    bool doubts_ = false;  // with reason
    std::uint64_t seconds_ = 0;
    std::uint64_t certain_ = 0;
};

}  // namespace

std::unique_ptr<Oracle> occupancy(const Scene& scene) { return std::make_unique<Occupancy>(scene); }

}  // namespace yizhan::simulator
