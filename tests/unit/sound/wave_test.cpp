#include "drivers/ports/sound/wave.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdio>

#include "tests/unit/sound/waves.h"

namespace yizhan::testing {
namespace {

auto parsed(std::string_view file) { return parse_wave(std::as_bytes(std::span(file))); }

std::string objection(std::string_view file) {
    const auto samples = parsed(file);
    return samples ? "" : samples.error();
}

TEST(Wave, GivesTheSamplesItHolds) {
    const Samples samples{0, 1, -1, 32767, -32768};
    EXPECT_EQ(parsed(wave(samples)), samples);
    EXPECT_EQ(parsed(wave_of(chunk("LIST", "odd") + format_chunk() + chunk("fact", "four") + data_chunk(samples))),
              samples);
}

TEST(Wave, OfAnotherFormatSaysWhichItHas) {
    const Samples samples{1, 2};
    const auto with = [&](WaveFormat format) { return objection(wave_of(format_chunk(format) + data_chunk(samples))); };
    EXPECT_EQ(with({.channels = 2, .rate = 44100}),
              "it holds PCM of 2 channels, 44100 Hz, 16 bits instead of PCM, mono, 16000 Hz, 16 bits");
    for (const WaveFormat& format :
         {WaveFormat{.kind = 3}, {.channels = 0}, {.channels = 2}, {.rate = 15999}, {.bits = 8}, {.bits = 24}}) {
        EXPECT_NE(with(format), "");
    }
}

TEST(Wave, ThatIsNoneIsRefused) {
    const Samples samples{1, 2};
    EXPECT_EQ(objection(""), "it is no WAV file");
    EXPECT_EQ(objection("RIFFxxxxWAVx" + format_chunk()), "it is no WAV file");
    EXPECT_EQ(objection(wave_of(format_chunk())), "it has no data chunk");
    EXPECT_EQ(objection(wave_of(data_chunk(samples) + format_chunk())), "its data comes before its format");
    EXPECT_EQ(objection(wave_of(format_chunk() + data_chunk({}))), "it holds no sound");
    EXPECT_EQ(objection(wave_of(chunk("fmt ", "short"))), "its format chunk is cut off");
    EXPECT_EQ(objection(std::string(longest_wave + 1, 'x')), "it has more than 1024 KiB");
}

TEST(Wave, ThatIsCutOffAnywhereIsRefused) {
    const std::string whole = wave(Samples(100, 7));
    for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_NE(objection(whole.substr(0, size)), "") << size;
}

// Lengths are what attackers and bad disks change: never more samples than there are bytes for, never a crash.
TEST(Wave, SurvivesAnyMutation) {
    const std::string original = wave_of(format_chunk() + chunk("LIST", "something") + data_chunk(Samples(50, 3)));
    int good = 0;
    int bad = 0;
    EXPECT_TRUE(rc::check("a mutated file is parsed or refused", [&] {
        std::string file = original;
        const int changes = *rc::gen::inRange(1, 8);
        for (int i = 0; i < changes && !file.empty(); ++i) {
            const auto at = *rc::gen::inRange<std::size_t>(0, file.size());
            switch (*rc::gen::inRange(0, 3)) {
                case 0:
                    file[at] = static_cast<char>(*rc::gen::inRange(0, 256));
                    break;
                case 1:
                    file.erase(at, *rc::gen::inRange<std::size_t>(0, 20));
                    break;
                default:
                    file.replace(at, std::min<std::size_t>(4, file.size() - at), "\xFF\xFF\xFF\xFF");
                    break;
            }
        }
        const auto samples = parsed(file);
        samples ? ++good : ++bad;
        if (samples) {
            RC_ASSERT(!samples->empty());
            RC_ASSERT(samples->size() * 2 <= file.size());
        } else {
            RC_ASSERT(!samples.error().empty());
        }
    }));
    std::printf("sample: %d mutated files, %d of them still good\n", good + bad, good);
}

RC_GTEST_PROP(WaveProperty, GarbageIsRefused, (const std::string& garbage)) {
    RC_ASSERT(!parsed(garbage));
    RC_ASSERT(!parsed("RIFF????WAVE" + garbage));
}

}  // namespace
}  // namespace yizhan::testing
