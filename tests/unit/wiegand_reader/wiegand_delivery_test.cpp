// A controller is late at times. What a reader reports must depend on the edges alone, not on when and in which pieces
// they were delivered.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "drivers/ports/loop_members.h"
#include "drivers/simulated/gpio.h"
#include "drivers/simulated/wiegand_card.h"
#include "tests/unit/wiegand_reader/reader_bench.h"

namespace yizhan {
namespace {

using testing::d0;
using testing::d1;
using testing::gap;
using testing::Report;
using testing::Reports;

using Lengths = std::vector<std::uint8_t>;

struct Pulse {
    bool on_d1 = false;
    Mono at;
};

struct Recorded {
    std::vector<Report> reports;
    std::uint64_t bad_frames = 0;
    bool operator==(const Recorded&) const = default;
};

struct Delivery {
    std::size_t at_most = 1000;  // edges in a turn
    bool reader_first = false;  // its place in the loop
    std::function<nanoseconds()> lateness = [] { return nanoseconds{0}; };  // of the next turn
};

Recorded play(const std::vector<Pulse>& pulses, const Lengths& lengths, const Delivery& delivery) {
    simulated::Gpio gpio;
    gpio.drive(d0, true, Mono{});
    gpio.drive(d1, true, Mono{});
    gpio.deliver_at_most(delivery.at_most);
    Reports reports;
    const auto reader = testing::make_reader(gpio, lengths, 1024);
    LoopMembers members;
    if (delivery.reader_first) members.join(*reader);
    members.join(gpio);
    if (!delivery.reader_first) members.join(*reader);
    reader->start(reports, {});

    Mono now;
    std::size_t next = 0;
    while (true) {
        const Mono pulse = next < pulses.size() ? pulses[next].at : never;
        const Mono due = std::min(pulse, members.next_deadline());
        if (due == never) break;
        now = std::max(now, due) + delivery.lateness();
        for (; next < pulses.size() && pulses[next].at <= now; ++next) {
            const LineName& line = pulses[next].on_d1 ? d1 : d0;
            gpio.drive(line, false, pulses[next].at);
            gpio.drive(line, true, pulses[next].at);
        }
        members.finish_turn({.mono = now, .wall = {}});
    }
    members.leave(*reader);
    members.leave(gpio);
    return {reports.list(), reader->status().bad_frames};
}

void add_frame(std::vector<Pulse>& pulses, Mono& at, const std::string& bits, microseconds spacing) {
    for (const char bit : bits) {
        pulses.push_back({bit == '1', at});
        at += spacing;
    }
}

// Frames good and bad, and noise, with pauses around the lengths that matter.
std::vector<Pulse> any_pulses() {
    std::vector<Pulse> pulses;
    Mono at{seconds{10}};
    const int parts = *rc::gen::inRange(1, 10);
    for (int i = 0; i < parts; ++i) {
        const int what = *rc::gen::inRange(0, 4);
        const auto spacing = microseconds{*rc::gen::element(200, 1000, 2500)};
        const auto length = *rc::gen::element<std::size_t>(26, 34, 37);
        std::string bits = simulated::wiegand_frame(length, *rc::gen::inRange<std::uint64_t>(1, 4));
        if (what == 1) bits[*rc::gen::inRange<std::size_t>(0, length)] = *rc::gen::element('0', '1');
        if (what == 2) bits.resize(*rc::gen::inRange<std::size_t>(1, length));
        if (what == 3) bits += *rc::gen::element<std::string>("0", "11", std::string(30, '1'));
        add_frame(pulses, at, bits, spacing);
        at += microseconds{*rc::gen::element(30, 20'000, 49'000, 50'000, 50'500, 51'000, 60'000, 400'000, 499'000,
                                             500'000, 500'500, 501'000, 700'000)};
    }
    return pulses;
}

RC_GTEST_PROP(WiegandDelivery, DoesNotChangeWhatIsReported, ()) {
    const auto lengths = *rc::gen::element(Lengths{26}, Lengths{34}, Lengths{26, 34}, Lengths{26, 34, 37});
    const auto pulses = any_pulses();
    const Recorded in_time = play(pulses, lengths, {});
    const auto steps = *rc::gen::container<std::vector<int>>(16, rc::gen::element(0, 0, 1, 5, 40, 55, 120, 700));
    std::size_t step = 0;
    Delivery late{.at_most = *rc::gen::element<std::size_t>(1, 2, 7, 64, 1000),
                  .reader_first = *rc::gen::arbitrary<bool>(),
                  .lateness = [&] { return milliseconds{steps[step++ % steps.size()]}; }};
    RC_ASSERT(play(pulses, lengths, late) == in_time);
}

RC_GTEST_PROP(WiegandDelivery, NoiseBetweenFramesHurtsNoCard, ()) {
    const auto lengths = *rc::gen::element(Lengths{26}, Lengths{26, 34});
    std::vector<Pulse> pulses;
    std::vector<Credential> sent;
    Mono at{seconds{10}};
    const int cards = *rc::gen::inRange(1, 6);
    for (int card = 0; card < cards; ++card) {
        // Too few edges for a frame, as close or as far apart as they like, with silence before and after.
        const int noise = *rc::gen::inRange(0, 13);
        for (int i = 0; i < noise; ++i) {
            pulses.push_back({*rc::gen::arbitrary<bool>(), at});
            at += microseconds{*rc::gen::element(0, 3, 99, 100, 900, 49'000, 50'000, 80'000)};
        }
        at += gap;
        const auto number = static_cast<std::uint8_t>(card + 1);
        add_frame(pulses, at, simulated::wiegand_frame(26, number), microseconds{1000});
        const std::array<std::uint8_t, 3> bytes{0, 0, number};
        sent.emplace_back(CredentialKind::wiegand26, std::as_bytes(std::span(bytes)));
        at += gap;
    }
    std::vector<Credential> read;
    for (const auto& report : play(pulses, lengths, {}).reports) {
        RC_ASSERT(report.what != Report::What::refused);
        if (report.what == Report::What::card) read.push_back(report.credential);
    }
    RC_ASSERT(read == sent);
}

TEST(WiegandDelivery, AnOverflowingKernelBufferGivesNoCard) {
    const std::string frame = simulated::wiegand_frame(34, 0x04a1b2c3);
    for (std::uint16_t buffer = 1; buffer < 34; ++buffer) {
        for (std::size_t seen = 1; seen + buffer < 34; ++seen) {
            simulated::Gpio gpio;
            gpio.drive(d0, true, Mono{});
            gpio.drive(d1, true, Mono{});
            Reports reports;
            const auto reader = testing::make_reader(gpio, {26, 34}, buffer);
            reader->start(reports, {});
            Mono at{seconds{1}};
            for (std::size_t i = 0; i < frame.size(); ++i) {
                const LineName& line = frame[i] == '0' ? d0 : d1;
                gpio.drive(line, false, at);
                gpio.drive(line, true, at);
                if (i < seen) gpio.advance({.mono = at, .wall = {}});  // then the loop is stuck
                at += milliseconds{1};
            }
            gpio.advance({.mono = at, .wall = {}});
            reader->advance({.mono = at + gap, .wall = {}});
            reader->advance({.mono = at + gap + milliseconds{1}, .wall = {}});
            EXPECT_EQ(reports.count(Report::What::card), 0U) << buffer << " " << seen;
            EXPECT_EQ(reader->status().bad_frames, 1U) << buffer << " " << seen;
        }
    }
}

}  // namespace
}  // namespace yizhan
