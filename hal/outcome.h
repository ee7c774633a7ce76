// The one table of what a person is told. Readers, lamps, the log, the tool and the centre all use it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace yizhan {

// Why a swipe, a request or a warning ended as it did. Codes are stored and sent by name: never rename, only add.
enum class Outcome : std::uint8_t {
    none,
    // Yes.
    welcome,  // door released to enter
    welcome_slow,  // the same, released for longer
    goodbye,  // door released to leave
    doors_are_open,  // fire or free access: just walk
    outlet_yours,  // outlet switched on, its lamp blinks
    outlet_renewed,  // the outlet this visit has runs on for another full time
    enrolled,  // card noted in enrolment
    outlet_chosen,  // by its number: now the card
    // No: the card.
    unreadable,  // the reader saw a card and could not read it
    card_damaged,  // read, but its content does not add up (check digit, dates, layout)
    not_genuine,  // the security module refused the card
    card_expired,
    card_not_yet_valid,
    not_an_id_card,  // this station takes ID cards only
    card_changes_its_number,  // a phone or card that shows another UID each time: nobody can be known by it
    // No: the person's right.
    not_a_member,
    denied,  // on the deny list
    membership_expired,
    membership_not_started,
    outside_hours,
    // No: the station.
    full,
    lockdown,
    closed,
    in_service,
    no_member_list,
    clock_unset,  // validity or hours cannot be judged and the settings say to refuse
    log_full,  // the settings say no entry without a record
    reader_fault,
    not_inside,  // an inside reader takes only those who are in
    no_free_outlet,
    outlet_fault,
    // What is said without a swipe.
    close_the_door,  // held open, before the alarm
    door_alarm,  // held open or forced
    outlet_ending,  // an outlet goes off soon
    leaving_off,  // outlets go off because the station is empty
    fire_leave,
    smoke_leave,
    help_called,  // the help button was heard and the centre told
    help_heard,  // somebody there has read it
    no_power_left,  // the outlets in use take all that the station has
    no_such_outlet,
    outlet_taken,  // the one that was chosen, or that the reader belongs to
    // No: a command of the centre. Told to whoever sent it, never at a reader.
    command_not_signed,  // no signed command at all
    command_too_long,
    command_retained,  // the broker kept it: it would come again at each start
    command_malformed,  // signed, and not in a form that this program knows
    command_for_another_station,
    command_lives_too_long,
    command_too_early,
    command_expired,
    command_repeated,  // its signer has sent it, or a later one, before
    command_too_old,  // from before the key set, or the log: nobody knows whether it was done
    command_not_stored,  // it could not be stored in time that it came: nothing was done
    too_many_commands,  // others wait to be stored
    signer_unknown,
    signature_wrong,
    signer_may_not,  // its role does not cover this verb
    signers_expired,  // the set of keys has run out
    signers_refused,  // a key set that is none, not signed enough, or not the newest
};
inline constexpr std::size_t outcome_count = static_cast<std::size_t>(Outcome::signers_refused) + 1;

// What people are spoken to in: OutcomeText has each of them.
enum class Language : std::uint8_t { zh, en };
inline constexpr std::size_t language_count = static_cast<std::size_t>(Language::en) + 1;

// How it looks and sounds to somebody who does not read: one meaning each, everywhere the same.
enum class Cue : std::uint8_t {
    none,
    yes,  // green, one short tone
    yes_slow,  // green for longer, two short tones
    again,  // red blinking, two short tones: present the card again
    no,  // red, one long tone
    warning,  // red and green in turn, repeated short tones
    alarm,  // red, continuous tone
};

// How much a sentence matters: one that matters more interrupts one that matters less, and is not interrupted by it.
enum class Urgency : std::uint8_t {
    person,  // an answer to somebody at a reader
    room,  // the door, an outlet that ends
    alarm,
    leave,  // everybody has to
};

struct OutcomeText {
    Outcome outcome;
    std::string_view code;  // stable name in log and messages, lower-case with dashes
    Cue cue;
    std::string_view zh;  // said to a worker: short, polite, with what to do
    std::string_view en;
};

// Indexed by Outcome.
std::span<const OutcomeText, outcome_count> outcomes();
const OutcomeText& text_of(Outcome outcome);
Urgency urgency_of(Outcome outcome);
constexpr std::string_view text_in(Language language, const OutcomeText& text) {
    return language == Language::zh ? text.zh : text.en;
}
// Said to somebody in the room; a refused command is told to whoever sent it.
constexpr bool is_spoken(const OutcomeText& text) { return text.cue != Cue::none; }
std::optional<Outcome> outcome_from_code(std::string_view code);

}  // namespace yizhan
