#include "firmware/control/wiring.h"

#include <algorithm>

namespace yizhan {

bool is_output(WireRole role) {
    switch (role) {
        case WireRole::lock:
        case WireRole::relay:
        case WireRole::contactor:
        case WireRole::lamp:
        case WireRole::green:
        case WireRole::red:
        case WireRole::buzzer:
            return true;
        case WireRole::contact:
        case WireRole::exit_button:
        case WireRole::d0:
        case WireRole::d1:
        case WireRole::fire:
        case WireRole::tamper:
        case WireRole::presence:
        case WireRole::help:
        case WireRole::smoke:
        case WireRole::water_leak:
        case WireRole::mains_lost:
        case WireRole::battery_low:
        case WireRole::too_hot:
        case WireRole::too_cold:
            return false;
    }
    return false;
}

std::optional<bool> is_active(const Wire& wire) {
    if (!wire.high) return std::nullopt;
    return *wire.high == wire.active_high;
}

const Wire* wire_of(const Wiring& wiring, std::string_view of, WireRole role) {
    const auto found =
        std::ranges::find_if(wiring.wires, [&](const Wire& wire) { return wire.of == of && wire.role == role; });
    return found == wiring.wires.end() ? nullptr : &*found;
}

}  // namespace yizhan
