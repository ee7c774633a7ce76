// Every state of a door × everything that can happen at it.
#include "tests/unit/station/door_states.h"

namespace yizhan::testing {
namespace {

const std::vector<Step> door_events{
    {"entry card", [](Bench& b) { b.card(entry, resident); }},
    {"another entry card", [](Bench& b) { b.card(entry, other); }},
    {"unreadable card", [](Bench& b) { b.handle(CardRefused{entry, Outcome::unreadable}); }},
    {"exit card", [](Bench& b) { b.card(leaving, resident); }},
    {"opens", [](Bench& b) { b.contact(true); }},
    {"closes", [](Bench& b) { b.contact(false); }},
    {"exit button", [](Bench& b) { b.button(); }},
    {"unlock", [](Bench& b) { b.order(UnlockDoor{front, std::nullopt}); }},
    {"hold", [](Bench& b) { b.order(HoldDoor{front}); }},
    {"lock", [](Bench& b) { b.order(LockDoor{front}); }},
    {"fire", [](Bench& b) { b.handle(InputChanged{fire_input, true}); }},
    {"fire over", [](Bench& b) { b.handle(InputChanged{fire_input, false}); }},
    {"free access", [](Bench& b) { b.order(SetMode{Mode::free_access}); }},
    {"lockdown", [](Bench& b) { b.order(SetMode{Mode::lockdown}); }},
    {"normal", [](Bench& b) { b.order(SetMode{Mode::normal}); }},
    {"a minute passes", [](Bench& b) { b.pass(seconds{60}); }},
};

std::string lock_of(const Bench& bench) {
    if (!bench.released()) return "locked";
    return "released " + std::to_string((bench.lock_until - bench.now.mono).count() / 1000000);
}

std::string with_lock(const std::string& records, const Bench& bench) { return records + " | " + lock_of(bench); }

// In the order of the states; in each, in the order of the events.
const std::vector<std::vector<std::string>> door_table{
    // secured
    {
        "granted welcome | released 5000",  // entry card
        "granted welcome | released 5000",  // another entry card
        "refused unreadable | locked",  // unreadable card
        "granted goodbye | released 5000",  // exit card
        "door-opened forced, alarm-raised door-forced | locked",  // opens
        "- | locked",  // closes
        "exit-requested | released 5000",  // exit button
        "released | released 5000",  // unlock
        "released | released 10000",  // hold
        "secured | locked",  // lock
        "fire-started, alarm-raised fire | released 10000",  // fire
        "- | locked",  // fire over
        "mode-changed free-access | released 10000",  // free access
        "mode-changed lockdown | locked",  // lockdown
        "mode-changed normal | locked",  // normal
        "- | locked",  // a minute passes
    },
    // just closed
    {
        "granted welcome, left | released 5000",  // entry card
        "granted welcome | released 5000",  // another entry card
        "refused unreadable | locked",  // unreadable card
        "granted goodbye | released 5000",  // exit card
        "door-opened granted | locked",  // opens
        "- | locked",  // closes
        "exit-requested | released 5000",  // exit button
        "released | released 5000",  // unlock
        "released | released 10000",  // hold
        "secured | locked",  // lock
        "fire-started, alarm-raised fire | released 10000",  // fire
        "- | locked",  // fire over
        "mode-changed free-access | released 10000",  // free access
        "mode-changed lockdown | locked",  // lockdown
        "mode-changed normal | locked",  // normal
        "- | locked",  // a minute passes
    },
    // released to enter
    {
        "granted welcome | released 5000",  // entry card
        "granted welcome | released 5000",  // another entry card
        "refused unreadable | released 5000",  // unreadable card
        "granted goodbye | released 5000",  // exit card
        "door-opened granted, entered | released 5000",  // opens
        "- | released 5000",  // closes
        "exit-requested | released 5000",  // exit button
        "released | released 5000",  // unlock
        "released | released 10000",  // hold
        "not-entered, secured | locked",  // lock
        "fire-started, alarm-raised fire | released 10000",  // fire
        "- | released 5000",  // fire over
        "mode-changed free-access | released 10000",  // free access
        "not-entered, secured, mode-changed lockdown | locked",  // lockdown
        "mode-changed normal | released 5000",  // normal
        "not-entered, secured | locked",  // a minute passes
    },
    // released by the exit button
    {
        "granted welcome | released 5000",  // entry card
        "granted welcome | released 5000",  // another entry card
        "refused unreadable | released 5000",  // unreadable card
        "granted goodbye | released 5000",  // exit card
        "door-opened exit-button | released 5000",  // opens
        "- | released 5000",  // closes
        "exit-requested | released 5000",  // exit button
        "released | released 5000",  // unlock
        "released | released 10000",  // hold
        "secured | locked",  // lock
        "fire-started, alarm-raised fire | released 10000",  // fire
        "- | released 5000",  // fire over
        "mode-changed free-access | released 10000",  // free access
        "mode-changed lockdown | released 5000",  // lockdown
        "mode-changed normal | released 5000",  // normal
        "secured | locked",  // a minute passes
    },
    // released by command
    {
        "granted welcome | released 20000",  // entry card
        "granted welcome | released 20000",  // another entry card
        "refused unreadable | released 20000",  // unreadable card
        "granted goodbye | released 20000",  // exit card
        "door-opened command | released 20000",  // opens
        "- | released 20000",  // closes
        "exit-requested | released 20000",  // exit button
        "released | released 20000",  // unlock
        "released | released 20000",  // hold
        "secured | locked",  // lock
        "fire-started, alarm-raised fire | released 20000",  // fire
        "- | released 20000",  // fire over
        "mode-changed free-access | released 20000",  // free access
        "secured, mode-changed lockdown | locked",  // lockdown
        "mode-changed normal | released 20000",  // normal
        "secured | locked",  // a minute passes
    },
    // open, release running
    {
        "granted welcome, left, entered | released 5000",  // entry card
        "granted welcome, entered | released 5000",  // another entry card
        "refused unreadable | released 5000",  // unreadable card
        "granted goodbye, left | released 5000",  // exit card
        "- | released 5000",  // opens
        "door-closed | locked",  // closes
        "exit-requested | released 5000",  // exit button
        "released | released 5000",  // unlock
        "released | released 10000",  // hold
        "secured | locked",  // lock
        "fire-started, alarm-raised fire | released 10000",  // fire
        "- | released 5000",  // fire over
        "mode-changed free-access | released 10000",  // free access
        "mode-changed lockdown | released 5000",  // lockdown
        "mode-changed normal | released 5000",  // normal
        "alarm-raised door-held-open | locked",  // a minute passes
    },
    // open, release over
    {
        "granted welcome, left, entered | released 5000",  // entry card
        "granted welcome, entered | released 5000",  // another entry card
        "refused unreadable | locked",  // unreadable card
        "granted goodbye, left | released 5000",  // exit card
        "- | locked",  // opens
        "door-closed | locked",  // closes
        "exit-requested | released 5000",  // exit button
        "released | released 5000",  // unlock
        "released | released 10000",  // hold
        "secured | locked",  // lock
        "fire-started, alarm-raised fire | released 10000",  // fire
        "- | locked",  // fire over
        "mode-changed free-access | released 10000",  // free access
        "mode-changed lockdown | locked",  // lockdown
        "mode-changed normal | locked",  // normal
        "alarm-raised door-held-open | locked",  // a minute passes
    },
    // held open
    {
        "granted welcome, left, entered | released 5000",  // entry card
        "granted welcome, entered | released 5000",  // another entry card
        "refused unreadable | locked",  // unreadable card
        "granted goodbye, left | released 5000",  // exit card
        "- | locked",  // opens
        "door-closed, alarm-cleared door-held-open | locked",  // closes
        "exit-requested | released 5000",  // exit button
        "released | released 5000",  // unlock
        "released, alarm-cleared door-held-open | released 10000",  // hold
        "secured | locked",  // lock
        "fire-started, alarm-cleared door-held-open, alarm-raised fire | released 10000",  // fire
        "- | locked",  // fire over
        "mode-changed free-access, alarm-cleared door-held-open | released 10000",  // free access
        "mode-changed lockdown | locked",  // lockdown
        "mode-changed normal | locked",  // normal
        "- | locked",  // a minute passes
    },
    // forced
    {
        "granted welcome, entered | released 5000",  // entry card
        "granted welcome, entered | released 5000",  // another entry card
        "refused unreadable | locked",  // unreadable card
        "granted goodbye, left | released 5000",  // exit card
        "- | locked",  // opens
        "door-closed, alarm-cleared door-forced | locked",  // closes
        "exit-requested | released 5000",  // exit button
        "released | released 5000",  // unlock
        "released, alarm-cleared door-forced | released 10000",  // hold
        "secured | locked",  // lock
        "fire-started, alarm-cleared door-forced, alarm-raised fire | released 10000",  // fire
        "- | locked",  // fire over
        "mode-changed free-access, alarm-cleared door-forced | released 10000",  // free access
        "mode-changed lockdown | locked",  // lockdown
        "mode-changed normal | locked",  // normal
        "- | locked",  // a minute passes
    },
    // held by command, closed
    {
        "granted doors-are-open | released 10000",  // entry card
        "granted doors-are-open | released 10000",  // another entry card
        "refused unreadable | released 10000",  // unreadable card
        "granted doors-are-open | released 10000",  // exit card
        "door-opened command | released 10000",  // opens
        "- | released 10000",  // closes
        "exit-requested | released 10000",  // exit button
        "released | released 10000",  // unlock
        "released | released 10000",  // hold
        "secured | locked",  // lock
        "fire-started, alarm-raised fire | released 10000",  // fire
        "- | released 10000",  // fire over
        "mode-changed free-access | released 10000",  // free access
        "secured, mode-changed lockdown | locked",  // lockdown
        "mode-changed normal | released 10000",  // normal
        "- | released 10000",  // a minute passes
    },
    // held by command, open
    {
        "granted doors-are-open | released 10000",  // entry card
        "granted doors-are-open | released 10000",  // another entry card
        "refused unreadable | released 10000",  // unreadable card
        "granted doors-are-open | released 10000",  // exit card
        "- | released 10000",  // opens
        "door-closed | released 10000",  // closes
        "exit-requested | released 10000",  // exit button
        "released | released 10000",  // unlock
        "released | released 10000",  // hold
        "secured | locked",  // lock
        "fire-started, alarm-raised fire | released 10000",  // fire
        "- | released 10000",  // fire over
        "mode-changed free-access | released 10000",  // free access
        "secured, mode-changed lockdown | locked",  // lockdown
        "mode-changed normal | released 10000",  // normal
        "- | released 10000",  // a minute passes
    },
    // fire, closed
    {
        "granted doors-are-open | released 10000",  // entry card
        "granted doors-are-open | released 10000",  // another entry card
        "refused unreadable | released 10000",  // unreadable card
        "granted doors-are-open | released 10000",  // exit card
        "door-opened fire | released 10000",  // opens
        "- | released 10000",  // closes
        "exit-requested | released 10000",  // exit button
        "released | released 10000",  // unlock
        "released | released 10000",  // hold
        "- | released 10000",  // lock
        "- | released 10000",  // fire
        "fire-ended, alarm-cleared fire | locked",  // fire over
        "mode-changed free-access | released 10000",  // free access
        "mode-changed lockdown | released 10000",  // lockdown
        "mode-changed normal | released 10000",  // normal
        "- | released 10000",  // a minute passes
    },
    // fire, forced before
    {
        "granted doors-are-open | released 10000",  // entry card
        "granted doors-are-open | released 10000",  // another entry card
        "refused unreadable | released 10000",  // unreadable card
        "granted doors-are-open | released 10000",  // exit card
        "- | released 10000",  // opens
        "door-closed | released 10000",  // closes
        "exit-requested | released 10000",  // exit button
        "released | released 10000",  // unlock
        "released | released 10000",  // hold
        "- | released 10000",  // lock
        "- | released 10000",  // fire
        "fire-ended, alarm-raised door-forced, alarm-cleared fire | locked",  // fire over
        "mode-changed free-access | released 10000",  // free access
        "mode-changed lockdown | released 10000",  // lockdown
        "mode-changed normal | released 10000",  // normal
        "- | released 10000",  // a minute passes
    },
    // free access, closed
    {
        "granted doors-are-open | released 10000",  // entry card
        "granted doors-are-open | released 10000",  // another entry card
        "refused unreadable | released 10000",  // unreadable card
        "granted doors-are-open | released 10000",  // exit card
        "door-opened mode | released 10000",  // opens
        "- | released 10000",  // closes
        "exit-requested | released 10000",  // exit button
        "released | released 10000",  // unlock
        "released | released 10000",  // hold
        "- | released 10000",  // lock
        "fire-started, alarm-raised fire | released 10000",  // fire
        "- | released 10000",  // fire over
        "mode-changed free-access | released 10000",  // free access
        "mode-changed lockdown | locked",  // lockdown
        "mode-changed normal | locked",  // normal
        "- | released 10000",  // a minute passes
    },
    // lockdown
    {
        "refused lockdown | locked",  // entry card
        "refused lockdown | locked",  // another entry card
        "refused unreadable | locked",  // unreadable card
        "granted goodbye | released 5000",  // exit card
        "door-opened forced, alarm-raised door-forced | locked",  // opens
        "- | locked",  // closes
        "exit-requested | released 5000",  // exit button
        "released | released 5000",  // unlock
        "released | released 10000",  // hold
        "secured | locked",  // lock
        "fire-started, alarm-raised fire | released 10000",  // fire
        "- | locked",  // fire over
        "mode-changed free-access | released 10000",  // free access
        "mode-changed lockdown | locked",  // lockdown
        "mode-changed normal | locked",  // normal
        "- | locked",  // a minute passes
    },
    // service, open
    {
        "refused in-service | locked",  // entry card
        "refused in-service | locked",  // another entry card
        "refused unreadable | locked",  // unreadable card
        "granted goodbye, left | released 5000",  // exit card
        "- | locked",  // opens
        "door-closed | locked",  // closes
        "exit-requested | released 5000",  // exit button
        "released | released 5000",  // unlock
        "released | released 10000",  // hold
        "secured | locked",  // lock
        "fire-started, alarm-raised fire | released 10000",  // fire
        "- | locked",  // fire over
        "mode-changed free-access | released 10000",  // free access
        "mode-changed lockdown | locked",  // lockdown
        "mode-changed normal | locked",  // normal
        "- | locked",  // a minute passes
    },
};

TEST(DoorTable, EveryEventInEveryState) { expect_table(door_states, door_events, door_table, with_lock); }

}  // namespace
}  // namespace yizhan::testing
