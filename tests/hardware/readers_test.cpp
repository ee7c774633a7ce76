// Contactless and keyboard-style readers: the whole drivers over a real pcscd and the kernel's input devices.
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "drivers/contactless_reader/contactless_reader.h"
#include "drivers/ports/keyboard/keyboard_port.h"
#include "drivers/ports/pcsc/pcsc_port.h"
#include "drivers/text_reader/text_reader.h"
#include "tests/hardware/readers_card.h"
#include "tests/hardware/readers_keyboard.h"

namespace yizhan::testing {
namespace {

// Words for what was reported; a credential only as whether it is the expected one.
struct Diary : CardReaderListener {
    Credential expected;
    std::string words;
    void on_card(CardReader&, const CardRead& card, Now) override {
        words += card.credential == expected ? "card " : "unknown-card ";
    }
    void on_card_refused(CardReader&, Outcome why, Now) override { words += std::string(text_of(why).code) + " "; }
    void on_card_removed(CardReader&, Now) override { words += "removed "; }
    void on_health(CardReader&, ReaderHealth health, Now) override {
        words += health == ReaderHealth::online ? "online " : "offline ";
    }
};

class RealReader : public ::testing::Test {
 protected:
    ~RealReader() override {
        if (reader) loop.leave(*reader);
    }
    void start(std::unique_ptr<CardReader> made) {
        reader = std::move(made);
        loop.join(*reader);
        reader->start(diary, loop.now());
    }
    // Lets the loop turn until `done`, for a minute at most.
    bool turn_until(const std::function<bool()>& done) {
        for (int i = 0; i < 6000 && !done(); ++i) loop.turn(milliseconds{10});
        return done();
    }
    // What was reported up to a word.
    std::string until(const std::string& word) {
        EXPECT_TRUE(turn_until([&] { return diary.words.find(word) != std::string::npos; })) << diary.words;
        return std::exchange(diary.words, {});
    }

    SdEventLoop loop{ClockPolicy::always};
    Diary diary;
    std::unique_ptr<CardReader> reader;
};

class PcscReader : public RealReader {
 protected:
    using Bytes = VirtualCard::Bytes;
    void start_reader(const std::string& name = "pcsc:Virtual PCD 00 00") {
        auto port = ports.open_contactless(name);
        ASSERT_TRUE(port);
        start(std::make_unique<ContactlessReader>(std::move(*port), UidTransform{}));
    }
    void lay(std::vector<Bytes> answers) { card.emplace(loop, std::move(answers)); }
    void expect_uid() { diary.expected = {CredentialKind::card_uid, std::as_bytes(std::span(uid))}; }
    static Bytes told(Bytes answer) {
        answer.insert(answer.end(), {0x90, 0x00});
        return answer;
    }

    const Bytes uid{0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0xF6};
    std::optional<Pcscd> pcscd{std::in_place};
    PcscPorts ports{loop};
    std::optional<VirtualCard> card;
};

TEST_F(PcscReader, ReportsACardAndItsRemovalEachTime) {
    start_reader();
    EXPECT_TRUE(until("online").ends_with("online "));
    EXPECT_EQ(reader->status().identity, "Virtual PCD 00 00");
    expect_uid();
    for (int i = 0; i < 3; ++i) {
        lay({told(uid)});
        EXPECT_EQ(until("card"), "card ");
        EXPECT_EQ(card->commands(), (std::vector<Bytes>{{0xFF, 0xCA, 0x00, 0x00, 0x00}}));
        card.reset();
        EXPECT_EQ(until("removed"), "removed ");
    }
    EXPECT_EQ(reader->status().verdict, "");
}

TEST_F(PcscReader, ReportsACardThatLayThereBefore) {
    lay({told(uid)});
    expect_uid();
    start_reader();
    EXPECT_TRUE(until("card").ends_with("online card "));
}

TEST_F(PcscReader, RefusesACardThatShowsAnotherUidEachTime) {
    start_reader();
    until("online");
    lay({told({0x08, 0x12, 0x34, 0x56})});
    EXPECT_EQ(until("number"), "card-changes-its-number ");
    card.reset();
    EXPECT_EQ(until("removed"), "removed ");
}

TEST_F(PcscReader, AsksOnceMoreWithTheLengthItIsTold) {
    start_reader();
    until("online");
    expect_uid();
    lay({{0x6C, 0x07}, told(uid)});
    EXPECT_EQ(until("card"), "card ");
    EXPECT_EQ(card->commands(), (std::vector<Bytes>{{0xFF, 0xCA, 0x00, 0x00, 0x00}, {0xFF, 0xCA, 0x00, 0x00, 0x07}}));
    card.reset();
    until("removed");
    lay({{0x6C, 0x07}});
    EXPECT_EQ(until("unreadable"), "unreadable ");
    EXPECT_EQ(card->commands().size(), 2U);
}

TEST_F(PcscReader, CallsACardUnreadableThatTellsNoUid) {
    start_reader();
    until("online");
    for (const Bytes& answer : {Bytes{0x63, 0x00}, Bytes{0x6A, 0x81}, Bytes{1, 2, 3, 4, 0x62, 0x82}}) {
        lay({answer});
        EXPECT_EQ(until("unreadable"), "unreadable ");
        card.reset();
        EXPECT_EQ(until("removed"), "removed ");
    }
}

TEST_F(PcscReader, SaysWhatToDoWhereTheNameFitsTwoReadersOrNone) {
    lay({told(uid)});  // pcscd is there when this returns
    for (const auto& [name, verdict] :
         {std::pair{"pcsc:Virtual",
                    "more than one reader is called \"Virtual\": write more of the name in the settings: "
                    "\"Virtual PCD 00 00\", \"Virtual PCD 00 01\""},
          std::pair{"pcsc:ACR122U",
                    "no reader is called \"ACR122U\": there is \"Virtual PCD 00 00\", \"Virtual PCD 00 "
                    "01\""}}) {
        auto port = ports.open_contactless(name);
        ASSERT_TRUE(port);
        ContactlessReader other(std::move(*port), UidTransform{});
        other.start(diary, loop.now());
        EXPECT_TRUE(turn_until([&] { return other.status().verdict == verdict; })) << other.status().verdict;
        EXPECT_EQ(other.status().health, ReaderHealth::offline);
    }
}

TEST_F(PcscReader, SurvivesAServiceThatIsKilledAndStartedAgain) {
    start_reader();
    until("online");
    expect_uid();
    lay({told(uid)});
    EXPECT_EQ(until("card"), "card ");
    pcscd->kill();
    EXPECT_EQ(until("offline"), "offline ");
    EXPECT_TRUE(turn_until([&] {
        return reader->status().verdict == "the smart card service does not run: systemctl enable --now pcscd.socket";
    })) << reader->status().verdict;
    card.reset();
    pcscd.emplace();
    EXPECT_EQ(until("removed"), "online removed ");
    lay({told(uid)});
    EXPECT_EQ(until("card"), "card ");
}

TEST_F(PcscReader, EndsAlsoWhereTheServiceHangs) {
    start_reader();
    until("online");
    pcscd->freeze();
    loop.leave(*reader);
    reader.reset();
    pcscd->thaw();
}

class KeyboardReader : public RealReader {
 protected:
    void plug_in() {
        keyboard.emplace();
        const std::string file = keyboard->device();
        // devtmpfs makes the file; udev's link by-id is played here.
        ASSERT_TRUE(turn_until([&] { return std::filesystem::exists(file); }));
        std::filesystem::create_symlink(file, link);
    }
    void unplug() {
        keyboard.reset();
        std::filesystem::remove(link);
    }
    void SetUp() override {
        std::filesystem::remove(link);
        plug_in();
        auto port = ports.open_keyboard(link);
        ASSERT_TRUE(port);
        start(std::make_unique<TextReader>(std::move(*port),
                                           TextRules{.characters = "0123456789", .shortest = 8, .longest = 12}));
        EXPECT_EQ(until("online"), "online ");
        diary.expected = {CredentialKind::text, "9999000123"};
    }
    void TearDown() override { std::filesystem::remove(link); }

