// Station decides. Pure: it knows no hardware, file or socket, and cannot ask what time it is.
//
// Every event goes the same way (station.cpp): decide what it means (station_events.cpp), let follow what is due
// (station_due.cpp), then bring the outputs to where the state wants them (station_outputs.cpp). Whatever has to be
// remembered becomes a record first and changes State through apply().
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "firmware/station/action.h"
#include "firmware/station/admission.h"
#include "firmware/station/config.h"
#include "firmware/station/event.h"
#include "firmware/station/state.h"
#include "hal/time.h"

namespace yizhan {

// A lasting condition of the surroundings, since when.
struct Condition {
    bool holds = false;
    Mono since;
    void set(bool now_holds, Mono at) {
        if (now_holds != holds) *this = {now_holds, at};
    }
};

// What Station has been told since its start and does not need to remember beyond it: levels and health.
struct Surroundings {
    const MemberList* members = nullptr;
    std::uint64_t stored = 0;  // newest record known to be stored
    bool log_full = false;
    std::uint64_t lost = 0;  // records that could not be kept since log_full
    std::array<bool, max_doors> exit_pressed{};
    std::array<bool, max_inputs> input_active{};  // as it was known last
    std::optional<Mono> fire_ended;
    // Conditions that raise an alarm when they last.
    Condition waiting_records;
    Condition log_failed;
    Condition log_shortened;
    Condition uplink_down;
    Condition no_members;
    Condition members_awaited;
    Condition clock_untrusted;
    std::array<Condition, max_readers> reader_unhealthy{};
    std::array<Condition, max_doors> door_output_fault{};
    std::array<Condition, max_outlets> outlet_output_fault{};
    Condition contactor_output_fault;
    std::array<Condition, max_outlets> meter_silent{};
    std::array<Condition, max_outlets> relay_welded{};
    std::array<Condition, max_outlets> too_hot{};
    // Of the room.
    std::array<Condition, max_outlets> unwanted{};  // empty, or out of its hours
    std::array<bool, max_outlets> tripped{};  // its driver has ended it: it stays off until somebody comes anew
    // What the meter told last, and how much of it no record tells yet, since when.
    struct Metered {
        std::optional<std::uint64_t> total;
        std::int64_t unrecorded = 0;  // mWh
        Mono since;
        std::int64_t milliwatts = 0;
    };
    std::array<Metered, max_outlets> metered{};
    // Somebody who may come in, once it is stored that they asked. Not beyond a restart: they ask again.
    struct Asked {
        CardPresented card;
        std::uint64_t seq = 0;
        Mono until;
    };
    std::array<std::optional<Asked>, max_readers> asked{};
    // By number, until somebody comes with a card, or it is too late.
    struct Chosen {
        OutletIndex outlet{};
        Mono until;
    };
    std::optional<Chosen> chosen;
    // The centre's commands, in the order in which they are done once that they came is stored. Not beyond a restart:
    // what was not done by then never is.
    struct Waiting {
        Command command;
        std::uint64_t seq = 0;
        Mono until;
    };
    FixedVector<Waiting, 8> waiting_commands;
    // Of those refused, how many no record tells yet, and since when.
    struct Refused {
        Outcome why = Outcome::none;
        std::uint32_t signer = 0;
        std::uint64_t untold = 0;
        std::uint64_t all = 0;  // since the start
        Mono told;
    };
    FixedVector<Refused, 32> refused_commands;
    std::uint64_t commands_taken = 0;  // since the start
    const SignerSet* signers = nullptr;
    bool signers_told = false;  // since the start, also that there are none
    Condition over_budget;  // all outlets together draw more than the station has
    std::array<Condition, max_doors> contact_unknown{};
    std::array<bool, max_doors> contact_told{};  // a level, since the start
    std::array<Condition, max_doors> exit_unknown{};
    std::array<Condition, max_inputs> input_unknown{};
};

class Station {
 public:
    // `restored`: the fold of all stored records. `boot` names this boot of the machine: stamps of another boot are
    // brought over by wall time. `config` outlives the station.
    Station(const StationConfig& config, const State& restored, std::uint64_t boot);

    // Once, before the first event: records the start and sets every output.
    void start(Now now, Actions& out);
    // Appends what is to be done to `out`. Same state, event and now: same actions. No allocation.
    void handle(const Event& event, Now now, Actions& out);
    Mono next_deadline() const { return next_deadline_; }

