// Always a way out: the exit button releases the door, whatever else is wrong, once for each time it is pressed and not
// by itself.
#include <algorithm>
#include <utility>
#include <vector>

#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {
namespace {

class WayOut final : public Oracle {
 public:
    explicit WayOut(const Scene& scene)
        : Oracle(scene), pressed_(scene.config().doors.size(), never), unheard_(pressed_) {}
    std::string_view name() const override { return "way-out"; }

    void on_exit_pressed(std::size_t door, Mono at) override {
        // A door that is released already only stays so for longer.
        if (scene_.up() && !scene_.station.world->door(door).lock_released()) pressed_[door] = at;
        unheard_[door] = at;
    }
    void on_record(const Record& record, Now now) override {
        if (record.type == RecordType::exit_requested)
            look_at_request(static_cast<std::size_t>(*record.door), now.mono);
    }
    void on_died(Mono) override { std::ranges::fill(pressed_, never); }
    void on_lock(std::size_t door, bool released, Mono) override {
        if (released) pressed_[door] = never;
    }
    void on_passed(std::size_t door, Mono) override { pressed_[door] = never; }
    void every_second(Mono at) override {
        for (std::size_t door = 0; door < pressed_.size(); ++door) {
            if (pressed_[door] == never || at - pressed_[door] < patience) continue;
            pressed_[door] = never;
            // Through a board that is pulled out nobody sees a button; a handle, or the button itself, opens all the
            // same.
            const auto& faults = scene_.faults;
            if (std::max(faults.lock_undisturbed_since(door), faults.button_undisturbed_since(door)) > at) continue;
            const auto& model = scene_.station.world->door(door);
            if (!model.lock_released() && !model.open()) wrong("the exit button did not release the door");
        }
    }

 private:
    static constexpr seconds patience{1};
    static constexpr milliseconds heard_within{50};  // and its debounce

    void look_at_request(std::size_t door, Mono at) {
        const InputSettings& button = *scene_.site.settings.doors[door].exit_button;
        const bool held = scene_.station.world->gpio().level(button.line) == button.active_high;
        if (!held) wrong("an exit was requested, and nobody presses the button");
        const Mono pressed = std::exchange(unheard_[door], never);
        // Whoever has a finger on it while stationd starts, or while its board is put back, is heard of then.
        if (!scene_.up() || scene_.faults.button_undisturbed_since(door) > at) return;
        if (pressed == never) return wrong("one press of the exit button was two requests");
        if (at - pressed > button.debounce + heard_within) wrong("the exit button was heard of late");
    }

    std::vector<Mono> pressed_;  // by door
    std::vector<Mono> unheard_;  // the last press
};

}  // namespace

std::unique_ptr<Oracle> way_out(const Scene& scene) { return std::make_unique<WayOut>(scene); }

}  // namespace yizhan::simulator
