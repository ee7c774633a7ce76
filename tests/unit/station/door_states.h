// The states of a door, each as the way into it.
#pragma once

#include "tests/unit/station/table.h"

namespace yizhan::testing {
inline constexpr std::uint8_t resident = 1;  // comes in and out in the states below
inline constexpr std::uint8_t other = 2;

inline void closed_for_long(Bench& bench) {
    bench.contact(false);
    bench.pass(seconds{60});
}
inline void to_open(Bench& bench) {
    closed_for_long(bench);
    bench.card(entry, resident);
    bench.contact(true);
}
inline void to_forced(Bench& bench) {
    closed_for_long(bench);
    bench.contact(true);
}
inline void in_mode(Bench& bench, Mode mode) {
    closed_for_long(bench);
    bench.order(SetMode{mode, minutes{10}});
}

inline const std::vector<Step> door_states{
    {"secured", closed_for_long},
    {"just closed", [](Bench& b) { to_open(b), b.contact(false); }},
    {"released to enter", [](Bench& b) { closed_for_long(b), b.card(entry, resident); }},
    {"released by the exit button", [](Bench& b) { closed_for_long(b), b.button(); }},
    {"released by command", [](Bench& b) { closed_for_long(b), b.order(UnlockDoor{front, seconds{20}}); }},
    {"open, release running", to_open},
    {"open, release over", [](Bench& b) { to_open(b), b.pass(seconds{10}); }},
    {"held open", [](Bench& b) { to_open(b), b.pass(seconds{40}); }},
    {"forced", to_forced},
    {"held by command, closed", [](Bench& b) { closed_for_long(b), b.order(HoldDoor{front}); }},
    {"held by command, open", [](Bench& b) { closed_for_long(b), b.order(HoldDoor{front}), b.contact(true); }},
    {"fire, closed", [](Bench& b) { closed_for_long(b), b.handle(InputChanged{fire_input, true}); }},
    {"fire, forced before", [](Bench& b) { to_forced(b), b.handle(InputChanged{fire_input, true}); }},
    {"free access, closed", [](Bench& b) { in_mode(b, Mode::free_access); }},
    {"lockdown", [](Bench& b) { in_mode(b, Mode::lockdown); }},
    {"service, open", [](Bench& b) { in_mode(b, Mode::service), b.contact(true); }},
};

}  // namespace yizhan::testing