    const State& state() const { return state_; }
    const Surroundings& surroundings() const { return around_; }
    const StationConfig& config() const { return *config_; }
    // Has been told to be on: after a start those in use go on one after the other.
    bool has_switched_on(OutletIndex outlet) const { return outlet_outputs_[pos(outlet)].on; }
    // What whoever uses this outlet has drawn so far, in mWh; 0 where nobody does.
    std::int64_t drawn(OutletIndex outlet) const;
    // Adopted whole between two events: same doors, readers, outlets and inputs by position.
    void adopt(const StationConfig& config) { config_ = &config; }

 private:
    struct DoorOutput {
        bool released = false;
        Mono until;
        Outcome shown = Outcome::none;
    };
    struct OutletOutput {
        bool on = false;
        Mono not_before;
        Mono until;
        Cue lamp = Cue::none;
    };
    struct ContactorOutput {
        bool closed = false;
        Mono until;
    };
    struct Opening {
        OpenCause cause = OpenCause::none;
        bool sprang_open = false;  // a slammed door, not another opening
    };
    struct Coming {
        DoorIndex door{};
        Passage passage;
    };
    enum class Evidence : std::uint8_t { none_needed, to_come, stored, late };  // that somebody asked to come in
    // What one handle() works with.
    struct Turn {
        Now now;
        Actions& out;
        Mono due = never;  // the earliest deadline seen so far
        // Shown after the locks have been set: a person sees the yes when the door is open, not before.
        std::optional<ShowAtReader> show;
        Outcome say = Outcome::none;

        // True once `at` has come; until then it is remembered as a deadline.
        bool has_come(Mono at) {
            if (at <= now.mono) return true;
            due = std::min(due, at);
            return false;
        }
    };

    // station.cpp
    bool could_be_entered() const;
    Record record(RecordType type) const;
    void emit(Record record, Turn& turn);
    void finish(Turn& turn);
    bool follow(Turn& turn);
    void rebase(Now now);

    // station_events.cpp
    void on(const CardPresented& card, Turn& turn);
    void on(const CardRefused& card, Turn& turn);
    void on(const ReaderHealthChanged& change, Turn& turn);
    void on(const DoorContactChanged& change, Turn& turn);
    void on(const ExitButtonChanged& change, Turn& turn);
    void on(const InputChanged& change, Turn& turn);
    void on(const OutputFault& fault, Turn& turn);
    void on(const MembersAwaited& awaited, Turn& turn);
    void on(const MembersChanged& change, Turn& turn);
    void on(const RecordsStored& stored, Turn& turn);
    void on(const LogReplaced& replaced, Turn& turn);
    void on(const LogHealthChanged& health, Turn& turn);
    void on(const UplinkReport& report, Turn& turn);
    void on(const SettingsLoaded& loaded, Turn& turn);
    void on(const Command& command, Turn& turn);
    void on(const CommandRefused& refused, Turn& turn);
    void on(const SignersChanged& changed, Turn& turn);
    void on(const TimePassed& passed, Turn& turn);
    void on(const Stopping& stopping, Turn& turn);
    void look_for_members(Turn& turn);
    void call_for_help(InputIndex input, Turn& turn);
    void refuse(const CardPresented& card, Outcome why, std::optional<std::uint8_t> group, Turn& turn);
    void card_to_enter(const CardPresented& card, DoorIndex door, Turn& turn);
    Admission admission_of(const CardPresented& card, Purpose purpose, Now now) const;
    void decide_entry(const CardPresented& card, DoorIndex door, Evidence evidence, Turn& turn);
    void ask_to_enter(const CardPresented& card, DoorIndex door, const Admission& admission, Turn& turn);
    void let_in(const CardPresented& card, DoorIndex door, const Admission& admission, Turn& turn);
    Record granted_to(const CardPresented& card, DoorIndex door) const;
    void card_to_leave(const CardPresented& card, DoorIndex door, Turn& turn);
    void card_to_enrol(const CardPresented& card, Turn& turn);
    Opening explain_opening(DoorIndex door, Mono now) const;
    bool senses(InputKind kind) const;  // at any input of that kind, as it was known last
    // Whoever leaves by that door says so first.
    bool watches_leaving(DoorIndex door) const;
    // Granted at a door and not seen to pass.
    std::optional<Coming> coming_in(const CredentialId& credential) const;

