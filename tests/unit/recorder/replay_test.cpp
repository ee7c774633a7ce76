// A session with a simulated reader and the real driver, recorded, and played to another driver.
#include <gtest/gtest.h>

#include <functional>

#include "drivers/id_card_reader/id_card_reader.h"
#include "drivers/recorder/recorded_ports.h"
#include "drivers/recorder/replay/recording.h"
#include "drivers/recorder/replay/replayed_ports.h"
#include "drivers/simulated/byte_port.h"
#include "drivers/simulated/sam_reader.h"
#include "tests/unit/id_card_reader/bench.h"
#include "tests/unit/recorder/recording_bench.h"

namespace yizhan::testing {
namespace {

// The simulated port as a reader's driver and the recorder own it.
class Borrowed final : public BytePort {
 public:
    explicit Borrowed(BytePort& port) : port_(port) {}
    void start(BytePortListener& listener) override { port_.start(listener); }
    Result<void> send(std::span<const std::byte> request) override { return port_.send(request); }
    void reset() override { port_.reset(); }

 private:
    BytePort& port_;
};

struct Session {
    std::string file;
    std::string words;
    milliseconds lasted{0};
};

using Play = std::function<void(simulated::SamReader&, std::function<void(milliseconds)>)>;

Session record(const Play& play) {
    RecordingBench bench;
    Session session;
    {
        simulated::BytePort port;
        simulated::SamReader sam(port);
        RecordedBytePort recorded(std::make_unique<Borrowed>(port), *bench.recorder, "usb:1-1");
        IdCardReader reader(recorded, milliseconds{200});
        Reports reports;
        bench.loop.join(sam);
        bench.loop.join(reader);
        reader.start(reports, bench.loop.now());
        play(sam, [&](milliseconds duration) {
            bench.scheduler.run_for(duration);
            session.lasted += duration;
        });
        session.words = reports.words();
        bench.loop.leave(reader);
        bench.loop.leave(sam);
    }
    bench.recorder.reset();
    session.file = bench.file;
    return session;
}

struct Replayed {
    std::string words;
    std::uint64_t differences = 0;
    std::vector<Credential> cards;
};

Replayed replay(const Session& session) {
    simulated::Scheduler scheduler;
    simulated::EventLoop loop{scheduler};
    const auto recording = parse_recording(session.file);
    EXPECT_TRUE(recording) << recording.error().what;
    EXPECT_TRUE(recording->whole);
    EXPECT_EQ(recording->dropped, 0U);
    ReplayedBytePort port(recording->sources.at("usb:1-1"), loop.now().mono);
    IdCardReader reader(port, milliseconds{200});
    Reports reports;
    loop.join(port);
    loop.join(reader);
    reader.start(reports, loop.now());
    scheduler.run_for(session.lasted);
    loop.leave(reader);
    loop.leave(port);
    Replayed replayed{.words = reports.words(), .differences = port.differences()};
    for (const auto& report : reports.all) {
        if (report.credential) replayed.cards.push_back(*report.credential);
    }
    return replayed;
}

using namespace std::chrono_literals;

TEST(Replay, OfAVisitReportsTheSame) {
    const auto session = record([](simulated::SamReader& sam, const auto& run) {
        run(2s);
        sam.present(simulated::resident_card("19851203", 77));
        run(3s);
        sam.remove();
        run(2s);
    });
    EXPECT_EQ(session.words, "starting online card removed");
    const auto replayed = replay(session);
    EXPECT_EQ(replayed.words, session.words);
    EXPECT_EQ(replayed.differences, 0U);
    ASSERT_EQ(replayed.cards.size(), 1U);
    EXPECT_TRUE(replayed.cards[0] ==
                credential_of(simulated::resident_card("19700101", 123), CredentialKind::resident_id));
}

TEST(Replay, OfAnyKindOfTroubleReportsTheSame) {
    using Kind = simulated::SamReaderFault::Kind;
    auto damaged = simulated::resident_card("19851203", 77);
    damaged.valid_to = u"20200230";
    auto not_genuine = simulated::resident_card("19851203", 77);
    not_genuine.read_fails = 0x33;
    int sessions = 0;
    for (const auto& card :
         {simulated::resident_card("19851203", 77), simulated::residence_permit(), simulated::foreigner_card_2017(),
          simulated::foreigner_card_2023(), damaged, not_genuine}) {
        for (const std::size_t chunk : {0U, 1U, 7U, 64U}) {
            for (const auto& fault : {simulated::SamReaderFault{.kind = Kind::garbage_before, .value = 40},
                                      {.kind = Kind::truncated, .request = 0x3001, .value = 700},
                                      {.kind = Kind::bad_checksum, .request = 0x3001},
                                      {.kind = Kind::late_reply, .request = 0x3001, .delay = 4s},
                                      {.kind = Kind::lost, .request = 0x3001, .delay = 2s}}) {
                const auto session = record([&](simulated::SamReader& sam, const auto& run) {
                    sam.knobs().chunk = chunk;
                    run(2s);
                    sam.inject(fault);
                    sam.present(card);
                    run(12s);
                    sam.remove();
                    run(3s);
                });
                const auto replayed = replay(session);
                EXPECT_EQ(replayed.words, session.words) << static_cast<int>(fault.kind) << " in chunks of " << chunk;
                ++sessions;
            }
        }
    }
    std::printf("sample: %d sessions\n", sessions);
}

}  // namespace
}  // namespace yizhan::testing
