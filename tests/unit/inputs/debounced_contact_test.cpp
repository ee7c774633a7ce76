#include "drivers/inputs/debounced_contact.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "drivers/simulated/door_model.h"
#include "drivers/simulated/event_loop.h"
#include "drivers/simulated/gpio.h"
#include "drivers/simulated/scheduler.h"
#include "tests/unit/inputs/contact_bench.h"

namespace yizhan {
namespace {

using testing::contact_line;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr milliseconds debounce{30};

class ContactBench {
 public:
    explicit ContactBench(bool first_level = false, bool active_high = true, milliseconds debounce_time = debounce) {
        gpio.drive(contact_line, first_level, Mono{});
        contact = testing::make_contact(gpio, active_high, debounce_time);
        loop.join(gpio);
        loop.join(*contact);
    }
    ~ContactBench() {
        loop.leave(*contact);
        loop.leave(gpio);
    }
    ContactBench(const ContactBench&) = delete;
    ContactBench& operator=(const ContactBench&) = delete;

    void start() { contact->start(listener, loop.now()); }
    void drive(bool high) { gpio.drive(contact_line, high, scheduler.now().mono); }
    void wait(nanoseconds duration) { scheduler.run_until(scheduler.now().mono + duration); }
    ContactStatus status() const { return contact->status(); }

