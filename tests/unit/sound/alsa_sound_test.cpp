// The port with its thread, over ALSA's own "null" device, which takes everything, and over none. With a real sound
// card of the kernel: tests/hardware/sound_test.cpp.
#include "drivers/ports/sound/alsa_sound.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <thread>

#include "drivers/ports/sound/alsa_device.h"
#include "drivers/ports/unique_fd.h"
#include "drivers/simulated/files.h"
#include "tests/unit/ports/temporary_folder.h"
#include "tests/unit/sound/waves.h"

namespace yizhan::testing {
namespace {

Recordings recordings() {
    simulated::Files files;
    const std::vector<std::int16_t> samples(1600, 1000);
    for (const OutcomeText& text : outcomes()) {
        if (text.outcome == Outcome::full) continue;
        for (const auto* language : {"zh", "en"}) {
            files.put("/p/" + std::string(language) + "/" + std::string(text.code) + ".wav", wave(samples));
        }
    }
    return Recordings(files, "/p", both);
}

// The thread gets there at some time: ctest's limit ends a test whose thread does not.
template <class Predicate>
void wait_until(Predicate predicate) {
    while (!predicate()) std::this_thread::yield();
}

std::string said_to_be_wrong(const AlsaSound& sound) {
    const auto trouble = sound.trouble();
    return trouble ? trouble->what : "";
}

TEST(AlsaSound, SaysASentenceToItsEnd) {
    AlsaSound sound("null", recordings());
    ASSERT_TRUE(sound.play(Outcome::welcome, both));
    wait_until([&] { return sound.counts().finished == 1; });
    EXPECT_EQ(sound.counts().failed, 0U);
}

TEST(AlsaSound, WithoutALoudspeakerSaysSoBeforeAnybodyTriesAndRefuses) {
    AlsaSound sound("hw:CARD=Nowhere", recordings());
    wait_until([&] { return said_to_be_wrong(sound).starts_with("no loudspeaker"); });
    EXPECT_EQ(said_to_be_wrong(sound).find("no loudspeaker: ALSA device \"hw:CARD=Nowhere\" cannot be opened ("), 0U);
    EXPECT_NE(sound.trouble()->cure.find("aplay -L"), std::string::npos);
    const auto said = sound.play(Outcome::welcome, both);
    ASSERT_FALSE(said);
    EXPECT_EQ(said.error(), sound.trouble());
    // Tried all the same: it may just have been plugged in.
    wait_until([&] { return sound.counts().failed == 1; });
}

// Whose file it is says udev's rule, and what the program may open at all says its unit.
TEST(AlsaSound, OfADeviceItMayNotOpenNamesRuleOrUnit) {
    const auto cure = [](int error) { return error_of({SoundTrouble::Step::open, error}, "default").cure; };
    EXPECT_NE(cure(EACCES).find("group yizhan-devices (70-yizhan.rules)"), std::string::npos);
    EXPECT_NE(cure(EPERM).find("DeviceAllow=char-alsa rw"), std::string::npos);
}

TEST(AlsaSound, WithoutOneRecordingRefusesOnlyThatOne) {
    AlsaSound sound("null", recordings());
    const auto said = sound.play(Outcome::full, both);
    ASSERT_FALSE(said);
    EXPECT_NE(said.error().what.find("/full.wav"), std::string::npos);
    EXPECT_TRUE(sound.play(Outcome::welcome, both));
    wait_until([&] { return sound.counts().finished == 1; });
    EXPECT_EQ(said_to_be_wrong(sound).find("2 sentences are silent, the first: "), 0U);
}

// A flood: what is not begun yet is replaced, never queued.
TEST(AlsaSound, KeepsNothingButTheNewest) {
    constexpr std::uint64_t flood = 10'000;
    AlsaSound sound("null", recordings());
    for (std::uint64_t i = 0; i < flood; ++i) ASSERT_TRUE(sound.play(Outcome::welcome, both));
    const auto done = [&] { return sound.counts().finished + sound.counts().cut_off; };
    wait_until([&] { return sound.counts().finished >= 1; });
    EXPECT_LE(done(), flood);
    EXPECT_EQ(sound.counts().failed, 0U);
}

// ALSA's "file" device opens a pipe that nobody reads, and that is as stuck as a thread can be.
TEST(AlsaSound, OfADeviceThatHangsHoldsUpNobody) {
    const TemporaryFolder folder;
    const std::string pipe = folder / "pipe";
    ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
    {
        AlsaSound sound("file:FILE=" + pipe + ",FORMAT=raw", recordings());
        wait_until([&] { return sound.counts().tries == 1; });
        for (int i = 0; i < 1000; ++i) EXPECT_TRUE(sound.play(Outcome::welcome, both));
        EXPECT_EQ(sound.counts().tries, 1U);
        EXPECT_EQ(sound.counts().finished, 0U);
    }
    // The thread that was left behind gets on, and finds that it is not needed any more.
    const UniqueFd reader(::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    EXPECT_TRUE(reader);
}

TEST(AlsaSound, EndsInTheMiddleOfASentence) {
    for (int i = 0; i < 20; ++i) {
        AlsaSound sound(i % 2 == 0 ? "null" : "hw:CARD=Nowhere", recordings());
        static_cast<void>(sound.play(Outcome::fire_leave, both));
    }
}

}  // namespace
}  // namespace yizhan::testing
