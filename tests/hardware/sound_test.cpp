// The loudspeaker port over a sound card of the kernel: snd-aloop hands to the capture side what is played, sample for
// sample. Run in the guest.
#include <alsa/asoundlib.h>
#include <gtest/gtest.h>
#include <sched.h>

#include <array>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "drivers/ports/sound/alsa_sound.h"
#include "drivers/ports/sound/wave.h"
#include "drivers/simulated/files.h"
#include "tests/unit/sound/waves.h"

namespace yizhan::testing {
namespace {

constexpr const char* loudspeaker = "hw:CARD=Loopback,DEV=0";

// Noise that is never silent: what was recorded can be told from pauses.
Samples noise(std::uint32_t seed, std::size_t size) {
    Samples samples(size);
    for (auto& sample : samples) {
        seed = seed * 1664525 + 1013904223;
        sample = static_cast<std::int16_t>(1 + seed % 30000);
    }
    return samples;
}

const Samples welcome_zh = noise(1, 8000);
const Samples welcome_en = noise(2, 8000);
const Samples long_zh = noise(3, 80'000);
const Samples fire_zh = noise(4, 8000);

Recordings recordings() {
    simulated::Files files;
    files.put("/p/zh/welcome.wav", wave(welcome_zh));
    files.put("/p/en/welcome.wav", wave(welcome_en));
    files.put("/p/zh/close-the-door.wav", wave(long_zh));
    files.put("/p/zh/fire-leave.wav", wave(fire_zh));
    return Recordings(files, "/p", both);
}

// What a person hears.
class Listener {
 public:
    Listener() {
        EXPECT_GE(snd_pcm_open(&pcm_, "hw:CARD=Loopback,DEV=1", SND_PCM_STREAM_CAPTURE, SND_PCM_NONBLOCK), 0);
        EXPECT_GE(snd_pcm_set_params(pcm_, SND_PCM_FORMAT_S16, SND_PCM_ACCESS_RW_INTERLEAVED, 1, wave_rate, 0, 500'000),
                  0);
        EXPECT_GE(snd_pcm_start(pcm_), 0);
    }
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    ~Listener() { snd_pcm_close(pcm_); }

    // Waits a little for more; keeps all that is not silence.
    void listen() {
        snd_pcm_wait(pcm_, 100);
        std::array<std::int16_t, 1024> buffer;
        for (;;) {
            const auto got = snd_pcm_readi(pcm_, buffer.data(), buffer.size());
            if (got == -EPIPE) snd_pcm_start((snd_pcm_prepare(pcm_), pcm_));
            if (got <= 0) return;
            for (const auto sample : std::span(buffer).first(static_cast<std::size_t>(got))) {
                if (sample != 0) heard.push_back(sample);
            }
        }
    }

    Samples heard;

 private:
    snd_pcm_t* pcm_ = nullptr;
};

// `how`: bind or unbind.
int bind_card(const std::string& how) {
    return std::system(("echo snd_aloop.0 > /sys/bus/platform/drivers/snd_aloop/" + how).c_str());
}

class LoopbackCard : public ::testing::Test {
 public:
    void SetUp() override { ASSERT_EQ(std::system("modprobe snd-aloop"), 0); }
    void TearDown() override { std::system("modprobe -r snd-aloop"); }
};

TEST_F(LoopbackCard, HearsTheSentenceWholeInOneLanguageAfterTheOther) {
    Listener listener;
    AlsaSound sound(loudspeaker, recordings());
    ASSERT_TRUE(sound.play(Outcome::welcome, both));
    while (sound.counts().finished == 0) listener.listen();
    listener.listen();
    Samples expected = welcome_zh;
    expected.insert(expected.end(), welcome_en.begin(), welcome_en.end());
    EXPECT_EQ(listener.heard.size(), expected.size());
    EXPECT_TRUE(listener.heard == expected);
}

TEST_F(LoopbackCard, HearsTheNewerSentenceCutTheOlderOneOff) {
    Listener listener;
    AlsaSound sound(loudspeaker, recordings());
    ASSERT_TRUE(sound.play(Outcome::close_the_door, std::array{Language::zh}));
    while (listener.heard.size() < 1000) listener.listen();
    ASSERT_TRUE(sound.play(Outcome::fire_leave, std::array{Language::zh}));
    while (sound.counts().finished == 0) listener.listen();
    listener.listen();
    EXPECT_EQ(sound.counts().cut_off, 1U);
    ASSERT_GT(listener.heard.size(), fire_zh.size());
    const std::size_t before = listener.heard.size() - fire_zh.size();
    ASSERT_LT(before, long_zh.size());
    EXPECT_TRUE(std::equal(listener.heard.begin(), listener.heard.begin() + static_cast<std::ptrdiff_t>(before),
                           long_zh.begin()));
    EXPECT_TRUE(std::equal(fire_zh.begin(), fire_zh.end(), listener.heard.end() - std::ssize(fire_zh)));
}

TEST_F(LoopbackCard, ThatIsBusyIsNamedAndUsedOnceItIsFree) {
    snd_pcm_t* somebody = nullptr;
    ASSERT_GE(snd_pcm_open(&somebody, "hw:CARD=Loopback,DEV=0,SUBDEV=0", SND_PCM_STREAM_PLAYBACK, 0), 0);
    AlsaSound sound("hw:CARD=Loopback,DEV=0,SUBDEV=0", recordings());
    while (sound.counts().tries == 0 || sound.trouble()->what.find("busy") == std::string::npos) sched_yield();
    EXPECT_NE(sound.trouble()->cure.find("fuser"), std::string::npos);
    EXPECT_FALSE(sound.play(Outcome::welcome, both));
    snd_pcm_close(somebody);
    static_cast<void>(sound.play(Outcome::fire_leave, std::array{Language::zh}));
    // A sentence counts as finished a moment before the device counts as well.
    while (sound.counts().finished == 0 || sound.trouble()->what.find("no loudspeaker") != std::string::npos) {
        sched_yield();
    }
}

// A module in use stays: its card goes between two sentences.
TEST_F(LoopbackCard, ThatGoesAndComesBackIsNamedAndUsedAgain) {
    AlsaSound sound(loudspeaker, recordings());
    ASSERT_TRUE(sound.play(Outcome::fire_leave, std::array{Language::zh}));
    while (sound.counts().finished == 0) sched_yield();
    while (std::system("modprobe -r snd-aloop") != 0) sched_yield();
    static_cast<void>(sound.play(Outcome::fire_leave, std::array{Language::zh}));
    while (sound.counts().failed == 0) sched_yield();
    ASSERT_EQ(std::system("modprobe snd-aloop"), 0);
    // Nobody plays: it is tried again by itself.
    while (sound.trouble() && sound.trouble()->what.starts_with("no loudspeaker")) sched_yield();
    ASSERT_TRUE(sound.play(Outcome::fire_leave, std::array{Language::zh}));
    while (sound.counts().finished == 1) sched_yield();
}

// As a USB card whose plug is pulled: it is gone for whoever has it open, and unbinding ends when they have let go.
TEST_F(LoopbackCard, ThatGoesInMidSentenceIsNamedAndUsedAgainOnceItIsBack) {
    AlsaSound sound(loudspeaker, recordings());
    {
        Listener listener;
        ASSERT_TRUE(sound.play(Outcome::close_the_door, std::array{Language::zh}));
        while (listener.heard.size() < 1000) listener.listen();
    }
    std::thread pulled([] { EXPECT_EQ(bind_card("unbind"), 0); });
    while (sound.counts().failed == 0) sched_yield();
    pulled.join();
    EXPECT_EQ(sound.counts().finished, 0U);
    ASSERT_TRUE(sound.trouble());
    EXPECT_TRUE(sound.trouble()->what.starts_with("no loudspeaker")) << sound.trouble()->what;
    EXPECT_NE(sound.trouble()->cure.find("plugged in"), std::string::npos) << sound.trouble()->cure;
    EXPECT_FALSE(sound.play(Outcome::fire_leave, std::array{Language::zh}));  // at once; nobody hears it
    while (sound.counts().failed == 1) sched_yield();

    ASSERT_EQ(bind_card("bind"), 0);
    while (sound.trouble() && sound.trouble()->what.starts_with("no loudspeaker")) sched_yield();
    Listener listener;
    ASSERT_TRUE(sound.play(Outcome::welcome, std::array{Language::zh}));
    while (sound.counts().finished == 0) listener.listen();
    listener.listen();
    EXPECT_TRUE(listener.heard == welcome_zh);
}

}  // namespace
}  // namespace yizhan::testing
