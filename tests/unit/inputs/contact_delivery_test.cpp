// What a contact reports must not depend on how late or in which pieces its edges come; and whatever happens to them,
// it ends with the truth and never says the same thing twice.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <functional>
#include <vector>

#include "drivers/ports/loop_members.h"
#include "drivers/simulated/gpio.h"
#include "tests/unit/inputs/contact_bench.h"

namespace yizhan {
namespace {

using testing::contact_line;

constexpr milliseconds debounce{30};

struct ContactMove {
    Mono at;
    bool high = false;
    bool lost = false;
    simulated::Gpio::Loss loss{};
};

struct ContactDelivery {
    std::size_t at_most = 1000;
    bool contact_first = false;
    std::function<nanoseconds()> lateness = [] { return nanoseconds{0}; };
};

std::vector<bool> play(const std::vector<ContactMove>& moves, const ContactDelivery& delivery) {
    simulated::Gpio gpio;
    gpio.drive(contact_line, false, Mono{});
    gpio.deliver_at_most(delivery.at_most);
    testing::ContactReports listener;
    const auto contact = testing::make_contact(gpio, true, debounce);
    LoopMembers members;
    if (delivery.contact_first) members.join(*contact);
    members.join(gpio);
    if (!delivery.contact_first) members.join(*contact);
    contact->start(listener, {});

    Mono now;
    std::size_t next = 0;
    while (true) {
        const Mono move = next < moves.size() ? moves[next].at : never;
        const Mono due = std::min(move, members.next_deadline());
        if (due == never) break;
        now = std::max(now, due) + delivery.lateness();
        for (; next < moves.size() && moves[next].at <= now; ++next) {
            if (moves[next].lost) gpio.lose_edges(contact_line, 1, moves[next].loss);
            gpio.drive(contact_line, moves[next].high, moves[next].at);
        }
        members.finish_turn({.mono = now, .wall = {}});
    }
    members.leave(*contact);
    members.leave(gpio);
    return listener.reports;
}

std::vector<ContactMove> any_moves() {
    std::vector<ContactMove> moves;
    Mono at{seconds{10}};
    const int count = *rc::gen::inRange(0, 40);
    for (int i = 0; i < count; ++i) {
        at += microseconds{*rc::gen::element(0, 10, 1'000, 5'000, 29'000, 29'999, 30'000, 30'500, 31'000, 200'000)};
        moves.push_back({.at = at, .high = i % 2 == 0});
    }
    return moves;
}

ContactDelivery any_delivery() {
    const auto steps = *rc::gen::container<std::vector<int>>(16, rc::gen::element(0, 0, 1, 5, 20, 35, 120));
    return {
        .at_most = *rc::gen::element<std::size_t>(1, 2, 1000),
        .contact_first = *rc::gen::arbitrary<bool>(),
        .lateness = [steps, step = std::size_t{0}]() mutable { return milliseconds{steps[step++ % steps.size()]}; }};
}

RC_GTEST_PROP(ContactDelivery, DoesNotChangeWhatIsReported, ()) {
    const auto moves = any_moves();
    RC_ASSERT(play(moves, any_delivery()) == play(moves, {}));
}

RC_GTEST_PROP(ContactDelivery, WhateverIsLostTheLastLevelIsReportedAndNoneTwiceInARow, ()) {
    auto moves = any_moves();
    for (auto& move : moves) {
        move.lost = *rc::gen::element(false, false, true);
        move.loss = *rc::gen::element(simulated::Gpio::Loss::counted, simulated::Gpio::Loss::unseen);
    }
    // An edge whose loss leaves no trace at all can only be found together with one that came.
    if (!moves.empty()) moves.back().lost = false;
    const auto reports = play(moves, any_delivery());
    RC_ASSERT(!reports.empty());
    RC_ASSERT(reports.back() == (moves.empty() ? false : moves.back().high));
    RC_ASSERT(std::adjacent_find(reports.begin(), reports.end()) == reports.end());
}

}  // namespace
}  // namespace yizhan
