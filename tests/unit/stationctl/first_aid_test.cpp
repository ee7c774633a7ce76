// gpio, reader test and bringup, with somebody who does at the wires what the program asks for.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "tests/unit/stationctl/running_station.h"

namespace yizhan::test {
namespace {

std::size_t times(const std::string& text, const std::string& what) {
    std::size_t count = 0;
    for (auto from = text.find(what); from != std::string::npos; from = text.find(what, from + 1)) ++count;
    return count;
}

Wire wire(const char* line, WireRole role, const char* of) {
    return {.line = line, .role = role, .of = of, .active_high = true, .high = false, .problem = {}};
}

// As the server's loop tells it.
Mono this_moment() { return Mono(std::chrono::steady_clock::now().time_since_epoch()); }

// A door with everything, an outlet and a reader. Locks and relays do as they are told.
class Plant {
 public:
    Plant() {
        station_.with([](FakeStation& its) {
            its.wires.wires = {
                wire("board:LOCK", WireRole::lock, "front"), wire("board:CONTACT", WireRole::contact, "front"),
                wire("board:EXIT", WireRole::exit_button, "front"), wire("board:PLUG", WireRole::relay, "a")};
            its.wires.readers = {
                {.name = "front-in", .kind = ReaderKind::id_card, .port = "usb:1-1", .status = {}, .last_card = {}}};
            its.wires.readers[0].status.health = ReaderHealth::online;
            its.on_command = [&its](const Command& command) { obey(its, command); };
        });
    }

    RunningStation& station() { return station_; }
    std::string report() const { return folder_.file("report"); }
    std::string reported() const { return TemporaryFolder::read(report()); }
    std::vector<std::string> bringup(std::vector<std::string> more = {}) {
        more.insert(more.begin(), {"bringup", "--report", report()});
        return at(station_, std::move(more));
    }

    void set(WireRole role, bool active) {
        station_.with([role, active](FakeStation& its) { move(its, role, active); });
    }
    void present(Outcome refused = Outcome::none) {
        station_.with([refused](FakeStation& its) {
            auto& reader = its.wires.readers[0];
            ++(refused == Outcome::none ? reader.status.cards : reader.status.refused);
            reader.last_card = LastCard{.at = this_moment(), .kind = CredentialKind::resident_id, .refused = refused};
        });
    }
    // Waits until the program has said so often what is to be done.
    static void asked(const Program& program, const std::string& what, std::size_t often = 1) {
        while (times(program.said(), what) < often) ::usleep(2000);
    }
    void set_mode(Mode mode) {
        station_.with([mode](FakeStation& its) { become(its, mode); });
    }
    std::vector<Mode> modes() {
        std::vector<Mode> all;
        station_.with([&](FakeStation& its) {
            for (const auto& command : its.commands) {
                if (const auto* mode = std::get_if<SetMode>(&command.what)) all.push_back(mode->mode);
            }
        });
        return all;
    }

 private:
    static void move(FakeStation& its, WireRole role, bool active) {
        auto found = std::ranges::find(its.wires.wires, role, &Wire::role);
        found->high = active;
        ++found->edges;
    }
    static void become(FakeStation& its, Mode mode) {
        State state = its.state;
        state.mode = mode;
        its.become(state);
    }
    static void obey(FakeStation& its, const Command& command) {
        if (const auto* mode = std::get_if<SetMode>(&command.what)) become(its, mode->mode);
        if (std::holds_alternative<UnlockDoor>(command.what)) move(its, WireRole::lock, true);
        if (const auto* outlet = std::get_if<SwitchOutlet>(&command.what)) move(its, WireRole::relay, *outlet->on);
    }

