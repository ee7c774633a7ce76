// No release without a grant, an exit button, a fire, a mode or a recorded command; none longer than that gives, and
// none shorter.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {
namespace {

class Releases final : public Oracle {
 public:
    using Oracle::Oracle;
    std::string_view name() const override { return "releases"; }

    void on_record(const Record& record, Now) override {
        if (record.door && *record.door != DoorIndex{0}) return;
        const DoorConfig& config = scene_.station.settings.station.doors[0];
        const Mono now = record.at.mono;
        const Mono ends = now + record.lasts;
        switch (record.type) {
            case RecordType::granted:
                if (record.outcome == Outcome::doors_are_open) return;
                if (record.lasts != config.release && record.lasts != config.extended_release) {
                    wrong("a card releases for another time than the settings say");
                }
                return released(record.outcome == Outcome::goodbye ? to_leave_ : to_enter_, ends);
            case RecordType::exit_requested:
                if (record.lasts != config.release) wrong("the button releases for another time than the settings say");
                return released(to_leave_, ends);
            case RecordType::released:
                if (record.actor.uid != 0) wrong("somebody without rights opened the door");
                if (record.lasts.count() == 0) held_ = true;
                if (record.lasts > scene_.station.settings.doors[0].lock.longest_lease) {
                    wrong("a command releases for longer than the lock may stand it");
                }
                return released(to_enter_, ends);
            case RecordType::secured:
                held_ = false;
                to_enter_ = to_leave_ = after_closing_ = now;
                return;
            case RecordType::door_opened: {
                const bool may = now <= until();
                if (record.cause == OpenCause::forced && may) wrong("a door that was released is called forced");
                const bool by_release = record.cause == OpenCause::granted || record.cause == OpenCause::exit_button;
                // Late by what the contact settles; or it sprang open again.
                if (by_release && now - std::max(until(), closed_) > opening) wrong("an opening has a wrong cause");
                open_ = true;
                after_closing_ = now;
                return;
            }
            case RecordType::door_closed:
                open_ = false;
                closed_ = now;
                to_enter_ = std::min(to_enter_, std::max(after_closing_, now));
                to_leave_ = std::min(to_leave_, std::max(after_closing_, now));
                return;
            case RecordType::fire_started:
                fire_ = true;
                return;
            case RecordType::fire_ended:
                fire_ = false;
                to_leave_ = std::max(to_leave_, now);
                return;
            case RecordType::mode_changed:
                mode_ = record.mode;
                to_leave_ = std::max(to_leave_, now);
                if (mode_ != Mode::lockdown) return;
                // Nobody comes in any more; who leaves is not held up.
                held_ = false;
                // Whoever is in the door is in it.
                if (!open_) to_enter_ = std::min(to_enter_, now);
                after_closing_ = std::min(after_closing_, std::max(to_leave_, now));
                return;
            default:
                return;
        }
    }
    void on_lock(bool released, Mono at) override {
        released_ = released;
        if (!scene_.up()) return;
        if (released && at > until()) wrong("the lock was released for no reason");
    }
    void on_died(Mono) override {
        if (scene_.station.world->door(0).lock_released()) wrong("the strike stays released without stationd");
    }
    // What was not stored is forgotten in a power cut, also that a hold or a mode has ended.
    void on_started(Mono at) override {
        const State& state = scene_.station.station().state();
        held_ = state.doors[0].held;
        fire_ = state.fire;
        mode_ = state.mode;
        open_ = std::holds_alternative<DoorOpen>(state.doors[0].phase);
        if (const auto* door = std::get_if<DoorReleased>(&state.doors[0].phase)) {
            const Mono ends = door->since.mono + door->lasts;
            if (ends > at && ends > longest_ + tolerance && !scene_.faults.clock_moved()) {
                wrong("a restart made a release longer");
            }
            to_enter_ = to_leave_ = ends;
        } else {
            to_enter_ = to_leave_ = Mono{};
        }
        // An open door keeps what was left of its release; how much that is the station says.
        if (const auto* door = std::get_if<DoorOpen>(&state.doors[0].phase)) {
            to_enter_ = to_leave_ = door->released.mono + door->release_lasts;
            after_closing_ = door->release_cause != OpenCause::none ? to_leave_ : Mono{};
        }
    }
    void every_second(Mono at) override {
        if (released_ && scene_.up() && at - tolerance > until()) wrong("the lock stays released");
        // A write that was lost is made good within a second; with an open door it does not matter.
        const bool early = scene_.up() && !released_ && !open_ && at < until();
        if (!early || !std::exchange(early_, early)) early_since_ = at;
        early_ = early;
        if (early && at - early_since_ > tolerance) wrong("the lock was secured too early");
        // In a fire, in free access and while held nobody needs to ask.
        const State* state = scene_.up() ? &scene_.station.station().state() : nullptr;
        const bool stands =
            state != nullptr && (state->fire || state->mode == Mode::free_access || state->doors[0].held);
        if (!stands || !std::exchange(stands_, stands)) stands_since_ = at;
        stands_ = stands;
        if (stands && at - stands_since_ > tolerance && !scene_.station.world->door(0).lock_released()) {
            wrong("the lock is secure although the door stands open to everybody");
        }
        // What is decided is also concluded.
        const bool waits = state != nullptr && !state->doors[0].passages.empty() &&
                           std::holds_alternative<DoorSecured>(state->doors[0].phase);
        if (!waits) concluded_ = at;
        if (waits && at - concluded_ > tolerance) wrong("somebody was granted, and nobody tells whether they passed");
        const auto* phase = state != nullptr ? std::get_if<DoorReleased>(&state->doors[0].phase) : nullptr;
        if (phase != nullptr && !state->doors[0].held &&
            at > std::max(phase->since.mono + phase->lasts, scene_.up_since) + tolerance) {
            wrong("a release is over, and its end is not told");
        }
    }

 private:
    static constexpr seconds tolerance{2};

    static constexpr seconds opening{4};

    void released(Mono& until, Mono ends) {
        until = std::max(until, ends);
        longest_ = std::max(longest_, ends);
        if (open_) after_closing_ = std::max(after_closing_, ends);
    }
    Mono until() const { return held_ || fire_ || mode_ == Mode::free_access ? never : std::max(to_enter_, to_leave_); }

    bool released_ = false;
    bool open_ = false;
    bool held_ = false;
    bool fire_ = false;
    Mode mode_ = Mode::normal;
    Mono to_enter_;
    Mono to_leave_;
    Mono after_closing_;  // a release that began while the door was open outlasts its closing
    Mono longest_;
    Mono closed_;
    Mono concluded_;
    bool stands_ = false;
    Mono stands_since_;
    bool early_ = false;  // secured although it is to be released
    Mono early_since_;
};

}  // namespace

std::unique_ptr<Oracle> releases(const Scene& scene) { return std::make_unique<Releases>(scene); }

}  // namespace yizhan::simulator
