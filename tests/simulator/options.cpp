#include "tests/simulator/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <regex>

#include "hal/check.h"
#include "tests/simulator/desk.h"
#include "tests/simulator/simulated_station.h"

namespace yizhan::simulator {
namespace {

constexpr std::array<std::string_view, fault_kind_count> fault_names{"reader-reply",
                                                                     "reader-unplugged",
                                                                     "reader-deaf",
                                                                     "contact-cut",
                                                                     "edges-lost",
                                                                     "relay-welded",
                                                                     "meter-silent",
                                                                     "disk-slow",
                                                                     "disk-stalled",
                                                                     "disk-full",
                                                                     "disk-failing",
                                                                     "power-cut",
                                                                     "power-cut-at-io",
                                                                     "stationd-killed",
                                                                     "stationd-restarted",
                                                                     "uplink-killed",
                                                                     "broker-away",
                                                                     "broker-refuses",
                                                                     "broker-stalled",
                                                                     "broker-dns",
                                                                     "broker-empty",
                                                                     "broker-acks",
                                                                     "line-cut",
                                                                     "clock-step",
                                                                     "clock-drift",
                                                                     "clock-untrusted",
                                                                     "settings",
                                                                     "members",
                                                                     "tool-command",
                                                                     "tool-stalls",
                                                                     "centre-command",
                                                                     "fire",
                                                                     "tamper",
                                                                     "reader-hung",
                                                                     "output-writes-lost",
                                                                     "broker-denies",
                                                                     "rightless-command",
                                                                     "clock-unset",
                                                                     "number-lines-noisy",
                                                                     "output-failing",
                                                                     "chip-unplugged",
                                                                     "break-in",
                                                                     "button-mashed",
                                                                     "socket-hot",
                                                                     "thermometers-silent",
                                                                     "collector-away",
                                                                     "broker-slow",
                                                                     "meter-garbled",
                                                                     "log-damaged"};

// The stations that are shipped as examples, and one with every reader there is.
struct SiteFile {
    std::string_view path;
    bool lists_members;
    bool reads_both_ways;  // whoever comes in by a card can leave by it
};
constexpr std::array<SiteFile, 5> sites{{
    {"config/stations/demo.toml", true, true},
    {"config/stations/two-doors.toml", true, true},
    {"config/stations/wiegand-only.toml", true, true},
    {"config/stations/one-door.toml", false, false},
    {"tests/simulator/sites/every-reader.toml", true, true},
}};

const SiteFile& site_of(simulated::Random& dice) {
    // Most worlds are of the two stations that have something of everything.
    return dice.one_in(2) ? sites[dice.one_in(2) ? 0 : sites.size() - 1] : sites[dice.below(sites.size())];
}

// In the first section of that name, replaced where it is set.
void set(std::string& text, const std::string& section, const std::string& key, const std::string& value) {
    const std::regex line("(^|\n)" + key + " = [^\n]*");
    const auto begin = text.find("[" + section + "]\n");
    if (begin == std::string::npos) {
        text += fmt::format("\n[{}]\n{} = {}\n", section, key, value);
        return;
    }
    const auto end = std::min(text.find("\n[", begin + 1), text.size());
    const auto body = begin + section.size() + 2;
    const std::string inside = std::regex_replace(text.substr(body, end - body), line, "");
    text.replace(body, end - body, fmt::format("\n{} = {}{}", key, value, inside));
}

// Nothing sees then who is inside.
void remove_presence_sensors(std::string& text) {
    text = std::regex_replace(
        text, std::regex("\\[\\[input\\]\\]\nname = [^\n]*\nkind = \"presence\"\n([^\\[\n][^\n]*\n)*"), "");
}

// In every section of that name.
void set_all(std::string& text, const std::string& section, const std::string& key, const std::string& value) {
    text = std::regex_replace(text, std::regex("\n" + key + " = [^\n]*"), "");
    text = std::regex_replace(text, std::regex("\\[\\[" + section + "\\]\\]\n"),
                              fmt::format("[[{}]]\n{} = {}\n", section, key, value));
}

}  // namespace

std::string_view name_of(FaultKind kind) { return fault_names[static_cast<std::size_t>(kind)]; }

bool Options::quiet() const {
    return std::ranges::all_of(a_day, [](unsigned n) { return n == 0; });
}

Options options_of(std::uint64_t seed, double days, bool busy) {
    simulated::Random dice(seed ^ 0x5ee7);
    const SiteFile& site = site_of(dice);
    Options options{.seed = seed, .days = days};
    // Of a handful the station is often certain, and as often nobody is in, or one.
    options.people = static_cast<unsigned>(1 + dice.below(dice.one_in(4) ? 60 : dice.one_in(3) ? 3 : 24));
    constexpr std::array pauses{milliseconds{5'000}, milliseconds{10'000}, milliseconds{20'000}, milliseconds{60'000},
                                milliseconds{1'800'000}};
    options.pause = pauses[dice.below(pauses.size())];
    if (busy) {
        options.leaves_for = seconds{20};
        options.people = static_cast<unsigned>(30 + dice.below(30));
        options.pause = pauses[0];
    }
    options.orderly = site.reads_both_ways && dice.one_in(3);
    options.polite = !options.orderly && dice.one_in(3);
    if (dice.one_in(4)) options.holds_door = 5;
    if (dice.one_in(2)) options.odd_ways = 100;
    if (dice.one_in(3)) options.hesitates = 3;
    options.sit_still = dice.one_in(3);
    options.tailgates = !options.orderly && dice.one_in(2);
    options.slips_out = !options.orderly && dice.one_in(2);
    options.forgetful = !options.orderly && dice.one_in(2);
    options.heads_are_counted = !options.orderly && !dice.one_in(3);
    options.reader_latches = !dice.one_in(3);
    options.reader_flickers = dice.one_in(3) ? 4 : 0;
    // Mostly by day, so that there is somebody who may come.
    options.begins = minutes{dice.one_in(2) ? dice.below(600) : dice.below(7 * 24 * 60)};
    if (!dice.one_in(8)) {
        for (auto& rate : options.a_day) {
            constexpr std::array<unsigned, 4> rates{4, 20, 100, 500};
            if (dice.one_in(busy ? 2 : 3)) rate = rates[dice.below(rates.size())];
        }
    }

    const auto a_day = [&](FaultKind kind) -> unsigned& { return options.a_day[static_cast<std::size_t>(kind)]; };
    const auto without = [&](std::initializer_list<FaultKind> kinds) {
        for (const FaultKind kind : kinds) a_day(kind) = 0;
    };

    // What lasts and keeps a crowd out all day leaves little to see.
    const unsigned refuses = busy ? 12 : 4;
    constexpr unsigned seldom = 30;
    if (busy) {
        for (const FaultKind kind : {FaultKind::clock_unset, FaultKind::clock_untrusted, FaultKind::disk_stalled,
                                     FaultKind::disk_full, FaultKind::disk_failing, FaultKind::button_mashed,
                                     FaultKind::chip_unplugged, FaultKind::reader_unplugged}) {
            a_day(kind) = std::min(a_day(kind), seldom);
        }
    }

    // Some are about those who are late, and pass on what was released for others: nothing else makes the count an
    // estimate for long.
    if (!options.orderly && dice.one_in(3)) {
        options.polite = true;
        options.heads_are_counted = true;
        options.tailgates = false;
        options.hesitates = 2;
        options.odd_ways = dice.one_in(2) ? 30 : 300;
        options.holds_door = 1000;
        without({FaultKind::contact_cut, FaultKind::edges_lost, FaultKind::chip_unplugged, FaultKind::break_in,
                 FaultKind::button_mashed});
    }

    // Some are about a station that stops and starts while a handful come and go, past a door that stands open.
    if (!options.orderly && !busy && dice.one_in(6)) {
        options.people = static_cast<unsigned>(1 + dice.below(4));
        options.pause = pauses[2];
        options.heads_are_counted = true;
        options.tailgates = false;
        options.holds_door = 3;
        without({FaultKind::contact_cut, FaultKind::power_cut, FaultKind::power_cut_at_io, FaultKind::stationd_killed});
        a_day(FaultKind::stationd_restarted) = 500;
    }

    // Some are about readers that answer wrong while a card lies there that was read long ago.
    if (!options.orderly && dice.one_in(4)) {
        options.forgetful = true;
        options.leaves_card = 2;
        options.reader_flickers = 4;
        a_day(FaultKind::reader_reply) = 2000;
    }

    // Some are about a log without room: it takes an hour to fill, and nothing must end the program meanwhile.
    if (!options.orderly && dice.one_in(10)) {
        without({FaultKind::power_cut, FaultKind::power_cut_at_io, FaultKind::clock_unset, FaultKind::stationd_killed,
                 FaultKind::stationd_restarted, FaultKind::chip_unplugged, FaultKind::log_damaged});
        a_day(FaultKind::disk_stalled) = 100;
        a_day(FaultKind::button_mashed) = 500;
    }

    // Some are about a centre that commands a lot, at a station whose clock says when.
    if (!options.orderly && dice.one_in(6)) {
        without({FaultKind::clock_step, FaultKind::clock_drift, FaultKind::clock_untrusted, FaultKind::clock_unset});
        a_day(FaultKind::centre_command) = 1500;
    }

    options.settings_text = testing::source_text(std::string(site.path));
    std::string& text = options.settings_text;
    if (dice.one_in(3)) set(text, "station", "capacity", dice.one_in(2) ? "2" : "0");
    if (site.lists_members && dice.one_in(3)) set(text, "admission", "policy", "\"any-valid-id\"");
    if (dice.one_in(4)) remove_presence_sensors(text);
    const bool looks_at_trust = options.has(FaultKind::clock_untrusted) || options.has(FaultKind::clock_unset);
    set(text, "clock", "trusted", looks_at_trust && dice.one_in(2) ? "\"synchronised\"" : "\"always\"");
    if (dice.one_in(refuses)) set(text, "admission", "when_log_full", "\"refuse\"");
    if (dice.one_in(4)) {
        set(text, "admission", "durability", "\"before-release\"");
        if (dice.one_in(2)) set(text, "admission", "when_evidence_late", "\"admit\"");
    }
    set(text, "commands", "root_keys", fmt::format("[\"{}\"]", Desk::root_key()));
    set(text, "commands", "signers_file", "\"signers.json\"");
    if (dice.one_in(4)) set(text, "log", "without_disk", "\"stop\"");
    if (dice.one_in(refuses)) set(text, "admission", "when_clock_untrusted", "\"refuse\"");
    if (dice.one_in(3)) {
        set_all(text, "outlet", "time_limit", "\"3min\"");
        set_all(text, "outlet", "warn_before", "\"1min\"");
    }
    // Hardly any outage here is as long as what stations mostly allow.
    if (dice.one_in(2)) set(text, "occupancy", "resume_within", "\"1min\"");
    // Some have not enough for an e-bike and a heater.
    if (dice.one_in(2)) set(text, "charging", "max_power_w", fmt::format("{}", 1000 + dice.below(600)));
    if (text.find("[uplink]\n") != std::string::npos && dice.one_in(2)) {
        set(text, "uplink", "delivery", "\"collector\"");
        options.broker_loses = dice.one_in(2) && !options.quiet();
    }
    if (text.find("[uplink]\n") != std::string::npos && dice.one_in(3)) {
        set(text, "uplink", "second_host", "\"mqtt2.example.org\"");
    }
    for (const auto* group :
         {"[[group]]\nname = \"day\"\nhours = [\"Mon-Sun 06:00-22:00\"]\n", "[[group]]\nname = \"always\"\n"}) {
        const std::string_view name = std::string_view(group).substr(0, std::string_view(group).find('\n', 10));
        if (text.find(name) == std::string::npos) text += fmt::format("\n{}", group);
    }
    // As small as it may be: a busy hour fills it.
    if (dice.one_in(3)) {
        set(text, "log", "most_records", "2000");
        set(text, "log", "identifiable_days", "1");
    }
    return options;
}

}  // namespace yizhan::simulator
