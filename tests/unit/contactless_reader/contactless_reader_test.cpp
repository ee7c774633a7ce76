#include "drivers/contactless_reader/contactless_reader.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "drivers/simulated/contactless.h"
#include "drivers/simulated/event_loop.h"
#include "drivers/simulated/scheduler.h"
#include "tests/support/reader_diary.h"

namespace yizhan {
namespace {

using Bytes = std::vector<std::uint8_t>;

Credential uid_of(const Bytes& bytes) { return {CredentialKind::card_uid, std::as_bytes(std::span(bytes))}; }

class Bench {
 public:
    explicit Bench(UidTransform transform = {}) : reader(table.open(), transform) {
        scheduler.join(table);
        loop.join(reader);
        reader.start(diary, loop.now());
        wait(milliseconds{2000});
        EXPECT_EQ(diary.take(), "online ");
    }
    ~Bench() {
        loop.leave(reader);
        scheduler.leave(table);
    }
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;

    void wait(milliseconds duration) { scheduler.run_for(duration); }
    void lay(const Bytes& uid) {
        table.present(std::as_bytes(std::span(uid)));
        wait(milliseconds{10});
    }
    void lift() {
        table.remove();
        wait(milliseconds{10});
    }
    // Laid down, lifted, and all quiet again.
    std::string swipe(const Bytes& uid) {
        lay(uid);
        lift();
        wait(ContactlessReader::bounce * 2);
        return diary.take();
    }

