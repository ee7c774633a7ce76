#include "firmware/control/wiring_verdicts.h"

#include <fmt/format.h>

namespace yizhan {
namespace {

WiringVerdict sure(std::string what, std::string cure) {
    return {.said = {.what = std::move(what), .cure = std::move(cure)}, .sure = true};
}

WiringVerdict perhaps(std::string what, std::string cure) {
    return {.said = {.what = std::move(what), .cure = std::move(cure)}, .sure = false};
}

bool is_data_line(WireRole role) { return role == WireRole::d0 || role == WireRole::d1; }

std::string_view colour(WireRole data_line) { return data_line == WireRole::d0 ? "green" : "white"; }
std::string_view name(WireRole data_line) { return data_line == WireRole::d0 ? "D0" : "D1"; }

bool at_rest(const Wire& wire, Now now) { return !wire.last_edge || now.mono - *wire.last_edge >= at_rest_after; }

WiringVerdict output_verdict(const Wire& wire) {
    if (!wire.problem.empty()) {
        return sure("does not take its level: " + wire.problem,
                    "see that the board is fitted and no other program holds it: gpioinfo");
    }
    if (wire.errors > 0) {
        return perhaps(fmt::format("did not take its level {} times", wire.errors),
                       "it does now; watch it: journalctl -k, the board's supply");
    }
    return {};
}

WiringVerdict data_line_verdict(const Wiring& wiring, const Wire& wire, Now now) {
    const Wire* other = wire_of(wiring, wire.of, wire.role == WireRole::d0 ? WireRole::d1 : WireRole::d0);
    if (wire.high == false && at_rest(wire, now)) {
        return sure(fmt::format("{} is low at rest", name(wire.role)),
                    fmt::format("check the reader's power, its ground and the {} wire", colour(wire.role)));
    }
    if (wire.edges == 0 && other != nullptr && other->edges >= edges_of_a_lone_wire) {
        return sure(fmt::format("{} never moves", name(wire.role)),
                    fmt::format("check the {} wire", colour(wire.role)));
    }
    return {};
}

WiringVerdict contact_verdict(const Wiring& wiring, const Wire& wire) {
    const Wire* lock = wire_of(wiring, wire.of, WireRole::lock);
    // There and back.
    if (lock != nullptr && lock->edges >= 2 * releases_to_doubt) {
        return sure(fmt::format("never moved although the lock was released {} times", lock->edges / 2),
                    "open the door and watch it: stationctl bringup " + wire.of +
                        "; then check the magnet's distance and both wires");
    }
    return perhaps("has not moved since the start", "open and close the door and look again");
}

WiringVerdict input_verdict(const Wiring& wiring, const Wire& wire, Now now) {
    if (!wire.problem.empty()) {
        return sure("its level cannot be read: " + wire.problem,
                    "see that the board is fitted and no other program holds it: gpioinfo");
    }
    if (is_data_line(wire.role)) return data_line_verdict(wiring, wire, now);
    if (wire.per_minute >= loose_per_minute) {
        return sure(fmt::format("moves {} times a minute: a loose wire", wire.per_minute),
                    "tighten its terminals at both ends, then check the cable's screen and the pull-up (bias)");
    }
    if (wire.errors > 0) {
        return perhaps(fmt::format("the kernel dropped edges {} times: it moved faster than anybody can", wire.errors),
                       "tighten its terminals, check the cable's screen");
    }
    if (wire.role == WireRole::exit_button && is_active(wire) == true && at_rest(wire, now)) {
        return perhaps("says that it is pressed", "let go of it; if nobody presses it, check for a short and `active`");
    }
    if (wire.edges > 0) return {};
    if (wire.role == WireRole::contact) return contact_verdict(wiring, wire);
    if (wire.role == WireRole::exit_button) {
        return perhaps("has not moved since the start", "press it and look again");
    }
    return {};
}

WiringVerdict wiegand_verdict(const Wiring& wiring, const WiredReader& reader, Now now) {
    const Wire* d0 = wire_of(wiring, reader.name, WireRole::d0);
    const Wire* d1 = wire_of(wiring, reader.name, WireRole::d1);
    if (d0 == nullptr || d1 == nullptr) return {};
    for (const Wire* wire : {d0, d1}) {
        if (const auto found = input_verdict(wiring, *wire, now); !found.said.well()) return found;
    }
    // What the driver says has the cure in it.
    if (!reader.status.verdict.empty()) return sure(reader.status.verdict, "");
    if (d0->edges == 0 && d1->edges == 0) {
        return perhaps(
            "neither D0 nor D1 has moved since the start",
            "hold a card before it: if it stays silent, check its supply (red and black); if it beeps, check the "
            "green and the white wire and a common ground");
    }
    return {};
}

std::string plug_cure(const WiredReader& reader) {
    switch (reader.kind) {
        case ReaderKind::id_card:
            if (reader.port.starts_with("serial:")) {
                return "see that the device is there (ls -l " + reader.port.substr(7) + ") and the reader has power";
            }
            return "plug it into " + reader.port + "; what is plugged in where: lsusb -t";
        case ReaderKind::contactless:
            return "check plug and pcscd: systemctl status pcscd, pcsc_scan -r";
        case ReaderKind::keyboard:
            return "check plug and name: ls -l /dev/input/by-id";
        case ReaderKind::wiegand:
            break;
    }
    return "check its cable and supply";
}

WiringVerdict offline_verdict(const WiredReader& reader) {
    const auto& status = reader.status;
    const bool serial = reader.port.starts_with("serial:");
    if (status.identity.empty() && !serial) {
        return sure(status.verdict.empty() ? "nothing is plugged in" : status.verdict, plug_cure(reader));
    }
    if (status.serial.empty() && status.cards == 0) {
        if (serial) {
            return sure("has never answered: " + status.verdict,
                        "check that the device is there, TX and RX are crossed, the ground is common and the reader "
                        "speaks 115200 8N1");
        }
        return sure("is plugged in (" + status.identity + ") and has never answered",
                    "unplug it, count to five, plug it in again; then try another cable, then another reader");
    }
    return sure("answered before and does not any more: " + status.verdict,
                "unplug it, count to five, plug it in again; check its supply");
}

}  // namespace

WiringVerdict wire_verdict(const Wiring& wiring, std::size_t wire, Now now) {
    const Wire& it = wiring.wires[wire];
    return is_output(it.role) ? output_verdict(it) : input_verdict(wiring, it, now);
}

WiringVerdict wired_reader_verdict(const Wiring& wiring, std::size_t reader, Now now) {
    const WiredReader& it = wiring.readers[reader];
    const ReaderStatus& status = it.status;
    if (it.kind == ReaderKind::wiegand) return wiegand_verdict(wiring, it, now);
    switch (status.health) {
        case ReaderHealth::offline:
            return offline_verdict(it);
        case ReaderHealth::starting:
            return perhaps("is starting", "wait ten seconds and look again");
        case ReaderHealth::failed:
            return sure(status.verdict.empty() ? "says that it cannot work" : status.verdict,
                        "switch its supply off and on; if that does not help, replace it");
        case ReaderHealth::degraded:
            return sure(status.verdict.empty() ? "keeps failing to read" : status.verdict,
                        "clean it, keep metal away from it, try a card that is known to work");
        case ReaderHealth::online:
            break;
    }
    if (!status.verdict.empty()) return sure(status.verdict, "");
    if (status.cards == 0 && status.refused > 0) {
        return sure(fmt::format("saw {} cards and could read none", status.refused),
                    "try a card that is known to work, flat and still for a second; keep metal away from the reader");
    }
    if (status.cards == 0) return perhaps("has read no card since the start", "hold a card before it");
    return {};
}

}  // namespace yizhan
