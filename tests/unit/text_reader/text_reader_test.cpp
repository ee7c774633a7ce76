#include "drivers/text_reader/text_reader.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "drivers/simulated/event_loop.h"
#include "drivers/simulated/keyboard.h"
#include "drivers/simulated/scheduler.h"
#include "tests/support/reader_diary.h"

namespace yizhan {
namespace {

class Texts : public ::testing::Test {
 public:
    Texts() {
        scheduler.join(keyboard);
        loop.join(reader);
        diary.known = {Credential(CredentialKind::text, "99990001"), Credential(CredentialKind::text, "99990002")};
        reader.start(diary, loop.now());
        wait(milliseconds{10});
        EXPECT_EQ(diary.take(), "online ");
    }
    ~Texts() override {
        loop.leave(reader);
        scheduler.leave(keyboard);
    }
    void type(std::string_view text) { keyboard.type(text); }
    void wait(milliseconds duration) { scheduler.run_for(duration); }
    // Until it is all quiet again; what was reported.
    std::string after(std::string_view text) {
        type(text);
        wait(milliseconds{2500});
        return diary.take();
    }

    simulated::Scheduler scheduler;
    simulated::EventLoop loop{scheduler};
    simulated::Keyboard keyboard;
    TextReader reader{keyboard.open(), {.characters = "0123456789", .shortest = 8, .longest = 12}};
    testing::ReaderDiary diary;
};

TEST_F(Texts, AreReportedOnceAtEnterAndRemovedAfterAQuietWhile) {
    type("99990001");
    wait(milliseconds{100});
    EXPECT_EQ(diary.take(), "");
    type("\n");
    wait(milliseconds{10});
    EXPECT_EQ(diary.take(), "card0 ");
    wait(TextReader::quiet);
    EXPECT_EQ(diary.take(), "removed ");
    EXPECT_EQ(reader.status().cards, 1U);
    EXPECT_EQ(reader.status().verdict, "");
}

TEST_F(Texts, MayBeTypedInAnySplit) {
    for (const char c : std::string("99990001\n")) {
        type({&c, 1});
        wait(milliseconds{100});
    }
    EXPECT_EQ(diary.take(), "card0 ");
}

TEST_F(Texts, ThatDifferAndAreCloseAreOneGuess) {
    // What one QR code can hold, read within a second or for as long as it lies there.
    std::string code = "99990001\n";
    for (int i = 0; i < 300; ++i) code += std::to_string(10'000'000 + i) + "\n";
    EXPECT_EQ(after(code), "card0 unreadable removed ");
    EXPECT_EQ(reader.status().cards, 1U);
    EXPECT_EQ(reader.status().refused, 1U);
    EXPECT_EQ(reader.status().bad_frames, 300U);
    EXPECT_EQ(reader.status().health, ReaderHealth::online);
    EXPECT_EQ(reader.status().verdict,
              "several texts came at once, all but the first are void: set the reader to one line a card");
    for (int i = 0; i < 100; ++i) {
        type(i % 2 == 0 ? "99990001\n" : "99990002\n");
        wait(TextReader::quiet - milliseconds{10});
    }
    EXPECT_EQ(diary.take(), "card0 unreadable ");
    wait(milliseconds{20});
    EXPECT_EQ(diary.take(), "removed ");
    EXPECT_EQ(after("99990002\n"), "card1 removed ");
    EXPECT_EQ(reader.status().verdict, "");
}

// No way around it by texts that are void for another reason: they are no end of the presentation.
TEST_F(Texts, ThatAreVoidDoNotMakeRoomForTheNextGuess) {
    EXPECT_EQ(after("x9999x9999\n99990001\nx9999x9999\n99990002\n\nx9999x9999\n99990002\n"),
              "unreadable card0 unreadable removed ");
}

TEST_F(Texts, OfTwoPeopleOneAfterTheOtherAreTwoCards) {
    type("99990001\n");
    wait(TextReader::quiet + milliseconds{10});
    type("99990002\n");
    wait(milliseconds{10});
    EXPECT_EQ(diary.take(), "card0 removed card1 ");
}

TEST_F(Texts, ThatAreEqualAndCloseAreOnePresentation) {
    for (int i = 0; i < 5; ++i) {
        type("99990001\n");
        wait(TextReader::quiet / 2);
    }
    EXPECT_EQ(diary.take(), "card0 ");
    wait(TextReader::quiet);
    EXPECT_EQ(diary.take(), "removed ");
    EXPECT_EQ(after("99990001\n"), "card0 removed ");
}

TEST_F(Texts, OfOtherCharactersAreUnreadable) {
    EXPECT_EQ(after("9999x0001\n"), "unreadable removed ");
    EXPECT_EQ(reader.status().verdict,
              "a text had characters that are not set: check charset in the settings and the reader's layout (US)");
    EXPECT_EQ(reader.status().bad_frames, 1U);
    EXPECT_EQ(reader.status().refused, 1U);
    EXPECT_EQ(after("99990001\n"), "card0 removed ");
    EXPECT_EQ(reader.status().verdict, "");
}

TEST_F(Texts, WithALostKeyAreUnreadable) {
    EXPECT_EQ(after(std::string("9999") + key_unknown + "0001\n"), "unreadable removed ");
    EXPECT_EQ(reader.status().verdict,
              "keys came that type no character: set the reader to a US keyboard, without prefixes and suffixes");
}

TEST_F(Texts, TooLongAreUnreadableToTheirEnd) {
    EXPECT_EQ(after("9999000199990001999900019999000199990001\n"), "unreadable removed ");
    EXPECT_EQ(reader.status().verdict, "a text was longer than max_length: check what the reader adds to the number");
    EXPECT_EQ(after("99990001\n"), "card0 removed ");
}

TEST_F(Texts, TooShortAreUnreadableAndBumpedKeysOnlyCounted) {
    EXPECT_EQ(after("9999\n"), "unreadable removed ");
    EXPECT_EQ(after("999\n"), "");
    EXPECT_EQ(reader.status().bad_frames, 2U);
    EXPECT_EQ(reader.status().refused, 1U);
    EXPECT_EQ(reader.status().verdict, "a text was shorter than min_length: check the reader's output format");
}

TEST_F(Texts, WithoutEnterAreVoidAfterAPauseAndDoNotTouchTheNext) {
    EXPECT_EQ(after("99990001"), "unreadable removed ");
    EXPECT_EQ(reader.status().timeouts, 1U);
    EXPECT_EQ(reader.status().verdict, "a text came without Enter: set the reader to end with Enter");
    EXPECT_EQ(after("99990002\n"), "card1 removed ");
}

TEST_F(Texts, WithoutEnterDoNotTouchTheNextEitherWhereTheLoopWasLate) {
    type("9999");
    wait(milliseconds{10});
    loop.leave(reader);  // nobody tells it that the pause is over
    wait(TextReader::pause);
    type("99990002\n");
    wait(milliseconds{10});
    loop.join(reader);
    wait(seconds{2});
    EXPECT_EQ(diary.take(), "unreadable card1 removed ");
}

TEST_F(Texts, MayEndWithMoreThanOneEnter) {
    EXPECT_EQ(after("99990001\n\n\n"), "card0 removed ");
    EXPECT_EQ(reader.status().bad_frames, 0U);
}

TEST_F(Texts, ThatKeepFailingMakeTheReaderDegradedUntilOneIsRead) {
    for (int i = 0; i < TextReader::failures_to_degrade - 1; ++i) EXPECT_EQ(after("abcdefgh\n"), "unreadable removed ");
    EXPECT_EQ(after("abcdefgh\n"), "unreadable degraded removed ");
    EXPECT_EQ(after("99990001\n"), "card0 online removed ");
}

TEST_F(Texts, AreForgottenWhenTheReaderIsUnplugged) {
    type("9999");
    wait(milliseconds{10});
    keyboard.detach();
    wait(milliseconds{10});
    EXPECT_EQ(diary.take(), "offline ");
    EXPECT_EQ(reader.status().verdict, "unplugged");
    keyboard.attach();
    wait(milliseconds{10});
    EXPECT_EQ(diary.take(), "online ");
    EXPECT_EQ(after("99990002\n"), "card1 removed ");
    EXPECT_EQ(reader.status().verdict, "");
}

TEST(TextReader, SaysNotFoundUntilItsPortFoundIt) {
    simulated::Keyboard keyboard;
    const TextReader reader(keyboard.open(), {.characters = "0"});
    EXPECT_EQ(reader.status().health, ReaderHealth::offline);
    EXPECT_EQ(reader.status().verdict, "not found yet");
}

// Beside cards, at a reader inside.
class Numbers : public ::testing::Test {
 public:
    Numbers() {
        scheduler.join(keyboard);
        loop.join(reader);
        diary.known = {Credential(CredentialKind::text, "99990001")};
        reader.start(diary, loop.now());
        after("");
    }
    ~Numbers() override {
        loop.leave(reader);
        scheduler.leave(keyboard);
    }
    std::string after(std::string_view text) {
        keyboard.type(text);
        scheduler.run_for(milliseconds{2500});
        return diary.take();
    }

    simulated::Scheduler scheduler;
    simulated::EventLoop loop{scheduler};
    simulated::Keyboard keyboard;
    TextReader reader{keyboard.open(),
                      {.characters = "0123456789ABCDEF", .shortest = 8, .longest = 12, .numbers = true}};
    testing::ReaderDiary diary;
};

TEST_F(Numbers, OfOneOrTwoDigitsAreNumbersAndNoCards) {
    EXPECT_EQ(after("3\n"), "number3 ");
    EXPECT_EQ(after("07\n"), "number7 ");
    EXPECT_EQ(after("64\n"), "number64 ");
    EXPECT_EQ(after("100\n"), "");
    EXPECT_EQ(after("A\n"), "");
    EXPECT_EQ(after("3"), "") << "without Enter it may be the beginning of a card";
    EXPECT_EQ(reader.status().cards, 0U);
}

TEST_F(Numbers, ComeBeforeACardWithoutVoidingIt) { EXPECT_EQ(after("3\n99990001\n"), "number3 card0 removed "); }

}  // namespace
}  // namespace yizhan
