#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "drivers/outputs/lamp_pattern.h"
#include "drivers/ports/gpio.h"
#include "hal/indicator.h"

namespace yizhan {

// One lamp or buzzer; no line where it is not fitted.
struct Lamp {
    std::unique_ptr<OutputLine> line;
    bool active_high = true;  // electrical level at which it is lit or sounds
};

// Green lamp, red lamp and buzzer, any of them missing, played from a table of patterns. Dark and silent from the
// moment it exists and again when it dies. A line is touched only where its level changes; one that does not take it
// is tried again with the next step.
class LampBuzzer final : public Indicator {
 public:
    // `patterns` must outlive this: reader_patterns or outlet_patterns.
    LampBuzzer(Lamp green, Lamp red, Lamp buzzer, const PatternTable& patterns = reader_patterns);
    ~LampBuzzer() override;
    LampBuzzer(const LampBuzzer&) = delete;
    LampBuzzer& operator=(const LampBuzzer&) = delete;

    // The electrical level to request a line with.
    static constexpr bool dark_level(bool active_high) { return !active_high; }

    // The same endless cue again goes on without a stutter.
    void show(Cue cue, Now now) override;
    Cue showing() const override { return cue_; }
    Mono next_deadline() const override { return step_ends_; }
    void advance(Now now) override;
    std::uint64_t output_errors() const { return output_errors_; }

 private:
    struct Channel {
        Lamp lamp;
        bool lit = false;
        bool certain = false;  // the line took the level
    };

    void begin_step(Mono at);
    void light(Channel& channel, bool lit);
    void light_all(const PatternStep& step);

    const PatternTable& patterns_;
    Channel green_;
    Channel red_;
    Channel buzzer_;
    Cue cue_ = Cue::none;
    std::uint8_t step_ = 0;
    std::uint16_t round_ = 0;
    Mono step_ends_ = never;
    std::uint64_t output_errors_ = 0;
};

}  // namespace yizhan
