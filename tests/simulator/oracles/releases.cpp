// No release without a grant, an exit button, a fire, a mode or a recorded command, and none longer than that gives.
#include <fmt/format.h>

#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {
namespace {

class Releases final : public Oracle {
 public:
    using Oracle::Oracle;
    std::string_view name() const override { return "releases"; }

    void on_action(const Action& action, Now) override {
        if (const auto* append = std::get_if<AppendRecord>(&action)) note(append->record);
    }
    void on_lock(bool released, Mono at) override {
        released_ = released;
        if (released && scene_.up() && at > until()) wrong("the lock was released for no reason");
    }
    // What was not stored is forgotten in a power cut, also that a hold or a mode has ended.
    void on_started(Mono) override {
        const State& state = scene_.station.station().state();
        held_ = state.doors[0].held;
        fire_ = state.fire;
        mode_ = state.mode;
        if (const auto* door = std::get_if<DoorReleased>(&state.doors[0].phase)) {
            until_ = std::max(until_, door->since.mono + door->lasts);
        }
    }
    void every_second(Mono at) override {
        if (released_ && scene_.up() && at - tolerance > until()) wrong("the lock stays released");
    }

 private:
    static constexpr seconds tolerance{1};

    void note(const Record& record) {
        const Mono ends = record.at.mono + record.lasts;
        switch (record.type) {
            case RecordType::granted:
            case RecordType::exit_requested:
                until_ = std::max(until_, ends);
                break;
            case RecordType::released:
                if (record.lasts.count() == 0) held_ = true;
                until_ = std::max(until_, ends);
                break;
            case RecordType::secured:
                held_ = false;
                until_ = record.at.mono;
                break;
            case RecordType::fire_started:
                fire_ = true;
                break;
            case RecordType::fire_ended:
                fire_ = false;
                until_ = std::max(until_, record.at.mono);
                break;
            case RecordType::mode_changed:
                mode_ = record.mode;
                until_ = std::max(until_, record.at.mono);
                break;
            default:
                break;
        }
    }
    Mono until() const { return held_ || fire_ || mode_ == Mode::free_access ? never : until_; }

    bool released_ = false;
    bool held_ = false;
    bool fire_ = false;
    Mode mode_ = Mode::normal;
    Mono until_;
};

}  // namespace

std::unique_ptr<Oracle> releases(const Scene& scene) { return std::make_unique<Releases>(scene); }

}  // namespace yizhan::simulator