    const std::string link = "/tmp/yizhan-card-reader-event-kbd";
    std::optional<UinputKeyboard> keyboard;
    KeyboardPorts ports{loop};
};

TEST_F(KeyboardReader, ReadsATextThatEndsWithEnter) {
    keyboard->type("9999000123\n");
    EXPECT_EQ(until("removed"), "card removed ");
}

TEST_F(KeyboardReader, LetsNobodyElseSeeWhatIsTyped) {
    const UniqueFd other(open(link.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    ASSERT_TRUE(other);
    keyboard->type("9999000123\n");
    EXPECT_EQ(until("card"), "card ");
    input_event event{};
    EXPECT_EQ(read(other.get(), &event, sizeof(event)), -1);
    EXPECT_EQ(errno, EAGAIN);
    // Gone, it lets go.
    loop.leave(*reader);
    reader.reset();
    EXPECT_TRUE(turn_until([&] {
        keyboard->type("1");
        return read(other.get(), &event, sizeof(event)) > 0;
    }));
}

TEST_F(KeyboardReader, CallsATextUnreadableThatIsTooLong) {
    keyboard->type("99990001239999000123\n");
    EXPECT_EQ(until("removed"), "unreadable removed ");
}

TEST_F(KeyboardReader, VoidsATextWhoseEventsTheKernelDropped) {
    // More than the kernel keeps for us, without a turn of the loop; the last keys look like a card.
    for (int i = 0; i < 200; ++i) keyboard->type("9999");
    keyboard->type("\n9999000123");
    until("unreadable");
    until("removed");
    keyboard->type("9999000123\n");
    EXPECT_EQ(until("removed"), "card removed ");
}

TEST_F(KeyboardReader, GoesOnAfterItWasUnplugged) {
    keyboard->type("9999");
    unplug();
    EXPECT_EQ(until("offline"), "offline ");
    EXPECT_EQ(reader->status().identity, "");
    EXPECT_TRUE(turn_until([&] {
        return reader->status().verdict == link + " is not there: plug it in, or correct its name in the settings";
    })) << reader->status().verdict;
    plug_in();
    EXPECT_EQ(until("online"), "online ");
    EXPECT_EQ(reader->status().identity, "Card reader of a test");
    keyboard->type("9999000123\n");
    EXPECT_EQ(until("removed"), "card removed ");
}

TEST_F(KeyboardReader, SaysThatAnotherProgramHasIt) {
    auto port = ports.open_keyboard(link);
    ASSERT_TRUE(port);
    TextReader second(std::move(*port), TextRules{.characters = "0123456789"});
    Diary ignored;
    second.start(ignored, loop.now());
    EXPECT_TRUE(turn_until([&] {
        return second.status().verdict == "another program uses " + link + ": stop it (fuser -v " + link + " names it)";
    })) << second.status().verdict;
}

}  // namespace
}  // namespace yizhan::testing