    simulated::Scheduler scheduler;
    simulated::EventLoop loop{scheduler};
    simulated::Gpio gpio;
    testing::ContactReports listener;
    std::unique_ptr<DebouncedContact> contact;
};

TEST(DebouncedContact, ReportsItsFirstLevelAtOnceInEveryWiring) {
    for (const bool level : {false, true}) {
        for (const bool active_high : {false, true}) {
            ContactBench bench(level, active_high);
            EXPECT_FALSE(bench.status().known);
            EXPECT_FALSE(bench.status().active);
            bench.start();
            EXPECT_THAT(bench.listener.reports, ElementsAre(level == active_high));
            EXPECT_TRUE(bench.status().known);
            EXPECT_EQ(bench.status().active, level == active_high);
            EXPECT_EQ(bench.status().changes, 0U);
            EXPECT_EQ(bench.contact->next_deadline(), never);
        }
    }
}

TEST(DebouncedContact, ReportsAChangeAfterItHasLasted) {
    ContactBench bench;
    bench.start();
    const Mono moved = bench.scheduler.now().mono;
    bench.drive(true);
    bench.wait(milliseconds{100});
    EXPECT_THAT(bench.listener.reports, ElementsAre(false, true));
    EXPECT_EQ(bench.listener.last_at, moved + debounce + DebouncedContact::one_more_turn);
    EXPECT_EQ(bench.status().changes, 1U);
    EXPECT_EQ(bench.status().bounces, 0U);
}

TEST(DebouncedContact, SwallowsAPulseShorterThanDebounceAndNoOther) {
    for (const milliseconds time : {milliseconds{0}, milliseconds{1}, debounce}) {
        for (const microseconds length : {time - microseconds{1}, microseconds{time}, time + microseconds{1}}) {
            if (length <= microseconds{0}) continue;
            ContactBench bench(false, true, time);
            bench.start();
            bench.drive(true);
            bench.wait(length);
            bench.drive(false);
            bench.wait(milliseconds{100});
            if (length < time) {
                EXPECT_THAT(bench.listener.reports, ElementsAre(false));
                EXPECT_EQ(bench.status().bounces, 2U);
                EXPECT_EQ(bench.status().changes, 0U);
            } else {
                EXPECT_THAT(bench.listener.reports, ElementsAre(false, true, false)) << length.count();
                EXPECT_EQ(bench.status().bounces, 0U);
                EXPECT_EQ(bench.status().changes, 2U);
            }
        }
    }
}

TEST(DebouncedContact, FindsTheTruthWhenAnEdgeIsLostWithoutATrace) {
    ContactBench bench;
    bench.start();
    bench.drive(true);
    bench.wait(milliseconds{5});
    bench.gpio.lose_edges(contact_line, 1, simulated::Gpio::Loss::unseen);
    bench.drive(false);
    bench.wait(milliseconds{200});
    EXPECT_THAT(bench.listener.reports, ElementsAre(false));
    EXPECT_FALSE(bench.status().active);
}

TEST(DebouncedContact, CountsAGapAndReadsTheLevelAgain) {
    ContactBench bench;
    bench.start();
    bench.drive(true);
    bench.drive(false);
    bench.gpio.lose_edges(contact_line, 3, simulated::Gpio::Loss::counted);
    for (const bool level : {true, false, true}) bench.drive(level);
    bench.wait(milliseconds{200});
    bench.drive(false);
    bench.wait(milliseconds{10});
    EXPECT_EQ(bench.status().gaps, 1U);
    bench.drive(true);
    bench.wait(milliseconds{200});
    EXPECT_THAT(bench.listener.reports, ElementsAre(false, true));
}

TEST(DebouncedContact, AsksUntilItsFirstLevelCanBeRead) {
    ContactBench bench(true);
    bench.gpio.fail_level(contact_line, true);
    bench.start();
    bench.wait(milliseconds{5000});
    EXPECT_TRUE(bench.listener.reports.empty());
    EXPECT_EQ(bench.listener.unknown, 1U);
    EXPECT_FALSE(bench.status().known);
    EXPECT_THAT(bench.status().verdict, HasSubstr("DOOR1_CONTACT"));
    bench.gpio.fail_level(contact_line, false);
    bench.wait(DebouncedContact::retry_reading);
    EXPECT_THAT(bench.listener.reports, ElementsAre(true));
    EXPECT_EQ(bench.status().verdict, "");
}

TEST(DebouncedContact, IsUnknownWhileItsChipIsGoneAndThenReportsAnew) {
    for (const bool moves_meanwhile : {false, true}) {
        ContactBench bench(true);
        bench.start();
        bench.drive(false);
        bench.wait(milliseconds{100});
        bench.drive(true);
        bench.wait(milliseconds{5});  // lost in the middle of a change
        bench.gpio.unplug(contact_line.chip, bench.scheduler.now().mono);
        bench.wait(seconds{30});
        EXPECT_THAT(bench.listener.reports, ElementsAre(true, false));
        EXPECT_EQ(bench.listener.unknown, 1U);
        EXPECT_FALSE(bench.status().known);
        EXPECT_FALSE(bench.status().active);
        EXPECT_THAT(bench.status().verdict, HasSubstr("cannot be read"));
        if (moves_meanwhile) bench.drive(false);
        bench.gpio.plug_in(contact_line.chip, bench.scheduler.now().mono);
        bench.wait(seconds{1} + DebouncedContact::retry_reading);
        EXPECT_TRUE(bench.status().known);
        EXPECT_EQ(bench.status().verdict, "");
        EXPECT_THAT(bench.listener.reports, ElementsAre(true, false, !moves_meanwhile));
        bench.drive(moves_meanwhile);
        bench.wait(milliseconds{100});
        EXPECT_THAT(bench.listener.reports, ElementsAre(true, false, !moves_meanwhile, moves_meanwhile));
        EXPECT_EQ(bench.status().gaps, 0U) << "edges are counted anew";
    }
}

TEST(DebouncedContact, GoesByItsEdgesWhileTheLevelCannotBeRead) {
    ContactBench bench;
    bench.gpio.fail_level(contact_line, true);
    bench.start();
    bench.drive(true);
    bench.wait(milliseconds{100});
    EXPECT_THAT(bench.listener.reports, ElementsAre(true));
    EXPECT_THAT(bench.status().verdict, HasSubstr("cannot be read"));
    bench.drive(false);
    bench.wait(milliseconds{3000});
    EXPECT_THAT(bench.listener.reports, ElementsAre(true, false));
}

TEST(DebouncedContact, SaysThatItBouncesWithoutEnd) {
    ContactBench bench;
    bench.start();
    for (int i = 0; i < 300; ++i) {
        bench.drive(i % 2 == 0);
        bench.wait(milliseconds{10});
    }
    EXPECT_THAT(bench.listener.reports, ElementsAre(false));
    EXPECT_THAT(bench.status().verdict, HasSubstr("bounces without end"));
    bench.wait(milliseconds{100});
    EXPECT_EQ(bench.status().verdict, "");
    EXPECT_EQ(bench.status().bounces, 300U);
}

TEST(DebouncedContact, SeesEachMovementOfARealDoorAndButtonOnce) {
    const LineName button{"gpiochip0", "EXIT1"};
    simulated::Scheduler scheduler;
    simulated::EventLoop loop(scheduler);
    simulated::Gpio gpio;
    simulated::Door door(gpio, {.lock = {"gpiochip0", "LOCK1"}, .contact = contact_line, .exit_button = button},
                         {.bounces = 7});
    testing::ContactReports leaf;
    testing::ContactReports exit;
    const auto contact = testing::make_contact(gpio, true, debounce);
    DebouncedContact exit_button(
        std::move(gpio.request_inputs(std::span(&button, 1), EdgeKind::both, Bias::as_is, 64).value()), false,
        debounce);
    scheduler.join(door);
    for (LoopMember* member : std::initializer_list<LoopMember*>{&gpio, contact.get(), &exit_button}) {
        loop.join(*member);
    }
    contact->start(leaf, loop.now());
    exit_button.start(exit, loop.now());

    door.press_exit_button(milliseconds{300}, scheduler.now().mono);
    EXPECT_FALSE(door.push(scheduler.now().mono)) << "the lock is not released";
    scheduler.run_for(milliseconds{500});
    door.force(scheduler.now().mono);
    scheduler.run_for(milliseconds{1000});
    EXPECT_THAT(leaf.reports, ElementsAre(false, true));
    scheduler.run_for(milliseconds{10000});
    EXPECT_FALSE(door.open()) << "the closer closes";
    EXPECT_THAT(leaf.reports, ElementsAre(false, true, false));
    EXPECT_THAT(exit.reports, ElementsAre(false, true, false));
    EXPECT_GE(contact->status().bounces, 28U);

    scheduler.leave(door);
    for (LoopMember* member : std::initializer_list<LoopMember*>{&gpio, contact.get(), &exit_button}) {
        loop.leave(*member);
    }
}

}  // namespace
}  // namespace yizhan
