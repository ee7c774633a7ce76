// The simulated lines are what drivers are tested against: they must behave as the kernel's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "drivers/simulated/gpio.h"

namespace yizhan {
namespace {

using simulated::Gpio;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const LineName line_a{"gpiochip0", "A"};
const LineName line_b{"gpiochip0", "B"};
constexpr Now late{.mono = Mono{seconds{100}}, .wall = {}};

class EdgeRecorder final : public EdgeListener {
 public:
    void on_edges(std::span<const Edge> edges, Now) override {
        batches.push_back(edges.size());
        for (const auto& edge : edges) {
            sequences.push_back(edge.sequence);
            lines.push_back(edge.line);
            times.push_back(edge.at);
        }
    }
    void on_lost(Now) override { ++lost; }
    std::size_t lost = 0;
    std::vector<std::size_t> batches;
    std::vector<std::uint32_t> sequences;
    std::vector<int> lines;
    std::vector<Mono> times;
};

std::unique_ptr<InputLines> both_lines(Gpio& gpio, EdgeKind edges, std::uint16_t buffer) {
    return std::move(gpio.request_inputs(std::array{line_a, line_b}, edges, Bias::pull_down, buffer).value());
}

TEST(SimulatedGpio, DeliversTheEdgesOfARequestInOneOrder) {
    Gpio gpio;
    const auto lines = both_lines(gpio, EdgeKind::both, 16);
    EdgeRecorder recorder;
    lines->start(recorder);
    EXPECT_EQ(gpio.next_deadline(), never);
    const Mono at{seconds{1}};
    gpio.drive(line_b, true, at);
    gpio.drive(line_b, true, at + seconds{1});
    gpio.drive(line_a, true, at + seconds{2});
    EXPECT_EQ(gpio.next_deadline(), at);
    gpio.advance(late);
    EXPECT_THAT(recorder.lines, ElementsAre(1, 0));
    EXPECT_THAT(recorder.sequences, ElementsAre(1, 2));
    EXPECT_THAT(recorder.times, ElementsAre(at, at + seconds{2}));
    EXPECT_EQ(lines->levels().value(), 0b11U);
}

TEST(SimulatedGpio, AChipThatIsPulledOutTakesItsLinesWithIt) {
    Gpio gpio;
    const auto lines = both_lines(gpio, EdgeKind::both, 16);
    const auto output = gpio.request_output({"gpiochip0", "OUT"}, false);
    const auto other = gpio.request_output({"gpiochip1", "OUT"}, false);
    EdgeRecorder recorder;
    lines->start(recorder);
    gpio.unplug("gpiochip0", late.mono);
    gpio.drive(line_a, true, late.mono);
    gpio.advance(late);
    EXPECT_EQ(recorder.lost, 1U);
    EXPECT_FALSE(lines->levels());
    EXPECT_FALSE((*output)->set(true));
    EXPECT_TRUE((*other)->set(true));
    EXPECT_FALSE(gpio.request_output({"gpiochip0", "NEW"}, false));
    gpio.plug_in("gpiochip0", late.mono);
    EXPECT_FALSE(lines->levels());
    ASSERT_EQ(gpio.next_deadline(), late.mono + seconds{1});
    const Now back{.mono = late.mono + seconds{1}, .wall = {}};
    gpio.advance(back);
    EXPECT_EQ(lines->levels().value(), 0b01U);
    gpio.drive(line_b, true, back.mono);
    gpio.advance(back);
    EXPECT_THAT(recorder.sequences, ElementsAre(1));
    EXPECT_FALSE((*output)->set(true)) << "what was requested before is gone for ever";
    EXPECT_EQ(recorder.lost, 1U);
}

TEST(SimulatedGpio, DropsTheOldestEdgesOfAFullBuffer) {
    Gpio gpio;
    const auto lines = both_lines(gpio, EdgeKind::falling, 3);
    EdgeRecorder recorder;
    lines->start(recorder);
    for (int i = 0; i < 5; ++i) {
        gpio.drive(line_a, true, Mono{});
        gpio.drive(line_a, false, Mono{});
    }
    gpio.advance(late);
    EXPECT_THAT(recorder.sequences, ElementsAre(3, 4, 5));
}

TEST(SimulatedGpio, LosesEdgesWithAndWithoutATrace) {
    Gpio gpio;
    const auto lines = both_lines(gpio, EdgeKind::both, 16);
    EdgeRecorder recorder;
    lines->start(recorder);
    gpio.lose_edges(line_a, 1, Gpio::Loss::unseen);
    gpio.drive(line_a, true, Mono{});
    gpio.drive(line_a, false, Mono{});
    gpio.lose_edges(line_a, 2, Gpio::Loss::counted);
    gpio.drive(line_a, true, Mono{});
    gpio.drive(line_a, false, Mono{});
    gpio.drive(line_a, true, Mono{});
    gpio.advance(late);
    EXPECT_THAT(recorder.sequences, ElementsAre(1, 4));
}

TEST(SimulatedGpio, DeliversInPiecesWhereAsked) {
    Gpio gpio;
    const auto lines = both_lines(gpio, EdgeKind::both, 200);
    EdgeRecorder recorder;
    lines->start(recorder);
    for (int i = 0; i < 100; ++i) gpio.drive(line_a, i % 2 == 0, Mono{});
    gpio.deliver_at_most(30);
    gpio.advance(late);
    EXPECT_THAT(recorder.batches, ElementsAre(30));
    gpio.deliver_at_most(1000);
    gpio.advance(late);
    EXPECT_THAT(recorder.batches, ElementsAre(30, 64, 6));
}

TEST(SimulatedGpio, GivesEachLineOnceAndSaysWhoHoldsIt) {
    Gpio gpio;
    {
        const auto output = gpio.request_output(line_a, true);
        ASSERT_TRUE(output.has_value());
        for (const auto& error :
             {gpio.request_output(line_a, true).error(),
              gpio.request_inputs(std::array{line_b, line_a}, EdgeKind::both, Bias::as_is, 16).error()}) {
            EXPECT_THAT(error.what, HasSubstr("gpiochip0/A is already held by this program as an output"));
            EXPECT_NE(error.cure, "");
        }
        EXPECT_FALSE(gpio.held(line_b)) << "a failed request holds nothing";
    }
    EXPECT_TRUE(gpio.level(line_a)) << "the level stays when the line is given back";
    EXPECT_TRUE(gpio.request_output(line_a, false).has_value());
    gpio.take(line_b, "pump-control");
    EXPECT_THAT(gpio.request_output(line_b, true).error().what, HasSubstr("held by pump-control"));
    gpio.give_back(line_b);
    EXPECT_TRUE(gpio.request_output(line_b, false).has_value());
    gpio.remove(line_b);
    EXPECT_THAT(gpio.request_output(line_b, true).error().what, HasSubstr("there is no GPIO line gpiochip0/B"));
}

TEST(SimulatedGpio, TellsObserversEveryNewLevelOfAnOutput) {
    Gpio gpio;
    std::vector<bool> seen;
    gpio.observe(line_a, [&](bool high) { seen.push_back(high); });
    const auto output = std::move(gpio.request_output(line_a, false).value());
    for (const bool high : {false, true, true, false}) EXPECT_TRUE(output->set(high).has_value());
    gpio.fail_output(line_a, true);
    EXPECT_FALSE(output->set(true).has_value());
    EXPECT_THAT(seen, ElementsAre(false, true, false));
    EXPECT_EQ(gpio.output_calls(line_a), 5U);
    EXPECT_EQ(gpio.output_changes(line_a), 3U);
}

}  // namespace
}  // namespace yizhan
