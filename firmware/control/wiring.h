// What is connected to the station, as its wires and readers show it this moment. For first aid.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hal/card_reader.h"
#include "hal/credential.h"
#include "hal/outcome.h"
#include "hal/time.h"

namespace yizhan {

enum class WireRole : std::uint8_t {
    lock,
    contact,
    exit_button,
    relay,
    contactor,
    lamp,
    green,
    red,
    buzzer,
    d0,
    d1,
    fire,
    tamper,
    presence,
    help,
    smoke,
    water_leak,
    mains_lost,
    battery_low,
    too_hot,
    too_cold,
};
inline constexpr std::size_t wire_role_count = static_cast<std::size_t>(WireRole::too_cold) + 1;

// Counts since the start.
struct Wire {
    std::string line;  // "board:D1", as in the settings
    WireRole role = WireRole::contact;
    std::string of;  // door, reader, outlet or input it belongs to
    bool active_high = true;  // level that means released, open, pressed, on, lit … ; a bit on D0 and D1
    std::optional<bool> high;  // electrical; none: nobody knows
    std::string problem;  // why it cannot be read, or did not take its level
    std::uint64_t edges = 0;
    std::uint64_t per_minute = 0;  // edges of an input in the busier one of the last two minutes
    std::optional<Mono> last_edge;  // of an input
    std::uint64_t errors = 0;  // output: levels not taken; input: edges the kernel dropped
};

bool is_output(WireRole role);
std::optional<bool> is_active(const Wire& wire);

// What came of the newest card, without anything that tells whose it was.
struct LastCard {
    Mono at;
    CredentialKind kind = CredentialKind::text;
    Outcome refused = Outcome::none;  // none: it was read
};

enum class ReaderKind : std::uint8_t { id_card, wiegand, contactless, keyboard };

struct WiredReader {
    std::string name;
    ReaderKind kind = ReaderKind::id_card;
    std::string port;  // as in the settings; of a Wiegand reader its two lines
    ReaderStatus status;
    std::optional<LastCard> last_card;
};

struct Wiring {
    std::vector<Wire> wires;
    std::vector<WiredReader> readers;
};

// The wire of that role that belongs to it; null: there is none.
const Wire* wire_of(const Wiring& wiring, std::string_view of, WireRole role);

}  // namespace yizhan