    // station_outlets.cpp
    void card_for_outlet(const CardPresented& card, Turn& turn);
    void on(const OutletChosen& choice, Turn& turn);
    std::optional<OutletIndex> take_chosen(ReaderIndex reader, Mono now);
    void give_outlet(const CardPresented& card, OutletIndex outlet, VisitId visit, std::optional<std::uint8_t> group,
                     Outcome outcome, Turn& turn);
    void on(const OutletStopped& stopped, Turn& turn);
    void on(const OutletWatched& watched, Turn& turn);
    void on(const OutletMetered& read, Turn& turn);
    bool note_drawn(OutletIndex outlet, Turn& turn);
    void resume_outlets(milliseconds gap, Turn& turn);
    Outcome why_to_leave() const;  // fire or smoke: no power for anybody; none: all is well
    OffReason why_in_danger() const;  // the same, of an outlet
    std::int64_t reckoned(std::size_t outlet, Mono now) const;  // mW that whoever uses it may draw
    bool has_power_for(std::size_t outlet, Mono now) const;
    bool follow_budget(Turn& turn);  // as below
    bool is_fed() const;  // no welded relay has opened the contactor
    bool can_supply(std::size_t outlet) const;
    bool follow_outlet(OutletIndex outlet, Turn& turn);  // as below
    void switch_off(OutletIndex outlet, OffReason why, const Actor& actor, Turn& turn);

    // station_amenities.cpp
    OffReason why_unwanted(OutletIndex outlet, Turn& turn) const;  // none: it is to be on
    bool follow_amenity(OutletIndex outlet, Turn& turn);  // as below
    Outcome override_amenity(const SwitchOutlet& command, const Actor& actor, Turn& turn);

    // station_mandates.cpp: commands of the centre
    Outcome why_not(const Mandate& mandate, const Now& now) const;  // none: it counts now
    Outcome why_not_again(const Mandate& mandate) const;  // none: it has not come before
    Outcome take(const Command& command, Turn& turn);  // none: it waits to be stored
    void note_refused(Outcome why, std::uint32_t signer, Turn& turn);
    void tell_refused(Surroundings::Refused& refused, Turn& turn);
    bool follow_commands(Turn& turn);  // as below
    bool signers_expire(Turn& turn) const;

    // station_commands.cpp: the outcome is none, or why it was refused
    Outcome run(const Command& command, Turn& turn);
    Outcome run(const UnlockDoor& command, const Command& whole, Turn& turn);
    Outcome run(const HoldDoor& command, const Command& whole, Turn& turn);
    Outcome run(const LockDoor& command, const Command& whole, Turn& turn);
    Outcome run(const SwitchOutlet& command, const Command& whole, Turn& turn);
    Outcome run(const SetMode& command, const Command& whole, Turn& turn);
    void shut_ways_in(const Actor& actor, Turn& turn);
    Outcome run(const SetOccupancy& command, const Command& whole, Turn& turn);
    Outcome run(const StartEnrolment& command, const Command& whole, Turn& turn);
    Outcome run(const EndEnrolment& command, const Command& whole, Turn& turn);
    Outcome run(const AcknowledgeAlarm& command, const Command& whole, Turn& turn);

    // station_due.cpp: each does what is due, returns whether it did anything, and lowers turn.due to when it will be
    bool follow_asked(Turn& turn);
    bool follow_door(DoorIndex door, Turn& turn);
    bool follow_passages(DoorIndex door, Turn& turn);
    void miss(DoorIndex door, Passage passage, Turn& turn);
    bool follow_occupancy(Turn& turn);
    bool follow_modes(Turn& turn);
    bool follow_alarms(Turn& turn);
    bool keep_alarm(const Alarm& alarm, const Condition& condition, milliseconds after, Turn& turn);
    Record alarm_record(RecordType type, const Alarm& alarm) const;
    bool set_alarm(const Alarm& alarm, bool active, Turn& turn);
    void secure(DoorIndex door, const Actor& actor, Turn& turn);

    // station_outputs.cpp
    bool is_blind(DoorIndex door) const;
    void drive_door(DoorIndex door, Turn& turn);
    void drive_outlet(OutletIndex outlet, Turn& turn);
    void drive_contactor(Turn& turn);

    const StationConfig* config_;
    State state_;
    Surroundings around_;
    std::uint64_t boot_ = 0;
    Mono next_deadline_ = never;
    std::array<DoorOutput, max_doors> door_outputs_;
    std::array<OutletOutput, max_outlets> outlet_outputs_;
    ContactorOutput contactor_;
    std::array<std::uint64_t, max_readers> enrolment_requests_{};
    std::array<std::optional<bool>, max_doors> contact_open_;
};

}  // namespace yizhan
