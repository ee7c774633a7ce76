// What of the PC/SC port needs no pcscd. The rest: tests/hardware/readers_test.cpp.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "drivers/ports/pcsc/pcsc_port.h"
#include "drivers/ports/pcsc/pcsc_session.h"
#include "drivers/ports/pcsc/reader_choice.h"
#include "drivers/ports/pcsc/uid_exchange.h"
#include "drivers/simulated/event_loop.h"
#include "drivers/simulated/scheduler.h"

namespace yizhan {
namespace {

using Answer = std::vector<std::uint8_t>;

TEST(UidAnswer, IsTakenWhereItIsCompleteAndAsLongAsAUid) {
    for (const std::size_t size : {4U, 7U, 8U, 10U}) {
        Answer answer(size, 0x5A);
        const Credential expected(CredentialKind::card_uid, std::as_bytes(std::span(answer)));
        answer.insert(answer.end(), {0x90, 0x00});
        EXPECT_TRUE(uid_answer(answer).uid == expected) << size;
    }
    for (const std::size_t size : {0U, 1U, 3U, 5U, 6U, 9U, 11U, 64U, 256U}) {
        Answer answer(size, 0x5A);
        answer.insert(answer.end(), {0x90, 0x00});
        EXPECT_TRUE(uid_answer(answer).uid.bytes().empty()) << size;
    }
}

TEST(UidAnswer, IsNoUidWhereItSaysThatSomethingIsWrong) {
    const std::vector<Answer> wrong{{},
                                    {0x90},
                                    {0x63, 0x00},
                                    {0x6A, 0x81},
                                    {1, 2, 3, 4, 0x62, 0x82},
                                    {1, 2, 3, 4, 0x90, 0x01},
                                    {1, 2, 3, 4, 0x61, 0x00}};
    for (const Answer& answer : wrong) {
        EXPECT_TRUE(uid_answer(answer).uid.bytes().empty());
        EXPECT_EQ(uid_answer(answer).ask_for, std::nullopt);
    }
}

TEST(UidAnswer, MayNameTheLengthToAskFor) {
    EXPECT_EQ(uid_answer(Answer{0x6C, 0x07}).ask_for, 7);
    EXPECT_EQ(uid_request(7), (std::array<std::uint8_t, 5>{0xFF, 0xCA, 0x00, 0x00, 0x07}));
}

TEST(ReaderChoice, IsByAPartOfTheNameThatFitsOnlyOne) {
    const std::vector<std::string> readers{"ACS ACR122U PICC Interface 00 00", "Desk 01 00", "Desk 01 00 (SAM)"};
    EXPECT_EQ(choose_reader("ACR122U", readers), readers[0]);
    EXPECT_EQ(choose_reader("Desk 01 00", readers), readers[1]);  // a whole name fits better than a part
    EXPECT_EQ(choose_reader("SAM", readers), readers[2]);
    const auto several = choose_reader("Desk", readers);
    ASSERT_FALSE(several);
    EXPECT_EQ(several.error(), (Error{"more than one reader is called \"Desk\"",
                                      "write more of the name in the settings: \"Desk 01 00\", \"Desk 01 00 (SAM)\""}));
    const auto none = choose_reader("HID", {"Desk 01 00"});
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error(), (Error{"no reader is called \"HID\"", "there is \"Desk 01 00\""}));
    EXPECT_EQ(choose_reader("HID", {}).error().cure, "none is there: plug it in");
}

struct Diary : ContactlessListener {
    std::string words;
    std::string take() { return std::exchange(words, {}); }
    void on_attached(Now) override { words += "attached "; }
    void on_detached(std::string_view why, Now) override { words += "detached(" + std::string(why) + ") "; }
    void on_card(std::span<const std::byte> uid, Now) override { words += "card" + std::to_string(uid.size()) + " "; }
    void on_removed(Now) override { words += "removed "; }
};

// The thread's side is played on the loop's thread: the loop turns only where the test says so.
class Session : public testing::Test {
 public:
    Session() { session->start(diary); }
    ~Session() override {
        session->ended();
        session->stop(milliseconds{0});
    }
    std::string turn() {
        loop.run_turn();
        return diary.take();
    }
    static Credential uid(std::size_t size) {
        const std::vector<std::byte> bytes(size, std::byte{1});
        return {CredentialKind::card_uid, std::span(bytes)};
    }

    simulated::Scheduler scheduler;
    simulated::EventLoop loop{scheduler};
    Diary diary;
    std::shared_ptr<PcscSession> session = std::make_shared<PcscSession>(loop, "Desk");
};

TEST_F(Session, TellsWhatHappensInItsOrder) {
    session->detached("not there");
    EXPECT_EQ(diary.take(), "");
    EXPECT_EQ(turn(), "detached(not there) ");
    session->attached("Reader 0");
    EXPECT_EQ(turn(), "attached ");
    session->card(uid(4));
    EXPECT_EQ(turn(), "card4 ");
    session->removed();
    EXPECT_EQ(turn(), "removed ");
    session->card({});
    EXPECT_EQ(turn(), "card0 ");
    session->detached("unplugged");
    EXPECT_EQ(turn(), "removed detached(unplugged) ");
    EXPECT_EQ(turn(), "");
}

TEST_F(Session, TellsOfACardThatCameAndWentBetweenTwoTurns) {
    session->attached("Reader 0");
    session->card(uid(7));
    session->removed();
    session->detached("unplugged");
    EXPECT_EQ(turn(), "attached card7 removed detached(unplugged) ");
}

TEST_F(Session, TellsOnlyTheNewestOfManyCards) {
    session->attached("Reader 0");
    session->card(uid(4));
    EXPECT_EQ(turn(), "attached card4 ");
    for (int i = 0; i < 5000; ++i) {
        session->removed();
        session->card(uid(8));
        session->detached("gone");
        session->attached("Reader 0");
        session->card(uid(7));
    }
    EXPECT_EQ(turn(), "removed card7 ");
    EXPECT_EQ(turn(), "");
}

TEST_F(Session, TellsNothingOnceItWasStopped) {
    session->attached("Reader 0");
    session->ended();
    EXPECT_TRUE(session->stop(milliseconds{0}));
    EXPECT_EQ(turn(), "");
    session->card(uid(4));
    EXPECT_EQ(turn(), "");
    EXPECT_TRUE(session->stopping());
}

TEST_F(Session, LeavesAThreadBehindThatHangs) { EXPECT_FALSE(session->stop(milliseconds{1})); }

TEST(PcscPorts, TakeOnlyNamesOfPcscReaders) {
    simulated::Scheduler scheduler;
    simulated::EventLoop loop(scheduler);
    PcscPorts ports(loop);
    for (const auto* name : {"usb:1-1", "pcsc:", "ACR122U"}) {
        const auto opened = ports.open_contactless(name);
        ASSERT_FALSE(opened);
        EXPECT_EQ(opened.error(), (Error{"port " + std::string(name) + " is no PC/SC reader",
                                         "write pcsc: and the reader's name, or a part of it"}));
    }
    EXPECT_TRUE(ports.open_contactless("pcsc:ACR122U"));
}

}  // namespace
}  // namespace yizhan
