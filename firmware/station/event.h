// Something that happened: plain values, everything Station ever hears of.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "firmware/identity/credential_id.h"
#include "firmware/identity/mandate.h"
#include "firmware/identity/signer_set.h"
#include "firmware/station/config.h"
#include "firmware/station/record.h"
#include "firmware/station/state.h"
#include "hal/card_reader.h"
#include "hal/outcome.h"

namespace yizhan {

class MemberList;

struct CardPresented {
    ReaderIndex reader{};
    CredentialId credential;
    CredentialKind kind = CredentialKind::resident_id;
    bool genuine = false;
    std::optional<DayRange> validity;
    VisitId fresh_visit = 0;  // random, drawn ahead by the wiring; used if a visit begins
};
struct CardRefused {
    ReaderIndex reader{};
    Outcome why = Outcome::unreadable;
};
// Somebody inside has typed the number of an outlet: the first one is 1.
struct OutletChosen {
    ReaderIndex reader{};
    unsigned number = 0;
};
struct ReaderHealthChanged {
    ReaderIndex reader{};
    ReaderHealth health = ReaderHealth::offline;
};
// Of these three, none: the level cannot be read.
struct DoorContactChanged {
    DoorIndex door{};
    std::optional<bool> open;
};
struct ExitButtonChanged {
    DoorIndex door{};
    std::optional<bool> pressed;
};
struct InputChanged {
    InputIndex input{};
    std::optional<bool> active;
};
// A lock's or outlet's driver could not do what it was told, or can again; neither door nor outlet: the contactor's.
struct OutputFault {
    std::optional<DoorIndex> door;
    std::optional<OutletIndex> outlet;
    bool faulty = false;
};
// The outlet's driver has switched off by itself.
struct OutletStopped {
    OutletIndex outlet{};
    OffReason why = OffReason::time_limit;
};
// What the driver of an outlet sees besides: nothing of its meter or thermometer; power that flows although it is off;
// a socket that is hotter than it should be.
struct OutletWatched {
    OutletIndex outlet{};
    bool meter_silent = false;
    bool relay_welded = false;
    bool too_hot = false;
};
// What the outlet's meter has counted since it was made: only differences mean something. And what flows.
struct OutletMetered {
    OutletIndex outlet{};
    std::uint64_t milliwatt_hours = 0;
    std::int64_t milliwatts = 0;
};
// A list is being read: nobody is let in as if there were none until MembersChanged, or until that takes too long.
struct MembersAwaited {};
// Null: none. The list stays alive until the next MembersChanged has been handled.
struct MembersChanged {
    const MemberList* list = nullptr;
    Actor actor;
};
// Everything up to here will survive a power cut.
struct RecordsStored {
    std::uint64_t upto = 0;
    bool durable = true;  // false: in memory
};
// The log was damaged, this one is new.
struct LogReplaced {};
struct LogHealthChanged {
    bool failed = false;  // it cannot store
    bool full = false;  // there is no room for further records in memory
    bool shortened = false;  // its limits of size are too small for what it should hold
};
struct UplinkReport {
    bool connected = false;
};
struct SettingsLoaded {
    Actor actor;
};

// Commands: from tool or centre. `request` comes back in the Answer.
struct UnlockDoor {
    DoorIndex door{};
    std::optional<milliseconds> release;  // none: the door's own
};
struct HoldDoor {
    DoorIndex door{};  // released until locked by command
};
struct LockDoor {
    DoorIndex door{};
};
struct SwitchOutlet {
    OutletIndex outlet{};
    std::optional<bool> on;  // none, of an outlet of the room: as its rule says, from now on
    milliseconds lasts{std::chrono::hours{1}};  // of the room: then as its rule says
};
struct SetMode {
    Mode mode = Mode::normal;
    milliseconds lasts{0};  // then back to normal; 0: until changed; service always expires
};
struct SetOccupancy {
    std::uint16_t count = 0;  // somebody looked
};
struct StartEnrolment {
    ReaderIndex reader{};
    milliseconds lasts{std::chrono::minutes{5}};
};
struct EndEnrolment {
    ReaderIndex reader{};
};
// Somebody takes care of it. One that is over, or never was, is acknowledged already.
struct AcknowledgeAlarm {
    Alarm alarm;
};
// `mandate`: of the centre's commands, whose signature is right. Each is stored before it is done, and its Answer comes
// after that.
struct Command {
    std::variant<UnlockDoor, HoldDoor, LockDoor, SwitchOutlet, SetMode, SetOccupancy, StartEnrolment, EndEnrolment,
                 AcknowledgeAlarm>
        what;
    Actor actor;
    std::uint64_t request = 0;
    VisitId fresh_visit = 0;
    std::optional<Mandate> mandate;
};
// One of the centre's that came no further than its signature. `signer`: whose is right; 0: nobody's.
struct CommandRefused {
    Outcome why = Outcome::none;
    std::uint32_t signer = 0;
};
// The set outlives the next SignersChanged. Null: there is none.
struct SignersChanged {
    const SignerSet* set = nullptr;
    Actor actor;
};

// A deadline has come. Carries nothing: `now` says it.
struct TimePassed {};
// The station is being stopped cleanly.
struct Stopping {};

using Event = std::variant<CardPresented, CardRefused, OutletChosen, ReaderHealthChanged, DoorContactChanged,
                           ExitButtonChanged, InputChanged, OutputFault, OutletStopped, OutletWatched, OutletMetered,
                           MembersAwaited, MembersChanged, RecordsStored, LogReplaced, LogHealthChanged, UplinkReport,
                           SettingsLoaded, Command, CommandRefused, SignersChanged, TimePassed, Stopping>;

}  // namespace yizhan
