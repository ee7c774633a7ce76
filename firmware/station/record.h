// A record: what the station has to remember. Station's lasting state is nothing but the fold of its records (state.h),
// the log stores them, the feed to the centre is "records after N".
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "firmware/identity/credential_id.h"
#include "firmware/station/config.h"
#include "hal/outcome.h"
#include "hal/time.h"

namespace yizhan {

// Random, never 0 for a person; names a stay from entering to leaving and not the person.
using VisitId = std::uint64_t;

// Stored and sent by name (name_of): never rename, only add.
enum class RecordType : std::uint8_t {
    started,  // value: 1 if stopped cleanly just before, 2 if so but somebody may have come in since
    stopped,
    granted,  // reader, door, visit, group, outcome welcome/welcome_slow/goodbye; lasts: the release;
              // or doors_are_open, which releases nothing
    refused,  // reader, outcome; door, group where known
    entered,  // door, visit, group; value: 1 if it is not sure that this visit really came in. Without a door: found
              // inside; value: 1 if it is not sure that nobody had counted them
    not_entered,  // door, visit: granted, and the door was not opened in time; value: 1 if it has been released for
                  // somebody else ever since
    left,  // door, visit (0: somebody); outcome none = seen to leave; value: 1 if only inferred
    exit_requested,  // door: exit button; lasts: the release
    released,  // door: by command; lasts: the release, 0 = held until locked
    secured,  // door: release or hold ended without an opening
    door_opened,  // door, cause; value: passages granted for it, -1 where a slammed door sprang open again
    door_closed,  // door; value: 1 if nothing watches who leaves by it
    alarm_raised,  // alarm, its subject in door/reader/input
    alarm_cleared,
    outlet_on,  // outlet, visit, group, reader; outcome outlet_yours/outlet_renewed; lasts: its time limit. Outcome
                // none: an outlet of the room, without an end of its own
    outlet_warned,  // outlet, visit; outcome outlet_ending or leaving_off
    outlet_off,  // outlet, visit, off_reason; lasts: how long it was in use; value: mWh, where it has a meter
    mode_changed,  // mode; lasts where it expires
    fire_started,
    fire_ended,
    presence_changed,  // value: 1 somebody moves
    occupancy_set,  // value: the new count, from now on certain
    station_empty,  // the last one has left: the grace before outlets go off begins; lasts: the grace
    members_loaded,  // value: version
    settings_loaded,
    enrol_started,  // reader; lasts
    enrol_ended,  // reader; value: cards noted
    enrolled,  // reader, outcome
    records_lost,  // value: how many could not be kept
    outlet_metered,  // outlet, visit; value: mWh since it was given
    alarm_acknowledged,  // alarm, its subject: somebody takes care of it
    outlet_overridden,  // outlet of the room; value: 1 on, 0 off, -1 as it follows from now on; lasts
    entry_asked,  // reader, door, group: may come in, and is granted or refused once this record is stored or its time
                  // over; lasts: that time
    command_taken,  // of the centre; actor: whose; value: its sequence. Done once this record is stored
    commands_refused,  // of the centre, or a key set; outcome: why; value: how many; actor: whose key signed the last
                       // one, uid 0: nobody's
    signers_loaded,  // value: version of the key set
    signer_removed,  // actor: whose key is in the set no more
};
inline constexpr std::size_t record_type_count = static_cast<std::size_t>(RecordType::signer_removed) + 1;

enum class OpenCause : std::uint8_t { none, granted, exit_button, command, mode, fire, exit_by_handle, forced };
enum class OffReason : std::uint8_t {
    none,
    time_limit,
    left,
    station_empty,
    command,
    mode,
    fire,
    fault,  // its line does not follow
    restart,  // was in use, and then nobody watched it for too long
    // By its driver, which watches what flows.
    over_current,
    overload,
    nothing_plugged,
    unplugged,
    full,
    meter_silent,
    relay_welded,
    smoke,
    out_of_hours,  // an outlet of the room: its hours are over
    power_budget,  // all of them together drew more than the station has
    too_hot,  // by its driver, as those above
};
enum class Mode : std::uint8_t { normal, lockdown, free_access, closed, service };

enum class AlarmKind : std::uint8_t {
    none,
    door_forced,  // door
    door_held_open,  // door
    reader_fault,  // reader
    tamper,  // input
    fire,
    log_stalled,  // commits take too long
    log_failed,  // records cannot be stored (disk full, read-only, corrupt)
    records_lost,
    no_member_list,
    clock_untrusted,
    output_fault,  // door or outlet, or neither: the contactor. Its line does not follow
    input_fault,  // door (its contact or button) or input: its level cannot be read
    uplink,  // reported by the uplink: the centre does not hear us
    meter_silent,  // outlet: nobody knows what flows there, so it gives nothing
    relay_welded,  // outlet: it does not switch off; until the program starts anew
    help,  // input, as those that follow
    smoke,
    water_leak,
    mains_lost,
    battery_low,
    too_hot,  // outlet: its socket; or input, as the next
    too_cold,
    log_replaced,  // the log was damaged, and a new one begun; until somebody has looked
    log_shortened,  // the log cannot hold what it should: half a year, or what the centre does not have
    signers_expire,  // the set of keys whose commands are taken ends within a month
};
inline constexpr std::size_t alarm_kind_count = static_cast<std::size_t>(AlarmKind::signers_expire) + 1;

// Who did it. Stored with every change.
enum class ActorRole : std::uint8_t { station, maintenance, read_only, uplink, simulation, centre };
struct Actor {
    ActorRole role = ActorRole::station;
    std::uint32_t uid = 0;  // of the local user, of the centre: its key's number; 0 with role station: the station
    bool operator==(const Actor&) const = default;
};

// No clock that is right shows a day before this was written, even if somebody says that it can be trusted: it has no
// battery.
inline constexpr Wall earliest_clock{std::chrono::seconds{1767225600}};  // 2026-01-01

// A point in time that survives a restart: both clocks, and the boot in which `mono` means something.
struct Stamp {
    std::uint64_t boot = 0;
    Mono mono;
    Wall wall;
    bool trusted = false;
    bool operator==(const Stamp&) const = default;
};

// Plain, fixed size, copied freely. Fields a type does not use keep their defaults.
struct Record {
    std::uint64_t seq = 0;  // from 1, without holes, per epoch
    RecordType type = RecordType::started;
    Stamp at;
    Outcome outcome = Outcome::none;
    OpenCause cause = OpenCause::none;
    OffReason off_reason = OffReason::none;
    Mode mode = Mode::normal;
    AlarmKind alarm = AlarmKind::none;
    std::optional<DoorIndex> door;
    std::optional<ReaderIndex> reader;
    std::optional<OutletIndex> outlet;
    std::optional<InputIndex> input;
    std::optional<std::uint8_t> group;  // position in the settings' groups
    VisitId visit = 0;
    milliseconds lasts{0};  // how long from `at`: release, time limit, expiry; 0: none
    std::int64_t value = 0;
    Actor actor;
    CredentialId credential;  // stays in this station: never in a feed, a message or an answer
    bool operator==(const Record&) const = default;
};

// Stable names, lower-case with dashes; the inverse of each finds nothing for an unknown name.
std::string_view name_of(RecordType);
std::string_view name_of(OpenCause);
std::string_view name_of(OffReason);
std::string_view name_of(Mode);
std::string_view name_of(AlarmKind);
std::string_view name_of(ActorRole);
std::optional<RecordType> record_type_from(std::string_view);
std::optional<OpenCause> open_cause_from(std::string_view);
std::optional<OffReason> off_reason_from(std::string_view);
std::optional<Mode> mode_from(std::string_view);
std::optional<AlarmKind> alarm_kind_from(std::string_view);
std::optional<ActorRole> actor_role_from(std::string_view);

}  // namespace yizhan
