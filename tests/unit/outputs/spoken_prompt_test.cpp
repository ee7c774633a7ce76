#include "drivers/outputs/spoken_prompt.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <vector>

#include "drivers/simulated/sound.h"
#include "tests/unit/outputs/now.h"

namespace yizhan {
namespace {

using simulated::Sound;
using testing::at;
using testing::noon;

struct PromptBench {
    explicit PromptBench(std::vector<Language> languages) {
        auto owned = std::make_unique<Sound>();
        sound = owned.get();
        prompt = std::make_unique<SpokenPrompt>(std::move(owned), languages);
    }
    Sound* sound = nullptr;
    std::unique_ptr<SpokenPrompt> prompt;
};

TEST(SpokenPrompt, SaysEveryOutcomeThatHasWordsInTheOrderOfItsLanguages) {
    for (const std::vector<Language>& languages :
         {std::vector{Language::zh}, {Language::en}, {Language::zh, Language::en}, {Language::en, Language::zh}}) {
        for (const auto& row : outcomes()) {
            PromptBench bench(languages);
            bench.prompt->say(row.outcome, at(noon));
            if (row.outcome == Outcome::none) {
                EXPECT_TRUE(bench.sound->said().empty());
            } else {
                ASSERT_EQ(bench.sound->said().size(), 1U) << row.code;
                EXPECT_EQ(bench.sound->said().back(), (Sound::Sentence{row.outcome, languages})) << row.code;
            }
        }
    }
}

TEST(SpokenPrompt, HandsOnTheNewestAtOnce) {
    PromptBench bench({Language::zh});
    bench.prompt->say(Outcome::close_the_door, at(noon));
    bench.prompt->say(Outcome::fire_leave, at(noon));
    EXPECT_EQ(bench.sound->said().back().outcome, Outcome::fire_leave);
}

TEST(SpokenPrompt, WhatMattersMoreInterruptsWhatMattersLessAndNotTheOtherWayRound) {
    for (const auto& first : outcomes()) {
        for (const auto& second : outcomes()) {
            if (first.outcome == Outcome::none || second.outcome == Outcome::none) continue;
            PromptBench bench({Language::zh});
            bench.prompt->say(first.outcome, at(noon));
            bench.prompt->say(second.outcome, at(noon + Sound::a_language - milliseconds{1}));
            const bool heard = urgency_of(second.outcome) >= urgency_of(first.outcome);
            EXPECT_EQ(bench.sound->said().size(), heard ? 2U : 1U) << first.code << " " << second.code;
            bench.prompt->say(second.outcome, at(noon + 2 * Sound::a_language));
            EXPECT_EQ(bench.sound->said().back().outcome, second.outcome) << first.code << " " << second.code;
        }
    }
}

TEST(SpokenPrompt, WhatCouldNotBeSaidKeepsNobodyFromBeingHeard) {
    PromptBench bench({Language::zh});
    bench.sound->unplug(true);
    bench.prompt->say(Outcome::fire_leave, at(noon));
    bench.sound->unplug(false);
    bench.prompt->say(Outcome::goodbye, at(noon));
    EXPECT_EQ(bench.sound->said().back().outcome, Outcome::goodbye);
}

TEST(SpokenPrompt, CountsWhatCouldNotBeSaidAndTellsWhy) {
    PromptBench bench({Language::zh});
    bench.sound->unplug(true);
    bench.prompt->say(Outcome::welcome, at(noon));
    EXPECT_EQ(bench.prompt->failures(), 1U);
    EXPECT_EQ(bench.prompt->verdict(), "the loudspeaker is not there: check its cable");
    EXPECT_EQ(bench.prompt->trouble(), (Error{"the loudspeaker is not there", "check its cable"}));
    bench.sound->unplug(false);
    bench.prompt->say(Outcome::welcome, at(noon));
    EXPECT_EQ(bench.prompt->failures(), 1U);
    EXPECT_EQ(bench.prompt->verdict(), "");
}

}  // namespace
}  // namespace yizhan
