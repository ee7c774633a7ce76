// An output line that is away from its safe level only as long as somebody keeps saying so. Shared by door lock and
// outlet switch. If the line does not take its safe level, that is tried again until it does.
// The level is written again every second even if nothing changes: a chip on a bus may lose a write that was reported
// as success (before Linux 6.15 a chip's driver could not say that one failed).
#pragma once

#include <cstdint>
#include <memory>

#include "drivers/ports/gpio.h"
#include "hal/time.h"

namespace yizhan {

class LeasedOutput {
 public:
    static constexpr milliseconds retry{100};
    static constexpr seconds repeat{1};  // at whole ones, so that all outputs share a wake-up

    // Drives the safe level at once; the line should have been requested with it.
    LeasedOutput(std::unique_ptr<OutputLine> line, bool safe_high);
    ~LeasedOutput();
    LeasedOutput(const LeasedOutput&) = delete;
    LeasedOutput& operator=(const LeasedOutput&) = delete;

    // Away from safe until `until`, or safe where that is not in the future. The line is touched only where it is not
    // there yet. If it does not take the level nothing changes: held() and failed() tell.
    void hold(Mono until, Now now);
    void make_safe(Now now);

    bool held() const { return state_ == State::held; }
    bool safe() const { return state_ == State::safe; }  // neither held nor stuck away from its safe level
    bool failed() const { return failed_; }  // the line did not take what it was told last
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

    bool write(bool high);

    std::unique_ptr<OutputLine> line_;
    bool safe_high_;
    State state_ = State::safe;
    Mono ends_ = never;  // while held
    Mono retry_at_;  // while stuck
    Mono repeat_at_;  // the first time in the loop's first turn
    bool failed_ = false;
    std::uint64_t errors_ = 0;
};

}  // namespace yizhan
