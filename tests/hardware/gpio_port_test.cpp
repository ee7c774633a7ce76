// The GPIO port against the kernel's gpio-sim.
#include "drivers/ports/gpio/gpio_port.h"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "tests/hardware/gpio_sim.h"

namespace yizhan::testing {
namespace {

using std::chrono::milliseconds;

class KernelGpioLines : public ::testing::Test {
 protected:
    // Lets the loop take what is ready, until `done` or nothing more can be expected.
    bool turn_until(const std::function<bool()>& done) {
        for (int i = 0; i < 500 && !done(); ++i) loop.turn(milliseconds{10});
        return done();
    }

    GpioSim sim{"board", {"LOCK", "D0", "D1", "DOOR", "", "TWIN", "TWIN"}};
    SdEventLoop loop{ClockPolicy::always};
    KernelGpio gpio{loop};
    const LineName lock{"board", "LOCK"};
    const LineName door{"board", "DOOR"};
    const std::vector<LineName> wiegand{{"board", "D0"}, {"board", "D1"}};
};

struct Edges final : EdgeListener {
    void on_edges(std::span<const Edge> edges, Now) override { all.insert(all.end(), edges.begin(), edges.end()); }
    void on_lost(Now) override { ++lost; }
    std::vector<Edge> all;
    int lost = 0;
};

TEST_F(KernelGpioLines, AnOutputIsAtItsLevelFromTheRequestOnAndFollows) {
    for (const bool first : {true, false}) {
        const auto line = gpio.request_output(lock, first);
        ASSERT_TRUE(line);
        EXPECT_EQ(sim.level(0), first);
        ASSERT_TRUE((*line)->set(!first));
        EXPECT_EQ(sim.level(0), !first);
    }
}

TEST_F(KernelGpioLines, AnOutputLetGoFallsToItsPull) {
    sim.pull(0, false);
    {
        ASSERT_TRUE(gpio.request_output(lock, true));
    }
    EXPECT_FALSE(sim.level(0));
}

TEST_F(KernelGpioLines, AMissingChipOrLineIsNamedWithWhatThereIs) {
    const auto no_chip = gpio.request_output({"bord", "LOCK"}, true);
    ASSERT_FALSE(no_chip);
    EXPECT_EQ(no_chip.error().what, "line bord:LOCK: GPIO chip bord: not there");
    EXPECT_NE(no_chip.error().cure.find("board"), std::string::npos);
    const auto no_line = gpio.request_output({"board", "LOCK2"}, true);
    ASSERT_FALSE(no_line);
    EXPECT_EQ(no_line.error().what, "line board:LOCK2: the chip has no line of this name");
    const auto twins = gpio.request_output({"board", "TWIN"}, true);
    ASSERT_FALSE(twins);
    EXPECT_EQ(twins.error().what, "line board:TWIN: 2 lines of the chip have this name");
}

TEST_F(KernelGpioLines, TwoChipsOfOneLabelAreRefused) {
    GpioSim other("board", {"X"}, "second");
    const auto refused = gpio.request_output({"board", "X"}, false);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().what, "line board:X: GPIO chip board: two chips have this label");
}

TEST_F(KernelGpioLines, ALineThatIsTakenIsNamedWithWhoHoldsIt) {
    GpioChips somebody("kiosk-light");
    const auto held = somebody.request_output(lock, false);
    ASSERT_TRUE(held);
    const auto refused = gpio.request_output(lock, true);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().what, "line board:LOCK: held by kiosk-light");
    EXPECT_FALSE(sim.level(0)) << "whoever is refused changes nothing";

    const auto also_held = somebody.request_output({"board", "D1"}, true);
    ASSERT_TRUE(also_held);
    const auto reader = gpio.request_inputs(wiegand, EdgeKind::falling, Bias::as_is, 512);
    ASSERT_FALSE(reader);
    EXPECT_EQ(reader.error().what, "line board:D1: held by kiosk-light");
    EXPECT_TRUE(gpio.request_output({"board", "D0"}, true)) << "the other line was not kept";
}

TEST_F(KernelGpioLines, LinesOfTwoChipsAreNoReader) {
    GpioSim other("second", {"D1"}, "second");
    const auto reader = gpio.request_inputs(std::vector<LineName>{{"board", "D0"}, {"second", "D1"}}, EdgeKind::falling,
                                            Bias::as_is, 16);
    ASSERT_FALSE(reader);
    EXPECT_NE(reader.error().what.find("another chip"), std::string::npos);
}

TEST_F(KernelGpioLines, EdgesComeInOrderWithTheKernelsTimesAndNumbers) {
    Edges edges;
    sim.pull(1, true);
    sim.pull(2, true);
    const auto lines = gpio.request_inputs(wiegand, EdgeKind::both, Bias::as_is, 64);
    ASSERT_TRUE(lines);
    (*lines)->start(edges);
    EXPECT_EQ((*lines)->levels().value() & 1, 1U);
    for (const std::size_t line : {1U, 2U, 2U, 1U}) {
        sim.pull(line, false);
        sim.pull(line, true);
    }
    ASSERT_TRUE(turn_until([&] { return edges.all.size() >= 8; })) << edges.all.size();
    const std::vector<std::uint8_t> order{0, 0, 1, 1, 1, 1, 0, 0};
    for (std::size_t i = 0; i < 8; ++i) {
        EXPECT_EQ(edges.all[i].line, order[i]);
        EXPECT_EQ(edges.all[i].rising, i % 2 == 1);
        EXPECT_EQ(edges.all[i].sequence, edges.all[0].sequence + i);
        EXPECT_GE(edges.all[i].at, edges.all[i == 0 ? 0 : i - 1].at);
        EXPECT_LE(edges.all[i].at, loop.now().mono);
    }
}

