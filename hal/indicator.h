#pragma once

#include "hal/event_loop.h"
#include "hal/outcome.h"
#include "hal/time.h"

namespace yizhan {

// Lamps and buzzer at a reader or outlet. A cue plays its pattern once (yes, no, again) or until replaced (warning,
// alarm); a new cue replaces the one under way. Cue::none goes dark and silent. Loop thread only; no allocation.
class Indicator : public LoopMember {
 public:
    virtual void show(Cue cue, Now now) = 0;
    virtual Cue showing() const = 0;
};

// Words for people: a loudspeaker. One thing at a time; the newest wins. Never waits. Loop thread only.
class Prompt {
 public:
    virtual ~Prompt() = default;
    virtual void say(Outcome outcome, Now now) = 0;
};

}  // namespace yizhan
