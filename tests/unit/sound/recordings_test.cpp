#include "drivers/ports/sound/recordings.h"

#include <gtest/gtest.h>

#include <array>

#include "drivers/simulated/files.h"
#include "tests/unit/sound/waves.h"

namespace yizhan::testing {
namespace {

// Every sentence that is said, each with samples of its own.
simulated::Files complete() {
    simulated::Files files;
    for (const OutcomeText& text : outcomes()) {
        const auto number = static_cast<std::int16_t>(text.outcome);
        files.put("/p/zh/" + std::string(text.code) + ".wav", wave(Samples{number, 1}));
        files.put("/p/en/" + std::string(text.code) + ".wav", wave(Samples{number, 2}));
    }
    return files;
}

Samples of(const Recordings& recordings, Outcome outcome, Language language) {
    const auto samples = recordings.of(outcome, language);
    return samples ? Samples(samples->begin(), samples->end()) : Samples();
}

TEST(Recordings, AreFoundByOutcomeAndLanguage) {
    auto files = complete();
    const Recordings recordings(files, "/p", both);
    EXPECT_TRUE(recordings.errors().empty());
    for (const OutcomeText& text : outcomes()) {
        if (!is_spoken(text)) continue;
        const auto number = static_cast<std::int16_t>(text.outcome);
        EXPECT_EQ(of(recordings, text.outcome, Language::zh), (Samples{number, 1})) << text.code;
        EXPECT_EQ(of(recordings, text.outcome, Language::en), (Samples{number, 2})) << text.code;
    }
    EXPECT_FALSE(recordings.of(Outcome::none, Language::zh));
}

TEST(Recordings, OfALanguageThatIsNotSpokenAreNotRead) {
    simulated::Files files = complete();
    ASSERT_TRUE(files.remove("/p/en/welcome.wav"));
    const Recordings recordings(files, "/p", std::array{Language::zh});
    EXPECT_TRUE(recordings.errors().empty());
    EXPECT_FALSE(recordings.of(Outcome::welcome, Language::en));
}

TEST(Recordings, ThatAreBadOrMissingAreNamedAndOnlyTheyAreSilent) {
    auto files = complete();
    ASSERT_TRUE(files.remove("/p/zh/full.wav"));
    files.put("/p/en/denied.wav", "not a sound");
    files.put("/p/zh/goodbye.wav", wave_of(format_chunk({.rate = 44100}) + data_chunk(Samples{1})));
    const Recordings recordings(files, "/p", both);
    ASSERT_EQ(recordings.errors().size(), 3U);
    EXPECT_NE(recordings.errors()[0].what.find("/p/zh/goodbye.wav: it holds PCM of 1 channels, 44100 Hz"),
              std::string::npos);
    EXPECT_NE(recordings.errors()[0].cure.find("ffmpeg"), std::string::npos);
    EXPECT_EQ(recordings.errors()[1].what, "/p/en/denied.wav: it is no WAV file");
    EXPECT_NE(recordings.errors()[2].what.find("/p/zh/full.wav"), std::string::npos);
    EXPECT_NE(recordings.errors()[2].cure.find("[sound] directory"), std::string::npos);

    EXPECT_FALSE(recordings.of(Outcome::full, Language::zh));
    EXPECT_TRUE(recordings.of(Outcome::full, Language::en));
    EXPECT_TRUE(recordings.of(Outcome::denied, Language::zh));
    EXPECT_FALSE(recordings.of(Outcome::denied, Language::en));
}

}  // namespace
}  // namespace yizhan::testing