TEST_F(KernelGpioLines, MoreEdgesThanTheKernelKeepsShowAsAHole) {
    Edges edges;
    const auto lines = gpio.request_inputs(std::vector{door}, EdgeKind::both, Bias::as_is, 16);
    ASSERT_TRUE(lines);
    (*lines)->start(edges);
    for (int i = 0; i < 40; ++i) sim.pull(3, i % 2 == 0);
    ASSERT_TRUE(turn_until([&] { return edges.all.size() >= 16; })) << edges.all.size();
    bool hole = edges.all.front().sequence != 1;
    for (std::size_t i = 1; i < edges.all.size(); ++i) {
        hole = hole || edges.all[i].sequence != edges.all[i - 1].sequence + 1;
    }
    EXPECT_TRUE(hole);
}

TEST_F(KernelGpioLines, ABufferOfFiveHundredEdgesHoldsEveryOneOfAFrame) {
    Edges edges;
    const auto lines = gpio.request_inputs(wiegand, EdgeKind::both, Bias::as_is, 512);
    ASSERT_TRUE(lines);
    (*lines)->start(edges);
    for (int i = 0; i < 74; ++i) sim.pull(1 + static_cast<std::size_t>(i / 2 % 2), i % 2 == 0);
    ASSERT_TRUE(turn_until([&] { return edges.all.size() >= 74; })) << edges.all.size();
    for (std::size_t i = 0; i < edges.all.size(); ++i) EXPECT_EQ(edges.all[i].sequence, i + 1);
}

TEST_F(KernelGpioLines, ALineHandedOverIsUsedWithoutARequest) {
    GpioChips failsafe("station-failsafe");
    auto held = failsafe.request_output(lock, true);
    ASSERT_TRUE(held);
    gpio.take_over(lock, std::move(*held));
    const auto line = gpio.request_output(lock, true);
    ASSERT_TRUE(line);
    EXPECT_TRUE(sim.level(0));
    ASSERT_TRUE((*line)->set(false));
    EXPECT_FALSE(sim.level(0));
}

TEST_F(KernelGpioLines, AChipThatIsPulledOutFailsItsLinesAndNotTheLoop) {
    auto gone = std::make_unique<GpioSim>("expander", std::vector<std::string>{"OUT", "IN"}, "expander");
    Edges edges;
    const auto output = gpio.request_output({"expander", "OUT"}, false);
    const auto input = gpio.request_inputs(std::vector<LineName>{{"expander", "IN"}}, EdgeKind::both, Bias::as_is, 16);
    ASSERT_TRUE(output && input);
    (*input)->start(edges);
    gone.reset();
    for (int i = 0; i < 5; ++i) loop.turn(milliseconds{10});
    const auto set = (*output)->set(true);
    ASSERT_FALSE(set);
    EXPECT_FALSE((*input)->levels());
    EXPECT_TRUE(gpio.request_output(lock, true)) << "other chips go on";
}

TEST_F(KernelGpioLines, InputsOfAChipThatComesBackAreThereAgain) {
    const std::vector<std::string> its_lines{"IN", "D0", "D1"};
    auto chip = std::make_unique<GpioSim>("expander", its_lines, "expander");
    Edges contact;
    Edges reader;
    const auto input = gpio.request_inputs(std::vector<LineName>{{"expander", "IN"}}, EdgeKind::both, Bias::as_is, 16);
    const auto card_lines = gpio.request_inputs(std::vector<LineName>{{"expander", "D0"}, {"expander", "D1"}},
                                                EdgeKind::falling, Bias::as_is, 512);
    ASSERT_TRUE(input && card_lines);
    (*input)->start(contact);
    (*card_lines)->start(reader);
    for (int round = 1; round <= 2; ++round) {
        contact.all.clear();
        reader.all.clear();
        chip->pull(0, true);
        ASSERT_TRUE(turn_until([&] { return !contact.all.empty(); }));
        EXPECT_EQ(contact.all[0].sequence, 1U);
        chip.reset();
        ASSERT_TRUE(turn_until([&] { return contact.lost == round && reader.lost == round; })) << round;
        const auto levels = (*input)->levels();
        ASSERT_FALSE(levels);
        EXPECT_FALSE((*card_lines)->levels());
        for (int i = 0; i < 120; ++i) loop.turn(milliseconds{10});  // tries for nothing
        EXPECT_EQ(contact.lost, round) << "told once";
        chip = std::make_unique<GpioSim>("expander", its_lines, "expander");
        ASSERT_TRUE(turn_until([&] { return (*input)->levels() && (*card_lines)->levels(); }));
        chip->pull(2, true);
        chip->pull(2, false);
        ASSERT_TRUE(turn_until([&] { return !reader.all.empty(); }));
        EXPECT_EQ(reader.all[0].line, 1);
    }
    EXPECT_TRUE(gpio.request_output(lock, true)) << "other chips go on";
}

TEST_F(KernelGpioLines, TheSurveyNamesLinesAndWhoHoldsThem) {
    const auto line = gpio.request_output(lock, true);
    for (const ChipInfo& chip : GpioChips::survey()) {
        if (chip.label != "board") continue;
        ASSERT_EQ(chip.lines.size(), 7U);
        EXPECT_EQ(chip.lines[0].name, "LOCK");
        EXPECT_TRUE(chip.lines[0].output);
        EXPECT_EQ(chip.lines[0].held_by, "stationd");
        EXPECT_EQ(chip.lines[1].held_by, "");
        return;
    }
    FAIL() << "the chip is not in the survey";
}

}  // namespace
}  // namespace yizhan::testing
