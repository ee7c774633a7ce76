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
