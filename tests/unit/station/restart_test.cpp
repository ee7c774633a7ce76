// Stopping after any stored record and starting again equals never having stopped.
#include <rapidcheck/gtest.h>

#include "tests/unit/station/bench.h"

namespace yizhan::testing {
namespace {

struct Move {
    int kind = 0;
    std::uint8_t who = 0;
    int wait_ms = 0;
};

void showValue(const Move& step, std::ostream& out) {
    out << '{' << step.kind << ", who " << int{step.who} << ", wait " << step.wait_ms << " ms}";
}

void play(Bench& bench, const Move& step) {
    switch (step.kind) {
        case 0:
        case 1:
            return bench.card(entry, step.who);
        case 2:
            return bench.card(leaving, step.who);
        case 3:
            return bench.card(desk, step.who);
        case 4:
        case 5:
            return bench.contact(true);
        case 6:
        case 7:
            return bench.contact(false);
        case 8:
            return bench.button();
        case 9:
            return bench.handle(InputChanged{presence_input, step.who % 2 == 0});
        case 10:
            return bench.order(SwitchOutlet{OutletIndex{static_cast<std::uint8_t>(step.who % 3)}, step.who < 4});
        case 11:
            return bench.order(SetMode{static_cast<Mode>(step.who % 5), minutes{5}});
        case 12:
            return bench.handle(InputChanged{fire_input, step.who == 0});
        case 13:
            return bench.order(HoldDoor{front});
        case 14:
            return bench.order(LockDoor{front});
        default:
            return bench.pass(milliseconds{step.wait_ms});
    }
}

rc::Gen<Move> steps() {
    return rc::gen::build<Move>(rc::gen::set(&Move::kind, rc::gen::inRange(0, 20)),
                                rc::gen::set(&Move::who, rc::gen::inRange<std::uint8_t>(0, 8)),
                                rc::gen::set(&Move::wait_ms, rc::gen::element(1, 400, 6000, 40000, 200000, 4000000)));
}

State fold(const std::vector<Record>& records, std::size_t count) {
    State state;
    for (std::size_t i = 0; i < count; ++i) apply(state, records[i]);
    return state;
}

// What a restart may change: the records of the restart itself.
State without_restart(State state) {
    state.seq = 0;
    state.newest = {};
    state.presence_since = {};  // nobody watched meanwhile: the wait for an empty station begins anew
    state.uncounted = false;  // nor did anybody count
    return state;
}

RC_GTEST_PROP(Restart, TheStateIsTheFoldOfItsRecords, ()) {
    const auto script = *rc::gen::container<std::vector<Move>>(steps());
    Bench bench;
    for (const Move& step : script) play(bench, step);
    RC_ASSERT(fold(bench.records, bench.records.size()) == bench.state());
    for (std::size_t i = 0; i < bench.records.size(); ++i) RC_ASSERT(bench.records[i].seq == i + 1);
}

RC_GTEST_PROP(Restart, AfterAnyStoredRecordALaterStartGoesOnWhereTheStationWas, ()) {
    const auto script = *rc::gen::container<std::vector<Move>>(steps());
    Bench whole;
    for (const Move& step : script) {
        const std::size_t before = whole.records.size();
        play(whole, step);
        // Power is cut in the middle of what this event caused: what was stored, followed by a start at the same time,
        // comes to the same state.
        // Not where time passes in between, and not for the events that are two facts at once: a desk swipe that also
        // counts somebody in, a lock command that ends waiting passages, a lockdown that shuts doors. Cut there, they
        // have half happened, and the person swipes or orders again.
        const bool lockdown = step.kind == 11 && static_cast<Mode>(step.who % 5) == Mode::lockdown;
        if (step.kind > 14 || step.kind == 3 || step.kind == 14 || lockdown) continue;
        for (std::size_t kept = before + 1; kept <= whole.records.size(); ++kept) {
            // Nobody watched meanwhile: an empty station is proven anew.
            const auto lost = std::span(whole.records).subspan(kept);
            if (std::ranges::any_of(lost, [](const Record& r) { return r.type == RecordType::occupancy_set; }))
                continue;
            const State stored = fold(whole.records, kept);
            Station again(whole.config, stored, test_boot);
            Actions out;
            again.start(whole.now, out);
            // The levels of the world come in again.
            const auto& around = whole.station.surroundings();
            const bool open = std::holds_alternative<DoorOpen>(whole.state().doors[0].phase);
            const auto feed = [&](const Event& event) {
                out.clear();
                again.handle(event, whole.now, out);
            };
            for (std::size_t i = 0; i < whole.config.inputs.size(); ++i) {
                feed(InputChanged{static_cast<InputIndex>(i), around.input_active[i]});
            }
            feed(DoorContactChanged{front, open});
            RC_LOG() << "cut after record " << kept << " (" << name_of(whole.records[kept - 1].type) << ") of "
                     << whole.records.size() << '\n';
            RC_ASSERT(without_restart(again.state()) == without_restart(whole.state()));
        }
    }
}

// Somebody has mistyped the year, or a time server was wrong: some records later the clock is right again.
TEST(AStation, StampsByTheClockAgainThatWasWrongByYears) {
    Bench bench;
    const Wall right = bench.now.wall;
    bench.now.wall += std::chrono::days{4000};
    bench.card(entry, 1);
    bench.now.wall = right;
    bench.card(entry, 2);
    EXPECT_EQ(bench.records.back().at.wall, right);
    bench.now.wall = Wall{};
    bench.card(entry, 4);
    EXPECT_EQ(bench.records.back().at.wall, right) << "nor is a clock that has lost its battery";
    bench.now.wall = right - std::chrono::hours{1};
    bench.card(entry, 3);
    EXPECT_EQ(bench.records.back().at.wall, right) << "a small step is no reason to run backwards";
}

TEST(Restart, NobodyIsCertainOfAStationThatStoodStillForLong) {
    const auto confidence_after = [](minutes gap) {
        Bench bench;
        bench.contact(false);
        bench.handle(Stopping{});
        State state = bench.state();
        state.newest.mono -= gap;
        return Bench(usual_station(), state).state().confidence();
    };
    EXPECT_EQ(confidence_after(minutes{14}), Confidence::certain);
    EXPECT_EQ(confidence_after(minutes{16}), Confidence::estimated) << "another may have run, which kept no log";
}

}  // namespace
}  // namespace yizhan::testing
