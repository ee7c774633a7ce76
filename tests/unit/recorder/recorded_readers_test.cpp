// Contactless readers and readers that type: a recorded session replays to the same reports, and tells nobody's card.
#include "drivers/recorder/recorded_readers.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "drivers/contactless_reader/contactless_reader.h"
#include "drivers/recorder/replay/recording.h"
#include "drivers/recorder/replay/replayed_ports.h"
#include "drivers/simulated/contactless.h"
#include "drivers/simulated/keyboard.h"
#include "drivers/text_reader/text_reader.h"
#include "tests/support/reader_diary.h"
#include "tests/unit/recorder/recording_bench.h"

namespace yizhan::testing {
namespace {

using namespace std::chrono_literals;
using Uid = std::vector<std::uint8_t>;

constexpr const char* source = "the reader";

static_assert(StandIns::memory > TextReader::quiet);
static_assert(StandIns::memory > ContactlessReader::settling && StandIns::memory > ContactlessReader::bounce);

struct Session {
    std::string file;
    std::string words;
    std::chrono::microseconds lasted{0};
};

// `drive` does something to the simulated device, then `wait`s, and so on.
template <class Device, class Recorded, class Driver, class... Rules>
class Desk {
 public:
    using Wait = std::function<void(milliseconds)>;
    using Drive = std::function<void(Device&, const Wait&)>;

    static Session record(const Drive& drive, const Rules&... rules) {
        RecordingBench bench;
        Session session;
        {
            Device device;
            Driver driver(std::make_unique<Recorded>(device.open(), *bench.recorder, source), rules...);
            ReaderDiary diary;
            bench.loop.join(device);
            bench.loop.join(driver);
            driver.start(diary, bench.loop.now());
            // So that nothing happens in the very moment in which a driver's patience ends: who is first then is
            // chance.
            const Wait wait = [&](milliseconds duration) {
                bench.scheduler.run_until(bench.loop.now().mono + duration + 1us);
                session.lasted += duration + 1us;
            };
            wait(10ms);  // it is there
            drive(device, wait);
            wait(7s);
            session.words = diary.take();
            bench.loop.leave(driver);
            bench.loop.leave(device);
        }
        bench.recorder.reset();
        session.file = bench.file;
        return session;
    }

