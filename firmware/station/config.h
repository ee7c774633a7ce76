// What Station needs to know of its station: names, times and rules, no hardware. Made by firmware/settings.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "hal/time.h"

namespace yizhan {

inline constexpr std::size_t max_doors = 16;
inline constexpr std::size_t max_readers = 32;
inline constexpr std::size_t max_outlets = 64;
inline constexpr std::size_t max_inputs = 16;
inline constexpr std::size_t max_inside = 256;  // visits told apart; beyond it people are only counted

// Positions in StationConfig's vectors.
enum class DoorIndex : std::uint8_t {};
enum class ReaderIndex : std::uint8_t {};
enum class OutletIndex : std::uint8_t {};
enum class InputIndex : std::uint8_t {};
template <class Index>
    requires std::is_enum_v<Index>
constexpr std::size_t pos(Index index) {
    return static_cast<std::size_t>(index);
}

enum class Egress : std::uint8_t {
    mechanical,  // a handle or panic bar opens the door whatever the controller does
    hardware_button,  // a button that cuts the lock's power itself; the controller only watches it
};

struct DoorConfig {
    std::string name;
    Egress egress = Egress::mechanical;
    bool fail_safe = false;  // open to everybody while no controller runs
    bool has_contact = false;
    bool has_exit_button = false;
    milliseconds release{5000};
    milliseconds extended_release{15000};
    milliseconds longest_release{30000};  // what a command may ask for: the lock's own limit
    milliseconds held_open_after{30000};  // since it was opened
    milliseconds pre_alarm{5000};  // before that
    milliseconds slam{500};  // a door that opens again this soon after it closed was not forced
};

enum class ReaderPlace : std::uint8_t {
    entry,  // outside, releases its door to come in
    exit,  // inside, releases its door to leave
    inside,  // gives outlets
};

struct ReaderConfig {
    std::string name;
    ReaderPlace place = ReaderPlace::entry;
    std::optional<DoorIndex> door;  // entry and exit readers
    std::optional<OutletIndex> outlet;  // an inside reader at one outlet; none: the first free one
};

// A stretch of the week, in minutes since Monday 00:00 local; to > from, up to 10080; never wraps.
struct WeekSpan {
    std::uint16_t from = 0;
    std::uint16_t to = 0;
};
inline constexpr std::uint16_t minutes_a_week = 10080;

// What an outlet of the room follows: light, air conditioner, water. Nobody is given it.
struct AmenityConfig {
    std::vector<WeekSpan> hours;  // empty: at any hour
    std::vector<WeekSpan> on_while_empty;  // hours in which it does not take anybody inside
    milliseconds off_after{std::chrono::minutes{5}};  // the last one has left, or its hours are over
    bool on_in_danger = false;  // light: at fire, smoke and a call for help it goes on, whatever else holds
};

struct OutletConfig {
    std::string name;
    milliseconds time_limit{std::chrono::hours{2}};
    milliseconds warn_before{std::chrono::minutes{5}};
    std::int64_t rated_milliwatts = 0;  // what it may draw; while nobody knows better it is reckoned with
    std::optional<AmenityConfig> amenity;  // none: it is given to somebody
};

enum class InputKind : std::uint8_t {
    fire,  // releases doors, outlets go off
    tamper,
    presence,
    help,  // a button that somebody presses
    smoke,  // outlets go off; doors stay as they are
    water_leak,
    mains_lost,
    battery_low,
    too_hot,
    too_cold,
};
inline constexpr std::size_t input_kind_count = static_cast<std::size_t>(InputKind::too_cold) + 1;
std::string_view name_of(InputKind kind);  // lower-case with dashes, as in the settings

struct InputConfig {
    std::string name;
    InputKind kind = InputKind::fire;
    std::optional<DoorIndex> releases;  // a help button: for those who come to help
};

struct GroupConfig {
    std::string name;
    std::vector<WeekSpan> hours;  // empty: at any hour
    bool open_on_holidays = true;  // false: not at all on a holiday
};

enum class AdmissionPolicy : std::uint8_t { members, any_valid_id };
enum class WhenUntrusted : std::uint8_t { admit, refuse };
enum class WhenLogFull : std::uint8_t { admit, refuse };
// When who may come in is let in: at once, or when it is stored that they asked, so that no power cut takes the
// evidence.
enum class Durability : std::uint8_t { after_release, before_release };
enum class WhenEvidenceLate : std::uint8_t { admit, refuse };

struct StationConfig {
    std::string id;
    minutes utc_offset{480};
    std::uint16_t capacity = 0;  // 0: no limit
    AdmissionPolicy policy = AdmissionPolicy::members;
    WhenUntrusted when_clock_untrusted = WhenUntrusted::admit;
    WhenLogFull when_log_full = WhenLogFull::admit;
    Durability durability = Durability::after_release;
    milliseconds evidence_within{1000};  // how long somebody waits for it
    WhenEvidenceLate when_evidence_late = WhenEvidenceLate::refuse;
    std::vector<WeekSpan> opening_hours;  // empty: always
    std::vector<Day> holidays;  // sorted
    std::vector<GroupConfig> groups;
    milliseconds empty_grace{std::chrono::minutes{2}};  // empty for so long: outlets go off (warned at its start)
    milliseconds proven_empty_after{std::chrono::minutes{15}};  // no presence, doors closed
    milliseconds resume_within{std::chrono::minutes{15}};  // outlets go on again after a gap this long; longer: off
    milliseconds stalled_log_after{10000};  // a record that waits longer raises the log alarm
    std::int64_t most_milliwatts = 0;  // of all outlets together; 0: no limit
    bool has_contactor = false;  // one that feeds all outlets, and opens where a relay is welded
    std::vector<DoorConfig> doors;
    std::vector<ReaderConfig> readers;
    std::vector<OutletConfig> outlets;
    std::vector<InputConfig> inputs;
};

}  // namespace yizhan
