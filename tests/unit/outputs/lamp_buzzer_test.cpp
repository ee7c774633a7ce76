#include "drivers/outputs/lamp_buzzer.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "drivers/simulated/gpio.h"
#include "tests/unit/outputs/now.h"

namespace yizhan {
namespace {

using simulated::Gpio;
using testing::at;
using testing::noon;

const std::array<LineName, 3> lamp_lines{{{"gpiochip0", "GREEN"}, {"gpiochip0", "RED"}, {"gpiochip0", "BUZZER"}}};
constexpr std::array<Cue, 4> cues_that_end{Cue::yes, Cue::yes_slow, Cue::again, Cue::no};
constexpr std::array<Cue, 2> endless_cues{Cue::warning, Cue::alarm};

class LampBench {
 public:
    explicit LampBench(const PatternTable& patterns = reader_patterns,
                       std::array<bool, 3> active_high = {true, true, true},
                       std::array<bool, 3> fitted = {true, true, true})
        : active_high_(active_high) {
        lamps.emplace(lamp(0, fitted), lamp(1, fitted), lamp(2, fitted), patterns);
    }
    bool lit(std::size_t line) const { return gpio.level(lamp_lines[line]) == active_high_[line]; }
    // "G", "R", "B" in any combination.
    std::string look() const { return std::string(lit(0) ? "G" : "") + (lit(1) ? "R" : "") + (lit(2) ? "B" : ""); }
    // "looks" from now on, a space between two steps, until it has ended or `steps` were seen.
    std::string play(Cue cue, int steps) {
        lamps->show(cue, at(noon));
        std::string seen = look();
        for (int i = 1; i < steps && lamps->next_deadline() != never; ++i) {
            lamps->advance(at(lamps->next_deadline()));
            seen += " " + look();
        }
        return seen;
    }

    Gpio gpio;
    std::optional<LampBuzzer> lamps;