    template <class Replayed>
    static std::string replay(const Session& session, const Rules&... rules) {
        simulated::Scheduler scheduler;
        simulated::EventLoop loop{scheduler};
        const auto recording = parse_recording(session.file);
        if (!recording || recording->sources.count(source) == 0) return "no recording";
        auto owned = std::make_unique<Replayed>(recording->sources.at(source), loop.now().mono);
        Replayed& port = *owned;
        Driver driver(std::move(owned), rules...);
        ReaderDiary diary;
        loop.join(port);
        loop.join(driver);
        driver.start(diary, loop.now());
        scheduler.run_until(loop.now().mono + session.lasted);
        EXPECT_TRUE(port.over());
        loop.leave(driver);
        loop.leave(port);
        return diary.take();
    }
};
using CardDesk = Desk<simulated::Contactless, RecordedContactlessPort, ContactlessReader, UidTransform>;
using KeyDesk = Desk<simulated::Keyboard, RecordedKeyPort, TextReader, TextRules>;

std::vector<RecordedEvent> events_of(const std::string& file) {
    const auto recording = parse_recording(file);
    return recording && recording->sources.count(source) != 0 ? recording->sources.at(source)
                                                              : std::vector<RecordedEvent>{};
}

void present(simulated::Contactless& table, const Uid& uid) { table.present(std::as_bytes(std::span(uid))); }

// Two stations at which the same happens to different people. No byte of theirs is one that a recording may hold.
using Cards = std::array<Uid, 5>;
const std::array<Cards, 2> cards_of{Cards{Uid{0xF1, 0x4B, 0xC2, 0x07}, Uid{0x04, 0xA1, 0xB2, 0xC3, 0x5D, 0xE6, 0x80},
                                          Uid{0x29, 0x7F, 0x9A, 0xFE}, Uid{0x08, 0xA7, 0xB7, 0xC7}, Uid{}},
                                    Cards{Uid{0x3D, 0x52, 0x96, 0xBD}, Uid{0x05, 0xF3, 0x3E, 0x91, 0x72, 0xD4, 0x1F},
                                          Uid{0x8C, 0xE9, 0x2A, 0x63}, Uid{0x08, 0x13, 0xF8, 0x5E}, Uid{}}};

struct CardStep {
    std::size_t card;  // behind the last card: what else may happen
    milliseconds wait;
};
std::ostream& operator<<(std::ostream& out, const CardStep& step) {
    return out << "card " << step.card << ", " << step.wait.count() << " ms";
}
void play(const std::vector<CardStep>& steps, const Cards& cards, simulated::Contactless& table,
          const CardDesk::Wait& wait) {
    for (const CardStep& step : steps) {
        if (step.card < cards.size()) present(table, cards[step.card]);
        if (step.card == cards.size() || step.card == cards.size() + 1) table.remove();
        if (step.card == cards.size() + 2) table.detach();
        if (step.card == cards.size() + 3) table.attach();
        wait(step.wait);
    }
}

TEST(RecordedUids, AreOthersAndReportTheSame) {
    const auto& cards = cards_of[0];
    const auto session = CardDesk::record(
        [&](simulated::Contactless& table, const auto& wait) {
            wait(2s);
            present(table, cards[0]);
            wait(10s);
            table.remove();
            wait(200ms);
            present(table, cards[0]);  // it bounced
            wait(100ms);
            present(table, cards[1]);
            wait(1s);
            present(table, cards[3]);
            wait(1s);
            present(table, cards[4]);
            wait(1s);
            present(table, cards[1]);
            wait(1s);
            table.detach();
            wait(60s);
            table.attach();  // it still lies there
            wait(2s);
        },
        {});
    EXPECT_EQ(session.words,
              "online unknown-card removed unknown-card removed card-changes-its-number unknown-card offline "
              "online ");
    EXPECT_EQ(CardDesk::replay<ReplayedContactlessPort>(session, {}), session.words);
    std::vector<std::size_t> sizes;
    for (const RecordedEvent& event : events_of(session.file)) {
        if (event.what == RecordedEvent::What::card) sizes.push_back(event.bytes.size());
    }
    EXPECT_EQ(sizes, (std::vector<std::size_t>{4, 4, 7, 4, 0, 7, 7}));
}

RC_GTEST_PROP(RecordedUidsProperty, ReplayAlikeAndTellNobodysCard, ()) {
    const auto steps = *rc::gen::container<std::vector<CardStep>>(
        rc::gen::construct<CardStep>(rc::gen::inRange<std::size_t>(0, std::tuple_size_v<Cards> + 4),
                                     rc::gen::element(10ms, 100ms, 490ms, 510ms, 990ms, 1010ms, 8000ms)));
    const UidTransform transform{.reverse = *rc::gen::arbitrary<bool>(),
                                 .low_bytes = *rc::gen::element<std::uint8_t>(0, 3, 4)};
    std::array<Session, 2> sessions;
    for (std::size_t i = 0; i < sessions.size(); ++i) {
        sessions[i] =
            CardDesk::record([&](auto& table, const auto& wait) { play(steps, cards_of[i], table, wait); }, transform);
        RC_ASSERT(CardDesk::replay<ReplayedContactlessPort>(sessions[i], transform) == sessions[i].words);
        for (const RecordedEvent& event : events_of(sessions[i].file)) {
            if (event.what != RecordedEvent::What::card) continue;
            for (std::size_t at = 0; at < event.bytes.size(); ++at) {
                const bool marker = at == 0 && event.bytes.size() == 4 && event.bytes[0] == std::byte{0x08};
                for (const Uid& uid : cards_of[i]) {
                    RC_ASSERT(marker || std::ranges::count(std::as_bytes(std::span(uid)), event.bytes[at]) == 0);
                }
            }
        }
    }
    RC_ASSERT(sessions[0].file == sessions[1].file);
}

// Likewise. An invented text has no digit above 6 and no other letters than A and Z.
using Texts = std::array<std::string, 8>;
const Texts here{"78989797", "99887", "7b8c9dfe", "c7c8c9e9", "xyQw7788", "#$%7 &xb", "79", std::string(70, '8')};
// Equal where those are equal, in every part of theirs.
Texts elsewhere() {
    Texts texts = here;
    for (std::string& text : texts) {
        for (char& c : text) {
            constexpr std::string_view from = "789bcdefxyQw#$% &";
            constexpr std::string_view to = "897FEDCBrMnp~^|@!";
            c = to[from.find(c)];
        }
    }
    return texts;
}
const std::array<Texts, 2> texts_of{here, elsewhere()};

const std::array<TextRules, 3> rules_of{
    TextRules{.characters = "0123456789", .shortest = 5, .longest = 12},
    TextRules{.characters = "0123456789ABCDEFabcdef", .shortest = 4, .longest = 64},
    TextRules{.characters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", .shortest = 8}};

struct KeyStep {
    std::size_t text;  // behind the last text: what else may happen
    std::size_t split;  // typed in two parts, this many keys first
    milliseconds between;
    milliseconds wait;
};
std::ostream& operator<<(std::ostream& out, const KeyStep& step) {
    return out << "text " << step.text << ", " << step.split << " keys, " << step.between.count() << " ms, and "
               << step.wait.count() << " ms";
}
void play(const std::vector<KeyStep>& steps, const Texts& texts, simulated::Keyboard& keyboard,
          const KeyDesk::Wait& wait) {
    for (const KeyStep& step : steps) {
        if (step.text < texts.size()) {
            keyboard.type(texts[step.text].substr(0, step.split));
            wait(step.between);
            keyboard.type(texts[step.text].substr(std::min(step.split, texts[step.text].size())));
        }
        const std::size_t other = step.text - texts.size();
        if (other <= 4) keyboard.type("\n");
        if (other == 5) keyboard.type({&key_unknown, 1});
        if (other == 6) keyboard.detach();
        if (other == 7) keyboard.attach();
        wait(step.wait);
    }
}

TEST(RecordedTexts, AreOthersAndReportTheSame) {
    const auto& rules = rules_of[1];
    const auto session = KeyDesk::record(
        [&](simulated::Keyboard& keyboard, const auto& wait) {
            wait(1s);
            keyboard.type("7b8c9dfe\n");
            wait(850ms);
            keyboard.type("7b8c");
            wait(100ms);
            keyboard.type("9dfe#\n");
            wait(100ms);
            keyboard.type("7b8c9dfe\n78989797\n7b8c9dfe\n");
            wait(3s);
            keyboard.type("7b8c9dfe");
            wait(3s);
        },
        rules);
    EXPECT_EQ(session.words, "online unknown-card unreadable removed unreadable removed ");
    EXPECT_EQ(KeyDesk::replay<ReplayedKeyPort>(session, rules), session.words);
    std::vector<std::string> texts;
    for (const RecordedEvent& event : events_of(session.file)) {
        if (event.what == RecordedEvent::What::typed) texts.push_back(event.text);
    }
    EXPECT_EQ(texts, (std::vector<std::string>{"A1000000\n", "-20000000\n", "A1000000\n", "30000000\n", "A1000000\n",
                                               "A1000000"}));
}

// Only when a text ended is told: the time a key takes may tell whether it was shifted.
TEST(RecordedTexts, DoNotTellTheTimesOfKeys) {
    const auto typed = [](milliseconds first, milliseconds second) {
        return KeyDesk::record(
            [&](simulated::Keyboard& keyboard, const auto& wait) {
                wait(1s);
                keyboard.type("7b8c");
                wait(first);
                keyboard.type("9d");
                wait(second);
                keyboard.type("fe\n");
            },
            rules_of[1]);
    };
    EXPECT_EQ(typed(100ms, 700ms).file, typed(650ms, 150ms).file);
}

RC_GTEST_PROP(RecordedTextsProperty, ReplayAlikeAndTellNobodysText, ()) {
    const auto steps = *rc::gen::container<std::vector<KeyStep>>(rc::gen::construct<KeyStep>(
        rc::gen::inRange<std::size_t>(0, std::tuple_size_v<Texts> + 8), rc::gen::inRange<std::size_t>(0, 9),
        rc::gen::element(1ms, 10ms, 400ms, 1000ms), rc::gen::element(1ms, 10ms, 500ms, 990ms, 1010ms, 3000ms)));
    const auto& rules = rules_of[*rc::gen::inRange<std::size_t>(0, rules_of.size())];
    std::array<Session, 2> sessions;
    for (std::size_t i = 0; i < sessions.size(); ++i) {
        sessions[i] =
            KeyDesk::record([&](auto& keyboard, const auto& wait) { play(steps, texts_of[i], keyboard, wait); }, rules);
        RC_ASSERT(KeyDesk::replay<ReplayedKeyPort>(sessions[i], rules) == sessions[i].words);
        for (const RecordedEvent& event : events_of(sessions[i].file)) {
            RC_ASSERT(event.text == "unplugged" ||
                      event.text.find_first_not_of("0123456AZ-\n\x1A") == std::string::npos);
        }
    }
    RC_ASSERT(sessions[0].file == sessions[1].file);
}

template <class Object>
bool in_memory(const Object& object, std::string_view part) {
    const std::string_view memory(reinterpret_cast<const char*>(&object), sizeof object);
    return memory.contains(part);
}

TEST(RecordedCredentials, AreForgottenWhenNoDriverKnowsThemAnyMore) {
    const Mono start{};
    const std::string text = "99987654";
    TextScrubber texts;
    texts.eat(text, start);
    EXPECT_TRUE(in_memory(texts, text));  // or this test looks in the wrong place
    texts.eat("\n", start);
    EXPECT_TRUE(in_memory(texts, text));
    EXPECT_FALSE(texts.advance(start + StandIns::memory));
    EXPECT_FALSE(in_memory(texts, text));

    UidScrubber uids;
    uids.card(std::as_bytes(std::span(text)), start);
    uids.advance(start + 1h);
    EXPECT_TRUE(in_memory(uids, text));  // it still lies there
    uids.removed(start + 1h);
    uids.advance(start + 1h + StandIns::memory);
    EXPECT_FALSE(in_memory(uids, text));
}

TEST(RecordedCredentials, ThatAreWrongInAFileAreNamed) {
    const auto line = [](const std::string& more) {
        return parse_recording(R"({"t":1,"source":"x",)" + more + "}\n").has_value();
    };
    EXPECT_TRUE(line(R"("what":"card","uid":"")"));
    EXPECT_TRUE(line(R"("what":"card","uid":"11111111111111111111")"));
    EXPECT_FALSE(line(R"("what":"card","uid":"1111111111111111111111")"));
    EXPECT_FALSE(line(R"("what":"card","uid":"1x")"));
    EXPECT_FALSE(line(R"("what":"card")"));
    EXPECT_FALSE(line(R"("what":"typed","text":7)"));
}

}  // namespace
}  // namespace yizhan::testing
