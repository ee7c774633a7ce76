// A meter on the bench: a load behind a relay, and what the meter says of it, in simulated time.
#pragma once

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "drivers/simulated/gpio.h"
#include "drivers/simulated/load_model.h"
#include "hal/meter.h"

namespace yizhan::testing {

class MeterBench : public MeterListener {
 public:
    MeterBench() : relay_(std::move(gpio.request_output(relay_name, false).value())) { join(gpio); }
    MeterBench(const MeterBench&) = delete;
    MeterBench& operator=(const MeterBench&) = delete;
    ~MeterBench() override = default;

    void join(LoopMember& member) { members_.push_back(&member); }
    void switch_relay(bool on) { static_cast<void>(relay_->set(on)); }
    void run(milliseconds duration) {
        const Mono end = now.mono + duration;
        while (true) {
            Mono next = end;
            for (const LoopMember* member : members_) next = std::min(next, member->next_deadline());
            now.mono = std::max(now.mono, next);
            for (LoopMember* member : members_) {
                if (now.mono >= member->next_deadline()) member->advance(now);
            }
            const bool due = std::ranges::any_of(
                members_, [&](const LoopMember* member) { return member->next_deadline() <= now.mono; });
            if (now.mono >= end && !due) return;
        }
    }
    void on_reading(Meter&, const MeterReading& reading, Now) override { readings.push_back(reading); }

    const LineName relay_name{"chip", "RELAY"};
    Now now{Mono{std::chrono::hours{1}}, Wall{std::chrono::hours{24 * 20'500}}, true};
    simulated::Gpio gpio;
    simulated::Load load{gpio, relay_name, true};
    std::vector<MeterReading> readings;

 private:
    std::unique_ptr<OutputLine> relay_;
    std::vector<LoopMember*> members_;
};

}  // namespace yizhan::testing
