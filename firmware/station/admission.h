// Who may come in, and if not, the one reason why. Pure.
#pragma once

#include <optional>

#include "firmware/identity/member_list.h"
#include "firmware/station/config.h"
#include "firmware/station/event.h"
#include "firmware/station/state.h"
#include "hal/outcome.h"

namespace yizhan {

struct Admission {
    Outcome outcome = Outcome::none;  // welcome, welcome_slow, or the reason against
    std::optional<std::uint8_t> group;  // the one by which they enter, or their first
    bool allowed() const { return outcome == Outcome::welcome || outcome == Outcome::welcome_slow; }
};

// What is asked: to come in, or (somebody already inside) to use what is there. Hours, capacity and modes keep people
// out; they do not take an outlet from somebody inside.
enum class Purpose : std::uint8_t { enter, use };

// One look-up in the list at most. `log_full`: no further record can be kept.
Admission admit(const StationConfig& config, const State& state, const MemberList* members, bool log_full,
                const CardPresented& card, Purpose purpose, Now now);

// Minutes since Monday 00:00 in the station's time.
std::uint16_t minute_of_week(Wall wall, minutes utc_offset);
// An empty list means always.
bool within(const std::vector<WeekSpan>& spans, std::uint16_t minute);

}  // namespace yizhan
