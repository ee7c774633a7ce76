#include "drivers/outputs/lamp_buzzer.h"

#include <utility>

namespace yizhan {
namespace {

// A loop that was away for longer does not play what it missed.
constexpr milliseconds latest_step{1000};

}  // namespace

LampBuzzer::LampBuzzer(Lamp green, Lamp red, Lamp buzzer, const PatternTable& patterns)
    : patterns_(patterns),
      green_{.lamp = std::move(green)},
      red_{.lamp = std::move(red)},
      buzzer_{.lamp = std::move(buzzer)} {
    light_all({});
}

LampBuzzer::~LampBuzzer() { light_all({}); }

void LampBuzzer::show(Cue cue, Now now) {
    const Pattern& pattern = patterns_[static_cast<std::size_t>(cue)];
    if (cue == cue_ && pattern.rounds == until_replaced) return;
    cue_ = cue;
    step_ = 0;
    round_ = 0;
    begin_step(now.mono);
}

void LampBuzzer::begin_step(Mono at) {
    const Pattern& pattern = patterns_[static_cast<std::size_t>(cue_)];
    if (pattern.size == 0) {
        cue_ = Cue::none;
        step_ends_ = never;
        return light_all({});
    }
    light_all(pattern.steps[step_]);
    step_ends_ = at + pattern.steps[step_].lasts;
}

void LampBuzzer::advance(Now now) {
    if (now.mono < step_ends_) return;
    const Pattern& pattern = patterns_[static_cast<std::size_t>(cue_)];
    if (++step_ == pattern.size) {
        step_ = 0;
        if (pattern.rounds != until_replaced && ++round_ == pattern.rounds) cue_ = Cue::none;
    }
    begin_step(now.mono - step_ends_ > latest_step ? now.mono : step_ends_);
}

void LampBuzzer::light_all(const PatternStep& step) {
    light(green_, step.green);
    light(red_, step.red);
    light(buzzer_, step.buzzer);
}

void LampBuzzer::light(Channel& channel, bool lit) {
    if (channel.lamp.line == nullptr || (channel.certain && channel.lit == lit)) return;
    channel.lit = lit;
    channel.certain = channel.lamp.line->set(lit == channel.lamp.active_high).has_value();
    if (!channel.certain) ++output_errors_;
}

}  // namespace yizhan
