// What the station remembers: the fold of its records and nothing else. Live Station changes it only by apply(), so a
// station restored from its log stands where the stopped one stood.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <variant>

#include "firmware/station/record.h"
#include "firmware/station/signer_sequences.h"
#include "hal/fixed_vector.h"

namespace yizhan {

// One stay of one credential, from entering to leaving.
struct Visit {
    VisitId id = 0;
    CredentialId credential;
    std::optional<std::uint8_t> group;
    bool doubtful = false;  // it is not sure that this visit really came in
    bool operator==(const Visit&) const = default;
};

// Granted at a door and not yet seen to pass.
struct Passage {
    VisitId visit = 0;  // 0: leaving without a visit that is known
    CredentialId credential;
    std::optional<std::uint8_t> group;
    bool leaving = false;
    Stamp since;
    milliseconds lasts{0};  // of its own release; a later one is for somebody else
    bool operator==(const Passage&) const = default;
};

// Closed, and the lock is to be secure.
struct DoorSecured {
    Stamp since;
    OpenCause last_cause = OpenCause::none;  // of the opening that ended then: a slammed door may spring open again
    bool operator==(const DoorSecured&) const = default;
};
// Closed, and may be opened until since + lasts.
struct DoorReleased {
    Stamp since;
    milliseconds lasts{0};
    OpenCause cause = OpenCause::none;
    bool crowded = false;  // somebody who did not come in their own time may come all the same
    bool operator==(const DoorReleased&) const = default;
};
// Open. The lock stays released for what was left of the release, and where a new one began while the door stood open
// for somebody before, beyond the closing: whoever it is for has not passed yet.
struct DoorOpen {
    Stamp since;
    OpenCause cause = OpenCause::none;
    Stamp released;
    milliseconds release_lasts{0};
    OpenCause release_cause = OpenCause::none;  // of a release that began while it was open
    std::uint8_t together = 0;  // passages on this opening; only of a single one it is sure that it really passed
    bool unseen_exit = false;  // somebody left by button or handle and is not yet taken off the count
    bool operator==(const DoorOpen&) const = default;
};
using DoorPhase = std::variant<DoorSecured, DoorReleased, DoorOpen>;

struct DoorState {
    DoorPhase phase;
    bool held = false;  // by command, until locked
    Stamp exit_asked;  // by button, last
    milliseconds exit_lasts{0};
    FixedVector<Passage, 8> passages;
    bool operator==(const DoorState&) const = default;
};

struct OutletIdle {
    bool operator==(const OutletIdle&) const = default;
};
struct OutletInUse {
    VisitId visit = 0;  // 0: switched on by command, or its visit was taken off the count by inference
    Stamp since;
    milliseconds lasts{0};
    bool warned = false;
    Stamp began;  // `since` is of the last renewal
    std::int64_t milliwatt_hours = 0;  // since then, as recorded
    bool operator==(const OutletInUse&) const = default;
};
using OutletState = std::variant<OutletIdle, OutletInUse>;

// An outlet of the room that somebody has switched by hand.
struct OutletOverride {
    std::optional<bool> on;  // none: it follows its rule
    Stamp since;
    milliseconds lasts{0};
    bool operator==(const OutletOverride&) const = default;
};

struct Alarm {
    AlarmKind kind = AlarmKind::none;
    std::optional<DoorIndex> door;
    std::optional<ReaderIndex> reader;
    std::optional<OutletIndex> outlet;
    std::optional<InputIndex> input;
    Stamp since;
    std::optional<Actor> acknowledged;  // by whom, the last time
    bool operator==(const Alarm&) const = default;
    bool same_as(const Alarm& other) const {
        return kind == other.kind && door == other.door && reader == other.reader && outlet == other.outlet &&
               input == other.input;
    }
};

struct Enrolment {
    bool active = false;
    Stamp since;
    milliseconds lasts{0};
    std::uint32_t cards = 0;
    bool operator==(const Enrolment&) const = default;
};

// `certain`: exactly `count` people are inside, as far as doors can tell. `estimated`: something happened that doors
// cannot count (exit by button, forced, held or free doors, two people on one opening).
enum class Confidence : std::uint8_t { certain, estimated };

struct State {
    std::uint64_t seq = 0;  // of the newest record
    Stamp newest;
    bool running = false;  // false after `stopped`
    FixedVector<Visit, max_inside> inside;
    std::uint16_t anonymous = 0;  // people inside without a visit
    bool uncounted = false;  // somebody may have come or gone unseen since the count was last proven
    std::array<DoorState, max_doors> doors;
    std::array<OutletState, max_outlets> outlets;
    std::array<OutletOverride, max_outlets> overrides;
    FixedVector<Alarm, 416> alarms;
    Mode mode = Mode::normal;
    Stamp mode_since;
    milliseconds mode_lasts{0};
    bool fire = false;
    bool presence = false;
    Stamp presence_since;  // of its last change
    bool emptying = false;  // the grace after the last one left is running
    Stamp emptying_since;
    std::array<Enrolment, max_readers> enrolments;
    SignerSequences sequences;
    bool operator==(const State&) const = default;

    std::uint32_t count() const { return static_cast<std::uint32_t>(inside.size()) + anonymous; }
    Confidence confidence() const;
    const Visit* visit_of(const CredentialId& credential) const;
    const Visit* visit_by_id(VisitId id) const;
    std::optional<OutletIndex> outlet_of(VisitId visit) const;
    bool has_alarm(AlarmKind kind) const;  // about anything
    bool overridden(const DoorState& door) const;  // released by order or for a fire, for everybody
    // A door through which anybody may walk now, without being counted.
    bool stands_open_to_everybody() const;
    bool all_secured() const;  // and nobody is on their way
    const Alarm* standing(const Alarm& alarm) const;  // the one of that kind about that subject; null: none
};

// The one place where State changes. Total: a record that does not fit (an unknown visit, a door that no longer
// exists) changes what still makes sense and nothing else.
void apply(State& state, const Record& record);

}  // namespace yizhan
