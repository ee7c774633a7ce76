#include "drivers/outputs/lamp_pattern.h"

namespace yizhan {
namespace {

constexpr PatternStep lamp_step(bool green, bool red, bool buzzer, int lasts_ms) {
    return {.green = green, .red = red, .buzzer = buzzer, .lasts = milliseconds{lasts_ms}};
}
constexpr PatternStep dark(int ms) { return lamp_step(false, false, false, ms); }
constexpr PatternStep green(int ms) { return lamp_step(true, false, false, ms); }
constexpr PatternStep green_tone(int ms) { return lamp_step(true, false, true, ms); }
constexpr PatternStep red(int ms) { return lamp_step(false, true, false, ms); }
constexpr PatternStep red_tone(int ms) { return lamp_step(false, true, true, ms); }

template <class... Steps>
constexpr Pattern play(std::uint16_t rounds, Steps... steps) {
    return {.steps = {{steps...}}, .size = sizeof...(steps), .rounds = rounds};
}

constexpr Pattern warning_pattern = play(until_replaced, red_tone(200), red(300), green(500));
constexpr Pattern alarm_pattern = play(until_replaced, red_tone(1000));

}  // namespace

constinit const PatternTable reader_patterns{{
    Pattern{},  // none
    play(1, green_tone(150), green(2850)),  // yes
    play(1, green_tone(150), green(150), green_tone(150), green(7550)),  // yes_slow
    play(1, red_tone(150), dark(150), red_tone(150), dark(150), red(300), dark(150)),  // again
    play(1, red_tone(800), red(1200)),  // no
    warning_pattern,
    alarm_pattern,
}};

constinit const PatternTable outlet_patterns{{
    Pattern{},  // none
    play(60, green(300), dark(200)),  // yes: 30 s
    play(120, green(300), dark(200)),  // yes_slow: 60 s
    play(5, red(200), dark(200)),  // again
    play(1, red(2000)),  // no
    play(until_replaced, green(150), dark(150), green(150),
         dark(1550)),  // warning: an outlet may have a green lamp only
    alarm_pattern,
}};

}  // namespace yizhan
