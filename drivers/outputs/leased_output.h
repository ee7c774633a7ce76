// An output line that is away from its safe level only as long as somebody keeps saying so. Shared by door lock and
// outlet switch. If the line does not take its safe level, that is tried again until it does.
#pragma once

#include <cstdint>
#include <memory>

#include "drivers/ports/gpio.h"
#include "hal/time.h"

namespace yizhan {

class LeasedOutput {
 public:
    static constexpr milliseconds retry{100};

    // Drives the safe level at once; the line should have been requested with it.
    LeasedOutput(std::unique_ptr<OutputLine> line, bool safe_high);
    ~LeasedOutput();
    LeasedOutput(const LeasedOutput&) = delete;
    LeasedOutput& operator=(const LeasedOutput&) = delete;

    // Away from safe until `until`, or safe where that is not in the future. The line is touched only where it is not
    // there yet. If it does not take the level nothing changes: held() tells.
    void hold(Mono until, Now now);
    void make_safe(Now now);

    bool held() const { return state_ == State::held; }
    bool safe() const { return state_ == State::safe; }  // neither held nor stuck away from its safe level
    Mono ends() const { return ends_; }
    Mono next_deadline() const;
    // True where a lease ended just now. Call once next_deadline() has come.
    bool advance(Now now);
    std::uint64_t errors() const { return errors_; }

 private:
    enum class State : std::uint8_t {
        safe,
        held,
        stuck,  // should be safe, but the line did not take it: another attempt at retry_at_
    };

    std::unique_ptr<OutputLine> line_;
    bool safe_high_;
    State state_ = State::safe;
    Mono ends_ = never;  // while held
    Mono retry_at_;  // while stuck
    std::uint64_t errors_ = 0;
};

}  // namespace yizhan
