#include "tests/simulator/options.h"

#include <fmt/format.h>

#include <algorithm>

#include "hal/check.h"
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
                                                                     "power-cut-at-sync",
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
                                                                     "rightless-command"};

void replace(std::string& text, std::string_view what, std::string_view by) {
    const auto at = text.find(what);
    YZ_CHECK(at != std::string::npos);
    text.replace(at, what.size(), by);
}

}  // namespace

std::string_view name_of(FaultKind kind) { return fault_names[static_cast<std::size_t>(kind)]; }

bool Options::quiet() const {
    return std::ranges::all_of(a_day, [](unsigned n) { return n == 0; });
}

Options options_of(std::uint64_t seed, double days) {
    simulated::Random dice(seed ^ 0x5ee7);
    Options options{.seed = seed, .days = days};
    options.people = static_cast<unsigned>(1 + dice.below(24));
    constexpr std::array pauses{milliseconds{30'000}, milliseconds{300'000}, milliseconds{3'600'000}};
    options.pause = pauses[dice.below(pauses.size())];
    options.orderly = dice.one_in(3);
    if (!dice.one_in(8)) {
        for (auto& rate : options.a_day) {
            constexpr std::array<unsigned, 4> rates{2, 10, 40, 200};
            if (dice.one_in(3)) rate = rates[dice.below(rates.size())];
        }
    }
    options.settings_text = testing::source_text("config/stations/demo.toml");
    std::string& text = options.settings_text;
    if (dice.one_in(3)) replace(text, "capacity = 20", dice.one_in(2) ? "capacity = 2" : "capacity = 0");
    if (dice.one_in(3)) replace(text, "policy = \"members\"", "policy = \"any-valid-id\"");
    if (options.a_day[static_cast<std::size_t>(FaultKind::clock_untrusted)] > 0 && dice.one_in(2)) {
        replace(text, "trusted = \"always\"", "trusted = \"synchronised\"");
    }
    if (dice.one_in(4)) replace(text, "[admission]", "[admission]\nwhen_log_full = \"refuse\"");
    // Drawn from dice of its own, so that seeds keep the world that they once had.
    simulated::Random more(seed ^ 0x0bad);
    if (more.one_in(4)) options.holds_door = 5;
    if (more.one_in(3)) {
        for (const auto* name : {"a1", "a2", "a3", "a4"}) {
            replace(text, fmt::format("name = \"{}\"\n", name),
                    fmt::format("name = \"{}\"\ntime_limit = \"3min\"\nwarn_before = \"1min\"\n", name));
        }
    }
    return options;
}

}  // namespace yizhan::simulator
