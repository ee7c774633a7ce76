// No release without a grant, an exit button, a fire, a mode or a recorded command; none longer than that gives, and
// none shorter.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {
namespace {

// What one door may do, by the records so far.
class DoorRights {
 public:
    // `blind`: an opening may be older than its record, or what held then had no room in the log.
    void note(const Record& record, const DoorConfig& config, milliseconds longest_lease, bool blind) {
        const Mono now = record.at.mono;
        const Mono ends = now + record.lasts;
        switch (record.type) {
            case RecordType::granted:
                if (record.outcome == Outcome::doors_are_open) return;
                if (record.lasts != config.release && record.lasts != config.extended_release) {
                    wrong("a card releases for another time than the settings say");
                }
                if (record.outcome == Outcome::goodbye) {
                    leaves(ends);
                    leaver_ = record.credential;
                } else if (record.credential == leaver_) {
                    leaving_ = Mono{};  // is outside already
                }
                return released(record.outcome == Outcome::goodbye ? to_leave_ : to_enter_, ends);
            case RecordType::exit_requested:
                if (record.lasts != config.release) wrong("the button releases for another time than the settings say");
                leaves(ends);
                return released(to_leave_, ends);
            case RecordType::released:
                if (record.actor.uid != 0 && record.actor.role != ActorRole::centre)
                    wrong("somebody without rights opened the door");
                if (record.lasts.count() == 0) held_ = true;
                leaving_ = Mono{};
                if (record.lasts > longest_lease) wrong("a command releases for longer than the lock may stand it");
                return released(to_enter_, ends);
            case RecordType::secured:
                held_ = false;
                to_enter_ = to_leave_ = after_closing_ = now;
                if (leaving_ > now) locked_in_ = now;
                leaving_ = Mono{};
                return;
            case RecordType::door_opened: {
                leaving_ = Mono{};
                const bool may = now <= until();
                if (record.cause == OpenCause::forced && may && !blind)
                    wrong("a door that was released is called forced");
                const bool by_release = record.cause == OpenCause::granted || record.cause == OpenCause::exit_button;
                // Late by what the contact settles; or it sprang open again.
                if (by_release && !blind && now - std::max(until(), closed_) > opening)
                    wrong("an opening has a wrong cause");
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
            // Also that it has closed, perhaps.
            case RecordType::records_lost:
                closed_ = now;
                return;
            // Where the contact tells nothing, a goodbye is taken for an exit at once.
            case RecordType::left:
                leaving_ = Mono{};
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
                if (locked_in_ == now) wrong("a lockdown locked the door before somebody who was leaving");
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
    void lock(bool released, Mono at, bool excused) {
        if (!excused && released_ && !released && at - until() > turn) wrong("the lock was secured too late");
        released_ = released;
        if (!excused && released && at > until()) wrong("the lock was released for no reason");
        if (!excused && !released && until() == never) wrong("the lock was secured although everybody may pass");
    }
    // What was not stored is forgotten in a power cut, also that a hold or a mode has ended.
    void start(const State& state, std::size_t door, Mono at, bool reckoned_anew) {
        held_ = state.doors[door].held;
        fire_ = state.fire;
        leaving_ = Mono{};
        mode_ = state.mode;
        open_ = std::holds_alternative<DoorOpen>(state.doors[door].phase);
        if (const auto* phase = std::get_if<DoorReleased>(&state.doors[door].phase)) {
            const Mono ends = phase->since.mono + phase->lasts;
            if (ends > at && ends > longest_ + tolerance && !reckoned_anew) wrong("a restart made a release longer");
            to_enter_ = to_leave_ = ends;
        } else {
            to_enter_ = to_leave_ = Mono{};
        }
        // An open door keeps what was left of its release; how much that is the station says.
        if (const auto* phase = std::get_if<DoorOpen>(&state.doors[door].phase)) {
            to_enter_ = to_leave_ = phase->released.mono + phase->release_lasts;
            after_closing_ = phase->release_cause != OpenCause::none ? to_leave_ : Mono{};
        }
    }
    // `state`: null while stationd does not run. `lock_released`: as its line is.
    void look(const State* state, std::size_t door, bool lock_released, Mono up_since, Mono at) {
        const bool up = state != nullptr;
        if (released_ && up && at - turn > until()) wrong("the lock stays released");
        // A write that was lost is made good within a second; with an open door it does not matter.
        const bool early = up && !released_ && !open_ && at < until();
        if (!early || !std::exchange(early_, early)) early_since_ = at;
        early_ = early;
        if (early && at - early_since_ > tolerance) wrong("the lock was secured too early");
        // In a fire, in free access and while held nobody needs to ask.
        const bool stands = up && (state->fire || state->mode == Mode::free_access || state->doors[door].held);
        if (!stands || !std::exchange(stands_, stands)) stands_since_ = at;
        stands_ = stands;
        if (stands && at - stands_since_ > tolerance && !lock_released) {
            wrong("the lock is secure although the door stands open to everybody");
        }
        // What is decided is also concluded.
        const bool waits =
            up && !state->doors[door].passages.empty() && std::holds_alternative<DoorSecured>(state->doors[door].phase);
        if (!waits) concluded_ = at;
        if (waits && at - concluded_ > tolerance) wrong("somebody was granted, and nobody tells whether they passed");
        const auto* phase = up ? std::get_if<DoorReleased>(&state->doors[door].phase) : nullptr;
        if (phase != nullptr && !state->doors[door].held &&
            at > std::max(phase->since.mono + phase->lasts, up_since) + tolerance) {
            wrong("a release is over, and its end is not told");
        }
    }
    void excuse(Mono at) {
        early_since_ = stands_since_ = at;
        early_ = stands_ = false;
    }
    // The command under way is done.
    void answered() { locked_in_ = Mono{}; }

    const std::string& verdict() const { return verdict_; }

 private:
    static constexpr seconds tolerance{2};
    static constexpr milliseconds turn{20};  // of the loop, however busy
    static constexpr seconds opening{4};

    void wrong(std::string_view what) {
        if (verdict_.empty()) verdict_ = what;
    }
    // By a door that was closed: with an open one it cannot be known who passed on which release.
    void leaves(Mono ends) {
        if (!open_ && !held_ && !fire_ && mode_ != Mode::free_access) leaving_ = std::max(leaving_, ends);
    }
    void released(Mono& until, Mono ends) {
        until = std::max(until, ends);
        longest_ = std::max(longest_, ends);
        if (open_) after_closing_ = std::max(after_closing_, ends);
    }
    Mono until() const { return held_ || fire_ || mode_ == Mode::free_access ? never : std::max(to_enter_, to_leave_); }

    std::string verdict_;
    bool released_ = false;
    bool open_ = false;
    bool held_ = false;
    bool fire_ = false;
    Mode mode_ = Mode::normal;
    Mono to_enter_;
    Mono to_leave_;
    Mono after_closing_;  // a release that began while the door was open outlasts its closing
    Mono longest_;
    Mono leaving_;  // until then somebody may leave who has not yet opened
    CredentialId leaver_;  // the last one who asked by card
    Mono locked_in_;  // when that was cut short
    Mono closed_;
    Mono concluded_;
    bool stands_ = false;
    Mono stands_since_;
    bool early_ = false;  // secured although it is to be released
    Mono early_since_;
};

class Releases final : public Oracle {
 public:
    explicit Releases(const Scene& scene) : Oracle(scene), doors_(scene.config().doors.size()) {}
    std::string_view name() const override { return "releases"; }

    void on_record(const Record& record, Now) override {
        if (record.type == RecordType::stopped) {
            expect_secure(record.at.mono);
            stops_ = true;
        }
        each([&](DoorRights& rights, std::size_t door) {
            if (record.door && *record.door != static_cast<DoorIndex>(door)) return;
            rights.note(record, scene_.config().doors[door], scene_.site.settings.doors[door].lock.longest_lease,
                        !scene_.up() || scene_.faults.contact_undisturbed_since(door) > record.at.mono);
        });
    }
    // What the next command does it does for itself: somebody may have locked a door just before a lockdown.
    void on_action(const Action& action, Now) override {
        if (std::holds_alternative<Answer>(action)) each([](DoorRights& rights, std::size_t) { rights.answered(); });
    }
    void on_lock(std::size_t door, bool released, Mono at) override {
        if (stops_ && released && !is_fail_safe(door)) wrong("a lock is released behind the last look at it");
        doors_[door].lock(released, at, !scene_.up() || excused(door, at));
        if (!doors_[door].verdict().empty()) wrong(doors_[door].verdict());
    }
    void on_died(Mono at) override {
        stops_ = false;
        expect_secure(at);
    }
    void on_started(Mono at) override { take_up(at, unrecorded_ || scene_.faults.clock_moved()); }
    void on_records_lost(Mono at) override { take_up(at, true); }
    void every_second(Mono at) override {
        if (scene_.up()) unrecorded_ = scene_.unrecorded();
        const State* state = scene_.up() ? &scene_.state() : nullptr;
        each([&](DoorRights& rights, std::size_t door) {
            if (excused(door, at)) return rights.excuse(at);
            rights.look(state, door, scene_.station.world->door(door).lock_released(), scene_.up_since, at);
        });
    }

 private:
    void take_up(Mono at, bool reckoned_anew) {
        each([&](DoorRights& rights, std::size_t door) { rights.start(scene_.state(), door, at, reckoned_anew); });
    }
    // Nobody is left to end a release: before a stop is even recorded, and when stationd has died.
    void expect_secure(Mono at) {
        if (scene_.faults.machine_stopped()) return;
        for (std::size_t i = 0; i < doors_.size(); ++i) {
            if (is_fail_safe(i)) continue;
            if (scene_.faults.lock_undisturbed_since(i) > at) continue;
            if (scene_.station.world->door(i).lock_released()) wrong("a lock stays released without stationd");
        }
    }
    bool is_fail_safe(std::size_t door) const {
        return scene_.site.settings.doors[door].lock.failure == LockFailure::safe;
    }
    bool excused(std::size_t door, Mono at) const {
        return scene_.unrecorded() || scene_.faults.lock_undisturbed_since(door) > at;
    }

    template <typename Call>
    void each(Call call) {
        for (std::size_t door = 0; door < doors_.size(); ++door) {
            call(doors_[door], door);
            if (!doors_[door].verdict().empty()) wrong(fmt::format("door {}: {}", door, doors_[door].verdict()));
        }
    }
    std::vector<DoorRights> doors_;
    bool unrecorded_ = false;  // what it did last
    bool stops_ = false;  // it has said so, and is not gone yet
};

}  // namespace

std::unique_ptr<Oracle> releases(const Scene& scene) { return std::make_unique<Releases>(scene); }

}  // namespace yizhan::simulator
