// What a simulated world is like, drawn from its seed: "swarm testing", where most runs have some faults and no run has
// all, so that one fault does not hide what another would show.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "drivers/simulated/random.h"
#include "hal/time.h"

namespace yizhan::simulator {

enum class FaultKind : std::uint8_t {
    reader_reply,  // one reply goes wrong: missing, late, cut, corrupt, with garbage, refused …
    reader_unplugged,
    reader_deaf,  // no antenna: every find says no card
    contact_cut,  // a wire breaks, and is mended
    edges_lost,
    relay_welded,
    meter_silent,
    disk_slow,
    disk_stalled,
    disk_full,
    disk_failing,
    power_cut,
    power_cut_at_io,  // with one of the next writes to the disk or to a line
    stationd_killed,
    stationd_restarted,
    uplink_killed,
    broker_away,
    broker_refuses,
    broker_stalled,
    broker_dns,
    broker_empty,  // restarts and has forgotten everything
    broker_acks,  // twice, and late ones
    line_cut,  // the connection breaks, and comes back
    clock_step,
    clock_drift,
    clock_untrusted,
    settings,  // reloaded, good and bad
    members,  // a new list, good and bad, told to the station or not
    tool_command,
    tool_stalls,  // a tool that connects and reads no longer
    centre_command,
    fire,
    tamper,  // and whatever else an input raises an alarm for
    reader_hung,  // says nothing until its port is reset
    output_writes_lost,  // reported as taken, as I2C expanders do
    broker_denies,  // takes no events for a while, or nobody listens to them
    rightless_command,  // by somebody of this machine who may only read
    clock_unset,  // the power goes, and afterwards the clock does not know the year until somebody tells it
    number_lines_noisy,  // pulses on the two lines of a Wiegand reader that are no card
    output_failing,  // a chip that refuses its lock or outlet
    chip_unplugged,  // a board with lines of the station is pulled out and put back
    break_in,  // somebody forces a door
    button_mashed,  // somebody presses the exit button over and over
    socket_hot,
    thermometers_silent,
    collector_away,  // and perhaps back with the database of a while ago
    broker_slow,  // a thin or a long line
    meter_garbled,
    log_damaged,  // pages of its file are something else, at rest or in use
};
inline constexpr std::size_t fault_kind_count = static_cast<std::size_t>(FaultKind::log_damaged) + 1;
std::string_view name_of(FaultKind kind);

struct Options {
    std::uint64_t seed = 0;
    double days = 1;
    unsigned people = 8;
    milliseconds pause{0};  // between two visits of a person, at most; about half of it on average
    bool orderly = false;  // nobody tailgates, comes in pairs, leaves by button or handle, or forces the door
    bool polite = false;  // mostly they wait until the door is free, so that the count stays certain
    bool sit_still = false;  // the sensors see nobody for most of the time
    // Some come along behind others, on one card or on an opening that is somebody else's: nobody can count them.
    bool tailgates = false;
    bool slips_out = false;  // some leave while the door is open for others
    bool forgetful = false;  // cards are left on the reader
    unsigned leaves_card = 5;  // one of so many, where they are forgetful
    milliseconds leaves_for{120'000};  // at most
    bool heads_are_counted = false;  // every few minutes, and the station is told how many are inside
    bool broker_loses = false;  // batches that it has taken, as a full queue does, and acknowledgements
    std::uint64_t reader_flickers = 0;  // one find of so many overlooks the card
    bool reader_latches = true;  // a card that was read is not found again until it was lifted
    unsigned hesitates = 20;  // one of so many takes the time until the door is locked again, or nearly
    unsigned odd_ways = 8;  // one of so many leaves by something else than a card
    unsigned holds_door = 100;  // one of so many keeps the door open behind them
    minutes begins{0};  // of the week, after Monday 08:00
    std::array<unsigned, fault_kind_count> a_day{};  // how often, about; 0: not in this world
    std::string settings_text;

    bool has(FaultKind kind) const { return a_day[static_cast<std::size_t>(kind)] > 0; }
    bool quiet() const;  // no fault at all
};

// `busy`: as many people as get through the doors, in every world.
Options options_of(std::uint64_t seed, double days, bool busy);

}  // namespace yizhan::simulator
