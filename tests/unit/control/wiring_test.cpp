#include <gtest/gtest.h>

#include <string>

#include "firmware/control/documents.h"
#include "firmware/control/wiring_verdicts.h"
#include "tests/unit/control/bench.h"

namespace yizhan::test {
namespace {

constexpr Now now{.mono = Mono(hours{1}), .wall = Wall{}, .wall_trusted = true};

Wire input(WireRole role, std::uint64_t edges) {
    Wire wire{.line = "board:" + std::to_string(static_cast<int>(role)), .role = role, .of = "front", .problem = {}};
    wire.active_high = role != WireRole::d0 && role != WireRole::d1;
    wire.high = !wire.active_high;
    wire.edges = edges;
    if (edges > 0) wire.last_edge = now.mono - minutes{1};
    return wire;
}

WiredReader reader(ReaderKind kind, ReaderHealth health, const std::string& port = "usb:1-1") {
    WiredReader one{.name = "front", .kind = kind, .port = port, .status = {}, .last_card = {}};
    one.status.health = health;
    return one;
}

WiringVerdict of_wire(const Wire& wire, const Wire& beside) { return wire_verdict({{wire, beside}, {}}, 0, now); }
WiringVerdict of_reader(const WiredReader& one, std::vector<Wire> wires = {}) {
    return wired_reader_verdict({std::move(wires), {one}}, 0, now);
}

struct Case {
    const char* name;
    WiringVerdict verdict;
    const char* what;  // empty: all is well
    const char* cure;
    bool sure = true;
};

void check(const std::vector<Case>& cases) {
    for (const Case& one : cases) {
        SCOPED_TRACE(one.name);
        const auto& said = one.verdict.said;
        EXPECT_EQ(said.well(), std::string(one.what).empty()) << said.what;
        EXPECT_NE(said.what.find(one.what), std::string::npos) << said.what;
        EXPECT_NE(said.cure.find(one.cure), std::string::npos) << said.cure;
        if (!said.well()) {
            EXPECT_EQ(one.verdict.sure, one.sure);
        }
    }
}

TEST(WireVerdict, NamesTheWireAndTheCure) {
    const Wire moves = input(WireRole::d0, 500);
    const Wire d0_still = input(WireRole::d0, 0);
    const Wire d1_still = input(WireRole::d1, 0);
    const Wire d1_moves = input(WireRole::d1, 500);
    Wire d1_low = d1_moves;
    d1_low.high = false;
    Wire d1_reading = d1_low;
    d1_reading.last_edge = now.mono;
    Wire loose = input(WireRole::contact, 900);
    loose.per_minute = 400;
    Wire busy = input(WireRole::contact, 900);
    busy.per_minute = 30;
    Wire unreadable = input(WireRole::fire, 0);
    unreadable.high = std::nullopt;
    unreadable.problem = "no such device";
    Wire lock = input(WireRole::lock, 40);
    Wire lock_fresh = input(WireRole::lock, 2);
    Wire lock_stuck = lock;
    lock_stuck.problem = "input/output error";
    lock_stuck.errors = 3;
    Wire pressed = input(WireRole::exit_button, 4);
    pressed.high = true;
    check({
        {"white wire", of_wire(d1_still, moves), "D1 never moves", "check the white wire"},
        {"green wire", of_wire(d0_still, d1_moves), "D0 never moves", "check the green wire"},
        {"nothing read yet", of_wire(d1_still, input(WireRole::d0, 13)), "", ""},
        {"both move", of_wire(d1_moves, moves), "", ""},
        {"low at rest", of_wire(d1_low, moves), "D1 is low at rest", "white wire"},
        {"low while a card is read", of_wire(d1_reading, moves), "", ""},
        {"loose", of_wire(loose, lock), "moves 400 times a minute", "terminals"},
        {"a busy door", of_wire(busy, lock), "", ""},
        {"unreadable", of_wire(unreadable, lock), "cannot be read: no such device", "gpioinfo"},
        {"never moved", of_wire(input(WireRole::contact, 0), lock_fresh), "has not moved", "open and close", false},
        {"never moved though released", of_wire(input(WireRole::contact, 0), lock), "released 20 times",
         "bringup front"},
        {"button never pressed", of_wire(input(WireRole::exit_button, 0), lock), "has not moved", "press it", false},
        {"button stuck", of_wire(pressed, lock), "says that it is pressed", "short", false},
        {"fire never was", of_wire(input(WireRole::fire, 0), lock), "", ""},
        {"lock does not follow", of_wire(lock_stuck, lock), "does not take its level", "board"},
        {"lock follows", of_wire(lock, lock), "", ""},
    });
}

TEST(ReaderVerdict, TellsAMissingReaderFromADumbOneAndFromOneThatReadsBadly) {
    auto plugged = reader(ReaderKind::id_card, ReaderHealth::offline);
    plugged.status.identity = "0400:c35a";
    plugged.status.verdict = "no reply for 12 s: check the cable";
    auto answered = plugged;
    answered.status.serial = "05.03";
    auto serial = plugged;
    serial.port = "serial:/dev/ttyS1";
    serial.status.identity.clear();
    auto blind = reader(ReaderKind::id_card, ReaderHealth::online);
    blind.status.refused = 7;
    auto good = reader(ReaderKind::id_card, ReaderHealth::online);
    good.status.cards = 1;
    good.status.refused = 1;
    auto complains = reader(ReaderKind::wiegand, ReaderHealth::online);
    complains.status.verdict = "D0 and D1 are exchanged: exchange the green and the white wire";
    const std::vector<Wire> moving{input(WireRole::d0, 90), input(WireRole::d1, 90)};
    const std::vector<Wire> still{input(WireRole::d0, 0), input(WireRole::d1, 0)};
    const std::vector<Wire> half{input(WireRole::d0, 90), input(WireRole::d1, 0)};
    check({
        {"nothing there", of_reader(reader(ReaderKind::id_card, ReaderHealth::offline)), "nothing is plugged in",
         "lsusb"},
        {"plugged in, dumb", of_reader(plugged), "0400:c35a) and has never answered", "unplug it"},
        {"fell silent", of_reader(answered), "answered before", "unplug it"},
        {"serial, dumb", of_reader(serial), "has never answered", "TX and RX"},
        {"reads none", of_reader(blind), "saw 7 cards and could read none", "flat and still"},
        {"reads", of_reader(good), "", ""},
        {"no card yet", of_reader(reader(ReaderKind::id_card, ReaderHealth::online)), "has read no card", "hold a card",
         false},
        {"pcscd", of_reader(reader(ReaderKind::contactless, ReaderHealth::offline)), "plugged in", "pcscd"},
        {"keyboard", of_reader(reader(ReaderKind::keyboard, ReaderHealth::offline)), "plugged in", "by-id"},
        {"replace", of_reader(reader(ReaderKind::id_card, ReaderHealth::failed)), "cannot work", "replace"},
        {"wires exchanged", of_reader(complains, moving), "exchanged", ""},
        {"both wires still", of_reader(reader(ReaderKind::wiegand, ReaderHealth::online), still), "neither D0 nor D1",
         "supply", false},
        {"white wire", of_reader(reader(ReaderKind::wiegand, ReaderHealth::online), half), "D1 never moves",
         "white wire"},
    });
}

TEST(WiringDocument, SaysWhatALevelMeansAndForgetsWhatACardWas) {
    Wiring wiring{{input(WireRole::contact, 3)}, {reader(ReaderKind::id_card, ReaderHealth::online)}};
    wiring.wires[0].high = true;
    wiring.readers[0].status.faults = {{"parity", 2}};
    wiring.readers[0].last_card = LastCard{.at = now.mono - seconds{2}, .kind = CredentialKind::hmt_permit};
    auto document = wiring_document(wiring, now);
    EXPECT_EQ(document["lines"][0]["means"], "open");
    EXPECT_EQ(document["lines"][0]["last_edge_ms"], 60'000);
    EXPECT_EQ(document["readers"][0]["faults"]["parity"], 2);
    EXPECT_EQ(document["readers"][0]["last_card"], (json{{"ms_ago", 2000}, {"kind", "hmt-permit"}}));
    wiring.readers[0].last_card = LastCard{.at = now.mono - seconds{2}, .refused = Outcome::unreadable};
    document = wiring_document(wiring, now);
    EXPECT_EQ(document["readers"][0]["last_card"]["refused"], "unreadable");
    wiring.readers[0].last_card->at = now.mono - minutes{5};
    EXPECT_FALSE(wiring_document(wiring, now)["readers"][0].contains("last_card"));
}

TEST(WiringVerb, IsForWhoeverMayRead) {
    World world;
    world.station.wires.wires.push_back(input(WireRole::contact, 3));
    Client looks(world, onlooker());
    EXPECT_EQ(looks.ask({{"do", "wiring"}})["wiring"]["lines"][0]["role"], "contact");
    Client has_none(world, stranger());
    EXPECT_EQ(error_code(has_none.ask({{"do", "wiring"}})), "not-permitted");
}

}  // namespace
}  // namespace yizhan::test
