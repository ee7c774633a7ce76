// Something to do: plain values, in the order in which they are to be done.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>

#include "firmware/station/config.h"
#include "firmware/station/record.h"
#include "hal/check.h"
#include "hal/indicator.h"
#include "hal/outcome.h"

namespace yizhan {

struct AppendRecord {
    Record record;
};
struct ReleaseLock {
    DoorIndex door{};
    Mono until;
};
struct SecureLock {
    DoorIndex door{};
};
struct OutletOn {
    OutletIndex outlet{};
    Mono until;
};
struct OutletOff {
    OutletIndex outlet{};
};
// Feeds all outlets; opens by itself when its time is over.
struct CloseContactor {
    Mono until;
};
struct OpenContactor {};
// The lamp beside an outlet: yes = blinks for its new user, warning = ends soon, none = dark.
struct ShowAtOutlet {
    OutletIndex outlet{};
    Cue cue = Cue::none;
};
// Cue and words for the person at this reader.
struct ShowAtReader {
    ReaderIndex reader{};
    Outcome outcome = Outcome::none;
};
// Cue at all readers of the door (held open, forced), Cue::none when over.
struct ShowAtDoor {
    DoorIndex door{};
    Outcome outcome = Outcome::none;
};
// Words for everybody in the room.
struct Say {
    Outcome outcome = Outcome::none;
};
struct Answer {
    std::uint64_t request = 0;
    Outcome refusal = Outcome::none;  // none: done
};
// A card noted in enrolment, for whoever asked for it.
struct CardEnrolled {
    ReaderIndex reader{};
    std::uint64_t request = 0;
    CredentialId credential;
    CredentialKind kind = CredentialKind::resident_id;
};

using Action = std::variant<AppendRecord, ReleaseLock, SecureLock, OutletOn, OutletOff, CloseContactor, OpenContactor,
                            ShowAtOutlet, ShowAtReader, ShowAtDoor, Say, Answer, CardEnrolled>;

// Filled by one Station::handle(). Bounded: the most that one event can cause is a fire in a full station, which is
// three actions an outlet, six a door and two a reader.
class Actions {
 public:
    static constexpr std::size_t capacity = 512;
    void add(const Action& action) {
        YZ_CHECK(size_ < capacity);
        actions_[size_++] = action;
    }
    void clear() { size_ = 0; }
    std::span<const Action> list() const { return std::span(actions_).first(size_); }
    const Action* begin() const { return actions_.data(); }
    const Action* end() const { return actions_.data() + size_; }

 private:
    std::array<Action, capacity> actions_{};
    std::size_t size_ = 0;
};

}  // namespace yizhan