 private:
    Lamp lamp(std::size_t line, std::array<bool, 3> fitted) {
        if (!fitted[line]) return {};
        const bool dark = LampBuzzer::dark_level(active_high_[line]);
        return {.line = std::move(gpio.request_output(lamp_lines[line], dark).value()),
                .active_high = active_high_[line]};
    }
    std::array<bool, 3> active_high_;
};

TEST(LampBuzzer, ShowsEachCueAtAReaderAsItsMeaningSays) {
    EXPECT_EQ(LampBench().play(Cue::none, 10), "");
    EXPECT_EQ(LampBench().play(Cue::yes, 10), "GB G ") << "green, one short tone";
    EXPECT_EQ(LampBench().play(Cue::yes_slow, 10), "GB G GB G ") << "green for longer, two short tones";
    EXPECT_EQ(LampBench().play(Cue::again, 10), "RB  RB  R  ") << "red blinking, two short tones";
    EXPECT_EQ(LampBench().play(Cue::no, 10), "RB R ") << "red, one long tone";
    EXPECT_EQ(LampBench().play(Cue::warning, 6), "RB R G RB R G") << "red and green in turn, repeated short tones";
    EXPECT_EQ(LampBench().play(Cue::alarm, 4), "RB RB RB RB") << "red, continuous tone";
}

TEST(LampBuzzer, BlinksAtAnOutletForItsNewUser) {
    LampBench bench(outlet_patterns, {true, true, true}, {true, false, false});
    EXPECT_EQ(bench.play(Cue::yes, 5), "G  G  G");
    while (bench.lamps->next_deadline() != never) {
        EXPECT_EQ(bench.lamps->showing(), Cue::yes);
        ASSERT_LE(bench.lamps->next_deadline(), noon + seconds{30});
        bench.lamps->advance(at(bench.lamps->next_deadline()));
    }
    EXPECT_EQ(bench.lamps->showing(), Cue::none);
    EXPECT_NE(bench.play(Cue::warning, 4).find('G'), std::string::npos) << "seen where only green is fitted";
}

TEST(LampPattern, IsWellFormedForEveryCueAndKeepsToItsColour) {
    for (const auto* table : {&reader_patterns, &outlet_patterns}) {
        for (std::size_t cue = 0; cue < cue_count; ++cue) {
            const Pattern& pattern = (*table)[cue];
            EXPECT_EQ(pattern.size == 0, static_cast<Cue>(cue) == Cue::none);
            EXPECT_LE(pattern.size, Pattern::most_steps);
            bool green = false;
            bool red = false;
            for (std::size_t i = 0; i < pattern.size; ++i) {
                EXPECT_GT(pattern.steps[i].lasts, milliseconds{0});
                green |= pattern.steps[i].green;
                red |= pattern.steps[i].red;
            }
            const bool is_yes = static_cast<Cue>(cue) == Cue::yes || static_cast<Cue>(cue) == Cue::yes_slow;
            const bool is_no = static_cast<Cue>(cue) == Cue::no || static_cast<Cue>(cue) == Cue::again ||
                               static_cast<Cue>(cue) == Cue::alarm;
            EXPECT_TRUE(!is_yes || (green && !red)) << cue;
            EXPECT_TRUE(!is_no || (red && !green)) << cue;
        }
        for (const auto cue : endless_cues) {
            EXPECT_EQ((*table)[static_cast<std::size_t>(cue)].rounds, until_replaced);
        }
        for (const auto cue : cues_that_end) EXPECT_NE((*table)[static_cast<std::size_t>(cue)].rounds, until_replaced);
    }
}

TEST(LampBuzzer, EndsDarkAndSilentAfterCuesThatEnd) {
    for (const auto cue : cues_that_end) {
        LampBench bench;
        bench.play(cue, 100);
        EXPECT_EQ(bench.look(), "");
        EXPECT_EQ(bench.lamps->showing(), Cue::none);
        EXPECT_EQ(bench.lamps->next_deadline(), never);
    }
}

TEST(LampBuzzer, GoesOnUntilReplaced) {
    for (const auto cue : endless_cues) {
        LampBench bench;
        bench.play(cue, 1000);
        EXPECT_EQ(bench.lamps->showing(), cue);
        bench.lamps->show(Cue::none, at(noon + hours{1}));
        EXPECT_EQ(bench.look(), "");
        EXPECT_EQ(bench.lamps->next_deadline(), never);
    }
}

TEST(LampBuzzer, ANewCueReplacesAnyOther) {
    for (std::size_t first = 0; first < cue_count; ++first) {
        for (std::size_t second = 0; second < cue_count; ++second) {
            LampBench bench;
            bench.play(static_cast<Cue>(first), 2);
            LampBench fresh;
            const bool goes_on = first == second && reader_patterns[first].rounds == until_replaced;
            if (goes_on) continue;
            EXPECT_EQ(bench.play(static_cast<Cue>(second), 8), fresh.play(static_cast<Cue>(second), 8));
        }
    }
}

TEST(LampBuzzer, TheSameEndlessCueAgainDoesNotStutter) {
    for (const auto cue : endless_cues) {
        LampBench bench;
        bench.lamps->show(cue, at(noon));
        const Mono due = bench.lamps->next_deadline();
        bench.lamps->show(cue, at(noon + milliseconds{50}));
        EXPECT_EQ(bench.lamps->next_deadline(), due);
    }
}

TEST(LampBuzzer, KeepsStepWithItsLastDeadlineNotWithTheLoop) {
    LampBench bench;
    bench.lamps->show(Cue::warning, at(noon));
    for (int i = 0; i < 30; ++i) bench.lamps->advance(at(bench.lamps->next_deadline() + milliseconds{90}));
    EXPECT_EQ(bench.lamps->next_deadline(), noon + milliseconds{10 * 1000 + 200});
    // But it does not play hours that it missed.
    const Mono later = noon + hours{5};
    bench.lamps->advance(at(later));
    EXPECT_GT(bench.lamps->next_deadline(), later);
}

TEST(LampBuzzer, IsDarkAtBothEndsOfItsLifeAtEveryActiveLevel) {
    for (unsigned mask = 0; mask < 8; ++mask) {
        LampBench bench(reader_patterns, {(mask & 1) != 0, (mask & 2) != 0, (mask & 4) != 0});
        EXPECT_EQ(bench.look(), "");
        EXPECT_EQ(bench.play(Cue::alarm, 1), "RB");
        EXPECT_EQ(bench.play(Cue::yes, 1), "GB");
        bench.lamps.reset();
        EXPECT_EQ(bench.look(), "");
    }
}

TEST(LampBuzzer, PlaysOnWithWhateverIsFitted) {
    for (unsigned mask = 0; mask < 8; ++mask) {
        LampBench bench(reader_patterns, {true, true, true}, {(mask & 1) != 0, (mask & 2) != 0, (mask & 4) != 0});
        for (std::size_t cue = 0; cue < cue_count; ++cue) {
            const std::string seen = bench.play(static_cast<Cue>(cue), 8);
            EXPECT_EQ((mask & 1) == 0 && seen.find('G') != std::string::npos, false);
            EXPECT_EQ((mask & 4) == 0 && seen.find('B') != std::string::npos, false);
        }
        EXPECT_EQ(bench.lamps->output_errors(), 0U);
    }
}

TEST(LampBuzzer, TouchesALineOnlyWhereItsLevelChanges) {
    LampBench bench;
    const auto before = bench.gpio.output_calls(lamp_lines[0]);
    bench.play(Cue::yes, 10);
    EXPECT_EQ(bench.gpio.output_calls(lamp_lines[0]), before + 2);
    EXPECT_EQ(bench.gpio.output_calls(lamp_lines[1]), 1U) << "red: dark at the start, then left alone";
}

TEST(LampBuzzer, TriesALineAgainThatDidNotTakeItsLevel) {
    LampBench bench;
    bench.gpio.fail_output(lamp_lines[1], true);
    bench.lamps->show(Cue::alarm, at(noon));
    EXPECT_EQ(bench.look(), "B");
    EXPECT_EQ(bench.lamps->output_errors(), 1U);
    bench.gpio.fail_output(lamp_lines[1], false);
    bench.lamps->advance(at(bench.lamps->next_deadline()));
    EXPECT_EQ(bench.look(), "RB");
}

}  // namespace
}  // namespace yizhan
