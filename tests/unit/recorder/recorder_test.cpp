// Lines, bounds, and cards on two data lines.
#include "drivers/recorder/recorder.h"

#include <gtest/gtest.h>

#include <array>

#include "drivers/ports/files.h"
#include "drivers/recorder/recorded_ports.h"
#include "drivers/recorder/replay/recording.h"
#include "drivers/recorder/replay/replayed_ports.h"
#include "drivers/simulated/gpio.h"
#include "drivers/simulated/wiegand_card.h"
#include "drivers/wiegand_reader/wiegand_reader.h"
#include "tests/unit/ports/temporary_folder.h"
#include "tests/unit/recorder/recording_bench.h"
#include "tests/unit/wiegand_reader/reader_bench.h"

namespace yizhan::testing {
namespace {

const std::array lines_of_reader{d0, d1};
const std::array<std::uint8_t, 3> all_lengths{26, 34, 37};

struct WiegandSession {
    std::string file;
    std::vector<Report> reports;
};

// Frames given to a reader, a second apart.
WiegandSession record(const std::vector<std::string>& frames) {
    RecordingBench bench;
    simulated::Gpio gpio;
    simulated::WiegandCard card(gpio, d0, d1);
    WiegandSession session;
    {
        RecordedGpio recorded(gpio, *bench.recorder);
        auto lines = recorded.request_inputs(lines_of_reader, EdgeKind::falling, Bias::as_is, 256);
        WiegandReader reader(std::move(*lines), all_lengths, gap);
        Reports reports;
        bench.scheduler.join(card);
        bench.loop.join(gpio);
        bench.loop.join(reader);
        reader.start(reports, bench.loop.now());
        for (const auto& bits : frames) {
            EXPECT_TRUE(card.present(bits, bench.scheduler.now().mono));
            bench.scheduler.run_for(seconds{1});
        }
        session.reports = reports.list();
        bench.loop.leave(reader);
        bench.loop.leave(gpio);
        bench.scheduler.leave(card);
    }
    bench.recorder.reset();
    session.file = bench.file;
    return session;
}

std::vector<Report> replay(const std::string& file, std::size_t frames) {
    const auto recording = parse_recording(file);
    EXPECT_TRUE(recording);
    simulated::Scheduler scheduler;
    simulated::EventLoop loop{scheduler};
    auto owned =
        std::make_unique<ReplayedInputs>(recording->sources.begin()->second, EdgeKind::falling, loop.now().mono);
    ReplayedInputs& inputs = *owned;
    WiegandReader reader(std::move(owned), all_lengths, gap);
    Reports reports;
    loop.join(inputs);
    loop.join(reader);
    reader.start(reports, loop.now());
    scheduler.run_for(seconds{frames});
    loop.leave(reader);
    loop.leave(inputs);
    return reports.list();
}

std::string flipped(std::string bits, std::size_t at) {
    bits[at] = bits[at] == '0' ? '1' : '0';
    return bits;
}

TEST(RecordedCards, AreOthersAndReportTheSame) {
    const std::vector<std::string> frames{simulated::wiegand_frame(26, 0xABCDEF),
                                          simulated::wiegand_frame(34, 0x89ABCDEF),
                                          simulated::wiegand_frame(37, 0x5555555),
                                          flipped(simulated::wiegand_frame(26, 0xABCDEF), 7),
                                          std::string(26, '1'),
                                          "10110",
                                          std::string(30, '1')};
    const auto session = record(frames);
    const auto replayed = replay(session.file, frames.size());
    ASSERT_EQ(replayed.size(), session.reports.size());
    std::size_t cards = 0;
    for (std::size_t i = 0; i < replayed.size(); ++i) {
        EXPECT_EQ(replayed[i].what, session.reports[i].what) << i;
        EXPECT_EQ(replayed[i].outcome, session.reports[i].outcome) << i;
        if (replayed[i].what != Report::What::card) continue;
        ++cards;
        EXPECT_FALSE(replayed[i].credential == session.reports[i].credential);
    }
    EXPECT_EQ(cards, 3U);
}

// The lines of a recording depend on the length of a card only.
TEST(RecordedCards, OfOneLengthLookAlike) {
    EXPECT_EQ(record({simulated::wiegand_frame(26, 0xABCDEF)}).file,
              record({simulated::wiegand_frame(26, 0x123456)}).file);
    EXPECT_EQ(record({"1011010111010101"}).file, record({"0000000000000001"}).file);
    EXPECT_EQ(record({std::string(90, '0')}).file, record({std::string(90, '1')}).file);
}

TEST(RecordedLines, KeepEdgesOfAContactAndLevelsOfAnOutput) {
    RecordingBench bench;
    simulated::Gpio gpio;
    const LineName contact{"c", "DOOR"};
    const LineName lock{"c", "LOCK"};
    class Nobody final : public EdgeListener {
        void on_edges(std::span<const Edge>, Now) override {}
        void on_lost(Now) override { lost = true; }

     public:
        bool lost = false;
    } nobody;
    bench.loop.join(gpio);
    {
        RecordedGpio recorded(gpio, *bench.recorder);
        auto input = recorded.request_inputs(std::span(&contact, 1), EdgeKind::both, Bias::as_is, 64);
        auto output = recorded.request_output(lock, false);
        (*input)->start(nobody);
        EXPECT_TRUE((*input)->levels());
        gpio.drive(contact, false, bench.loop.now().mono);
        bench.scheduler.run_for(seconds{1});
        EXPECT_TRUE((*output)->set(true));
        EXPECT_TRUE((*output)->set(true)) << "again, which is no news";
        gpio.unplug("c", bench.loop.now().mono);
        bench.scheduler.run_for(seconds{1});
        EXPECT_TRUE(nobody.lost);
    }
    bench.loop.leave(gpio);
    bench.recorder.reset();
    const auto recording = parse_recording(bench.file);
    ASSERT_TRUE(recording);
    using What = RecordedEvent::What;
    const auto& door = recording->sources.at("c:DOOR");
    ASSERT_EQ(door.size(), 2U);
    EXPECT_EQ(door[0].what, What::level);
    EXPECT_TRUE(door[0].high);
    EXPECT_EQ(door[1].what, What::edge);
    EXPECT_FALSE(door[1].edge.rising);
    const auto& output = recording->sources.at("c:LOCK");
    ASSERT_EQ(output.size(), 2U);
    EXPECT_FALSE(output[0].high);
    EXPECT_TRUE(output[1].high);
}

TEST(Recorder, CountsWhatAFullMemoryDrops) {
    RecordingBench bench;
    const auto source = bench.recorder->add("x", Recorder::Kind::bytes);
    for (std::size_t i = 0; i < Recorder::most_notes + 10; ++i) bench.recorder->note(source, Recorder::What::reset);
    bench.loop.run_turn();
    bench.scheduler.run_for(seconds{1});
    bench.recorder->note(source, Recorder::What::attached);
    bench.recorder.reset();
    const auto recording = parse_recording(bench.file);
    ASSERT_TRUE(recording);
    EXPECT_EQ(recording->dropped, 10U);
    EXPECT_EQ(recording->sources.at("x").size(), Recorder::most_notes + 1);
}

TEST(Recorder, EndsAtTheLongestFileAndSaysSo) {
    RecordingBench bench;
    const auto source = bench.recorder->add("x", Recorder::Kind::bytes);
    const std::string why(60'000, 'w');
    for (int i = 0; i < 1300; ++i) {
        bench.recorder->note(source, Recorder::What::detached, std::as_bytes(std::span(why)));
        bench.loop.run_turn();
        bench.scheduler.run_for(milliseconds{10});
    }
    bench.recorder.reset();
    EXPECT_LE(bench.file.size(), Recorder::longest_file + 100);
    EXPECT_TRUE(bench.file.ends_with("{\"end\":\"full\"}\n"));
    EXPECT_FALSE(parse_recording(bench.file)->whole);
}

TEST(Recorder, OnADiskThatFailsStopsAndSaysWhy) {
    RecordingBench bench(true);
    const auto source = bench.recorder->add("x", Recorder::Kind::bytes);
    bench.recorder->note(source, Recorder::What::attached);
    bench.loop.run_turn();
    bench.scheduler.run_for(seconds{1});
    ASSERT_TRUE(bench.recorder->trouble());
    EXPECT_EQ(bench.recorder->trouble()->what, "the disk is full");
}

TEST(Recorder, MakesAFileForItsOwnerAndOverwritesNone) {
    const TemporaryFolder folder;
    const std::string path = folder / "recording";
    {
        auto file = create_file(path);
        ASSERT_TRUE(file);
        EXPECT_TRUE((*file)->append("a line\n"));
    }
    EXPECT_FALSE(create_file(path));
    SystemFiles files;
    EXPECT_EQ(read_text(files, path, 100), "a line\n");
    EXPECT_EQ(std::filesystem::status(path).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST(Recording, ThatIsCutOffIsReadAndOneThatIsWrongIsNamed) {
    const std::string good = R"({"recording":1})"
                             "\n"
                             R"({"t":5,"source":"x","what":"attached"})"
                             "\n";
    EXPECT_TRUE(parse_recording(good)->whole);
    EXPECT_FALSE(parse_recording(good + R"({"t":6,"sour)")->whole);
    for (const auto* line :
         {"{}", "[]", "no", R"({"t":1,"source":"x","what":"got","hex":"0"})",
          R"({"t":1,"source":"x","what":"got","hex":"zz"})", R"({"t":"1","source":"x","what":"reset"})"}) {
        const auto parsed = parse_recording(good + line + "\n");
        ASSERT_FALSE(parsed) << line;
        EXPECT_EQ(parsed.error().what.find("line 3 "), 0U);
    }
}

}  // namespace
}  // namespace yizhan::testing
