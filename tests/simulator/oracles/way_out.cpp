// Always a way out: the exit button releases the door, whatever else is wrong.
#include <fmt/format.h>

#include "tests/simulator/oracles/oracles.h"

namespace yizhan::simulator {
namespace {

class WayOut final : public Oracle {
 public:
    using Oracle::Oracle;
    std::string_view name() const override { return "way-out"; }

    void on_exit_pressed(Mono at) override {
        if (scene_.up()) pressed_ = at;
    }
    void on_died(Mono) override { pressed_ = never; }
    void on_lock(bool released, Mono) override {
        if (released) pressed_ = never;
    }
    void on_passed(bool, unsigned, Mono) override { pressed_ = never; }
    void every_second(Mono at) override {
        if (pressed_ == never || at - pressed_ < patience) return;
        pressed_ = never;
        if (!scene_.station.world->door(0).lock_released()) wrong("the exit button did not release the door");
    }

 private:
    static constexpr seconds patience{1};
    Mono pressed_ = never;
};

}  // namespace

std::unique_ptr<Oracle> way_out(const Scene& scene) { return std::make_unique<WayOut>(scene); }

}  // namespace yizhan::simulator