    RunningStation station_;
    TemporaryFolder folder_;
};

TEST(Bringup, WalksThroughADoorAndLeavesServiceMode) {
    Plant plant;
    Program program(plant.bringup({"front"}), false, "\ny\n\n\n");
    Plant::asked(program, "Did it release");
    EXPECT_EQ(plant.modes(), std::vector{Mode::service});
    plant.set(WireRole::lock, false);
    Plant::asked(program, "Open the door.");
    plant.set(WireRole::contact, true);
    Plant::asked(program, "Close the door.", 2);
    plant.set(WireRole::contact, false);
    Plant::asked(program, "Press the button.");
    plant.set(WireRole::exit_button, true);  // shorter than anybody looks
    plant.set(WireRole::exit_button, false);
    const auto ran = program.wait();
    EXPECT_EQ(ran.exit, 0) << ran.out << ran.err;
    EXPECT_EQ(plant.modes(), (std::vector{Mode::service, Mode::normal}));
    EXPECT_NE(plant.reported().find("3 passed, 0 failed, 0 skipped"), std::string::npos) << plant.reported();
    EXPECT_NE(plant.reported().find("door front, contact"), std::string::npos);
    EXPECT_NE(ran.out.find("high, open, 1 edges"), std::string::npos) << "levels are shown as they change";
    plant.station().with([](FakeStation& its) {
        EXPECT_EQ(std::get<SetMode>(its.commands[0].what).lasts, minutes{30}) << "ends by itself should we not";
    });
}

TEST(Bringup, NamesTheLineThatMovesInsteadOfADeadOne) {
    Plant plant;
    Program program(plant.bringup({"front", "--wait", "2"}), false, "s\n\ns\n");
    Plant::asked(program, "Open the door.");
    plant.set(WireRole::exit_button, true);
    const auto ran = program.wait();
    EXPECT_EQ(ran.exit, 1);
    EXPECT_NE(plant.reported().find("FAILED"), std::string::npos);
    EXPECT_NE(plant.reported().find("it stays \"closed\"; instead board:EXIT moved"), std::string::npos)
        << plant.reported();
    EXPECT_NE(plant.reported().find("exchange them"), std::string::npos);
}

TEST(Bringup, ALockThatDoesNotReleaseAndAnOutletWithoutPowerFailWithACure) {
    Plant plant;
    Program program(plant.bringup({"--json"}), false, "\nn\ns\ns\ns\n\nn\n");
    const auto ran = program.wait();
    EXPECT_EQ(ran.exit, 1) << ran.err;
    const auto report = json::parse(ran.out);
    EXPECT_EQ(json::parse(plant.reported()), report);
    ASSERT_EQ(report["steps"].size(), 5u);
    EXPECT_EQ(report["steps"][0]["result"], "failed");
    EXPECT_NE(report["steps"][0]["cure"].get<std::string>().find("relay's light"), std::string::npos);
    EXPECT_EQ(report["steps"][1]["result"], "skipped");
    EXPECT_EQ(report["steps"][4]["role"], "relay");
    EXPECT_EQ(report["steps"][4]["result"], "failed");
    plant.station().with(
        [](FakeStation& its) { EXPECT_EQ(its.wires.wires[3].high, false) << "the outlet is off again"; });
}

TEST(Bringup, AReaderHasToReadACard) {
    Plant plant;
    Program program(plant.bringup({"front-in"}), false, "\n");
    Plant::asked(program, "Hold a card flat");
    plant.present(Outcome::unreadable);
    Plant::asked(program, "not read: ");
    plant.present();
    const auto ran = program.wait();
    EXPECT_EQ(ran.exit, 0) << ran.out;
    EXPECT_NE(plant.reported().find("read a card: resident-id"), std::string::npos);
}

TEST(Bringup, EndsInOrderWhenNobodyAnswersAnyMore) {
    Plant plant;
    const auto ran = Program(plant.bringup(), false, "").wait();
    EXPECT_EQ(ran.exit, 1);
    EXPECT_EQ(plant.modes(), (std::vector{Mode::service, Mode::normal}));
    EXPECT_NE(plant.reported().find("5 skipped"), std::string::npos) << plant.reported();
    EXPECT_NE(plant.reported().find("Ended early: by the technician"), std::string::npos);
}

TEST(Bringup, CtrlCInTheMiddleOfAStepLeavesServiceMode) {
    Plant plant;
    Program program(plant.bringup({"front", "--wait", "600"}), false, "s\n\n");
    Plant::asked(program, "Open the door.");
    program.interrupt();
    const auto ran = program.wait();
    EXPECT_EQ(ran.exit, 1);
    EXPECT_EQ(plant.modes(), (std::vector{Mode::service, Mode::normal}));
    EXPECT_NE(plant.reported().find("interrupted"), std::string::npos) << plant.reported();
}

TEST(Bringup, GoesNoFurtherWhenServiceModeIsOverAndLeavesTheNewModeAlone) {
    Plant plant;
    Program program(plant.bringup({"front", "--wait", "60"}), false, "s\n\n\n");
    Plant::asked(program, "Open the door.");
    plant.set_mode(Mode::lockdown);
    plant.set(WireRole::contact, true);
    Plant::asked(program, "Close the door.", 2);
    plant.set(WireRole::contact, false);
    const auto ran = program.wait();
    EXPECT_EQ(ran.exit, 1);
    EXPECT_EQ(plant.modes(), std::vector{Mode::service});
    EXPECT_NE(plant.reported().find("service mode is over"), std::string::npos);
}

TEST(Bringup, DoesNotEndAModeThatSomebodyElseChose) {
    Plant plant;
    plant.set_mode(Mode::lockdown);
    const auto refused = Program(plant.bringup(), false, "").wait();
    EXPECT_EQ(refused.exit, 1);
    EXPECT_NE(refused.err.find("mode lockdown"), std::string::npos);
    ::unlink(plant.report().c_str());
    plant.set_mode(Mode::service);
    const auto ran = Program(plant.bringup(), false, "").wait();
    EXPECT_NE(ran.out.find("stays in service mode, as before"), std::string::npos);
    EXPECT_TRUE(plant.modes().empty());
}

TEST(Bringup, NeitherOverwritesAReportNorStartsWithoutOne) {
    Plant plant;
    const TemporaryFolder folder;
    const auto earlier = folder.write("report", "of last year");
    const auto ran = Program(at(plant.station(), {"bringup", "--report", earlier}), false, "").wait();
    EXPECT_EQ(ran.exit, 1);
    EXPECT_EQ(TemporaryFolder::read(earlier), "of last year");
    EXPECT_NE(ran.err.find("name a new file"), std::string::npos) << ran.err;
    EXPECT_TRUE(plant.modes().empty());
    EXPECT_NE(stationctl(at(plant.station(), {"bringup", "moon"})).err.find("of this name"), std::string::npos);
}

TEST(Gpio, ShowsEveryLineWithWhatIsWrongAndTheCure) {
    Plant plant;
    EXPECT_EQ(stationctl(at(plant.station(), {"gpio"})).exit, 0);
    plant.station().with([](FakeStation& its) { its.wires.wires[1].per_minute = 500; });
    const auto ran = stationctl(at(plant.station(), {"gpio"}));
    EXPECT_EQ(ran.exit, 5);
    EXPECT_NE(ran.out.find("board:LOCK"), std::string::npos);
    EXPECT_NE(ran.out.find("! board:CONTACT moves 500 times a minute: a loose wire"), std::string::npos) << ran.out;
    EXPECT_NE(ran.out.find("-> tighten its terminals"), std::string::npos);
    const auto chinese = stationctl(at(plant.station(), {"gpio", "--lang", "zh"}));
    EXPECT_NE(chinese.out.find("门磁"), std::string::npos) << chinese.out;
    const auto as_json = json::parse(stationctl(at(plant.station(), {"--json", "gpio"})).out);
    EXPECT_EQ(as_json["lines"][1]["ok"], false);
    EXPECT_EQ(as_json["readers"][0]["port"], "usb:1-1");
}

TEST(ReaderTest, SaysWhatBecomesOfEachCardAndNeverWhose) {
    Plant plant;
    Program program(at(plant.station(), {"reader", "front-in", "test", "--seconds", "600"}), false, "");
    Plant::asked(program, "Hold a card before front-in");
    plant.present(Outcome::card_damaged);
    Plant::asked(program, "not read: ");
    plant.present();
    Plant::asked(program, "read: resident-id");
    program.interrupt();
    const auto ran = program.wait();
    EXPECT_EQ(ran.exit, 0) << ran.out << ran.err;
    EXPECT_NE(ran.out.find("1 read, 1 not read"), std::string::npos);
    plant.station().with([](FakeStation& its) { EXPECT_TRUE(its.commands.empty()) << "a test changes nothing"; });
}

TEST(ReaderTest, WithoutACardItFailsWithTheVerdict) {
    Plant plant;
    const std::vector<std::string> test{"--json", "reader", "front-in", "test", "--seconds", "1"};
    EXPECT_EQ(stationctl(at(plant.station(), test)).exit, 1) << "well, and nobody came";
    plant.station().with([](FakeStation& its) { its.wires.readers[0].status.health = ReaderHealth::offline; });
    const auto ran = stationctl(at(plant.station(), test));
    EXPECT_EQ(ran.exit, 1);
    const auto found = json::parse(ran.out);
    EXPECT_EQ(found["now"]["verdict"], "nothing is plugged in");
    EXPECT_NE(stationctl(at(plant.station(), {"reader", "side", "test"})).err.find("known: front-in"),
              std::string::npos);
}

}  // namespace
}  // namespace yizhan::test