    simulated::Scheduler scheduler;
    simulated::EventLoop loop{scheduler};
    simulated::Contactless table;
    ContactlessReader reader;
    testing::ReaderDiary diary;
};

const Bytes four{0x04, 0xA1, 0xB2, 0xC3};
const Bytes seven{0x04, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66};

TEST(ContactlessReader, ReportsACardOnceAndItsRemoval) {
    Bench bench;
    bench.diary.known = {uid_of(four), uid_of(seven)};
    bench.lay(four);
    EXPECT_EQ(bench.diary.take(), "card0 ");
    bench.wait(seconds{60});
    EXPECT_EQ(bench.diary.take(), "");
    bench.lift();
    bench.wait(ContactlessReader::bounce);
    EXPECT_EQ(bench.diary.take(), "removed ");
    EXPECT_EQ(bench.swipe(seven), "card1 removed ");
    EXPECT_EQ(bench.reader.status().cards, 2U);
}

TEST(ContactlessReader, DoesNotReportAgainACardThatBouncesInTheField) {
    Bench bench;
    bench.diary.known = {uid_of(four)};
    for (int i = 0; i < 5; ++i) {
        bench.lay(four);
        bench.lift();
        bench.wait(ContactlessReader::bounce / 2);
    }
    EXPECT_EQ(bench.diary.take(), "card0 ");
    bench.lay({});
    bench.lift();
    EXPECT_EQ(bench.diary.take(), "");
    bench.wait(ContactlessReader::bounce);
    EXPECT_EQ(bench.diary.take(), "removed ");
    EXPECT_EQ(bench.swipe(four), "card0 removed ");
}

TEST(ContactlessReader, TellsAnotherCardApartHoweverFastItComes) {
    Bench bench;
    bench.diary.known = {uid_of(four), uid_of(seven)};
    bench.lay(four);
    bench.lay(seven);
    EXPECT_EQ(bench.diary.take(), "card0 removed card1 ");
}

TEST(ContactlessReader, RefusesARandomUidAtEverySwipe) {
    Bench bench;
    for (int i = 0; i < 3; ++i) {
        const auto drawn = static_cast<std::uint8_t>(i);
        EXPECT_EQ(bench.swipe({0x08, drawn, 0x5A, 0xC3}), "card-changes-its-number removed ");
    }
    EXPECT_EQ(bench.reader.status().cards, 0U);
    EXPECT_EQ(bench.reader.status().refused, 3U);
    EXPECT_EQ(bench.reader.status().health, ReaderHealth::online);
}

TEST(ContactlessReader, RefusesARandomUidWhateverIsMadeOfIt) {
    Bench bench({.reverse = true, .low_bytes = 3});
    EXPECT_EQ(bench.swipe({0x08, 0x01, 0x02, 0x03}), "card-changes-its-number removed ");
}

TEST(ContactlessReader, TakesALongUidThatBeginsAsARandomOne) {
    Bench bench;
    const Bytes uid{0x08, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66};
    bench.diary.known = {uid_of(uid)};
    EXPECT_EQ(bench.swipe(uid), "card0 removed ");
}

TEST(ContactlessReader, MakesOfAUidWhatTheListHas) {
    struct Case {
        UidTransform transform;
        Bytes told;
        Bytes made;
    };
    for (const Case& one :
         {Case{{}, seven, seven}, Case{{.reverse = true}, four, {0xC3, 0xB2, 0xA1, 0x04}},
          Case{{.low_bytes = 3}, four, {0xA1, 0xB2, 0xC3}}, Case{{.low_bytes = 4}, seven, {0x33, 0x44, 0x55, 0x66}},
          Case{{.low_bytes = 4}, four, four}, Case{{.reverse = true, .low_bytes = 3}, four, {0xB2, 0xA1, 0x04}}}) {
        Bench bench(one.transform);
        bench.diary.known = {uid_of(one.made)};
        EXPECT_EQ(bench.swipe(one.told), "card0 removed ");
    }
}

TEST(ContactlessReader, RefusesACardWithoutUidAndIsDegradedWhenThatGoesOn) {
    Bench bench;
    bench.diary.known = {uid_of(four)};
    for (int i = 0; i < ContactlessReader::failures_to_degrade - 1; ++i) {
        EXPECT_EQ(bench.swipe({}), "unreadable removed ");
    }
    EXPECT_EQ(bench.swipe({}), "unreadable degraded removed ");
    EXPECT_NE(bench.reader.status().verdict, "");
    EXPECT_EQ(bench.swipe(four), "card0 online removed ");
    EXPECT_EQ(bench.reader.status().verdict, "");
}

TEST(ContactlessReader, TakesACardThatIsReadAtTheSecondTry) {
    Bench bench;
    bench.diary.known = {uid_of(four)};
    bench.lay({});
    bench.lay(four);
    EXPECT_EQ(bench.diary.take(), "unreadable card0 ");
}

TEST(ContactlessReader, DoesNotReportAgainACardThatLiesThereWhenTheReaderIsBack) {
    Bench bench;
    bench.diary.known = {uid_of(four)};
    bench.lay(four);
    EXPECT_EQ(bench.diary.take(), "card0 ");
    bench.table.detach();
    bench.wait(seconds{30});
    EXPECT_EQ(bench.diary.take(), "offline ");
    EXPECT_EQ(bench.reader.status().verdict, "unplugged");
    bench.table.attach();
    bench.wait(seconds{3});
    EXPECT_EQ(bench.diary.take(), "online ");
    bench.lift();
    bench.wait(ContactlessReader::bounce);
    EXPECT_EQ(bench.diary.take(), "removed ");
}

TEST(ContactlessReader, NoticesThatACardWasTakenAwayWhileTheReaderWasGone) {
    Bench bench;
    bench.diary.known = {uid_of(four)};
    bench.lay(four);
    bench.table.detach();
    bench.wait(seconds{1});
    bench.lift();
    bench.table.attach();
    bench.wait(seconds{2});
    EXPECT_EQ(bench.diary.take(), "card0 offline online removed ");
}

TEST(ContactlessReader, EndsARefusalWhenTheReaderGoes) {
    Bench bench;
    bench.lay({});
    bench.table.detach();
    bench.wait(seconds{1});
    EXPECT_EQ(bench.diary.take(), "unreadable removed offline ");
}

}  // namespace
}  // namespace yizhan
