// Every state of an outlet × everything that can happen to it or to whoever uses it.
#include "tests/unit/station/table.h"

namespace yizhan::testing {
namespace {

constexpr OutletIndex a1{0};
constexpr std::uint8_t user = 1;  // of a1, in the states in which it is used by somebody
constexpr std::uint8_t neighbour = 2;  // inside as well
constexpr std::uint8_t outsider = 3;

void both_inside(Bench& bench) {
    bench.contact(false);
    bench.enter(user);
    bench.enter(neighbour);
}
void to_in_use(Bench& bench) {
    both_inside(bench);
    bench.card(desk, user);
}

const std::vector<Step> outlet_states{
    {"idle", both_inside},
    {"idle, nobody counted", [](Bench& b) { b.contact(false); }},
    {"idle, count estimated", [](Bench& b) { both_inside(b), b.button(), b.open_and_close(); }},
    {"idle, all neighbours in use",
     [](Bench& b) {
         both_inside(b), b.order(SwitchOutlet{OutletIndex{1}, true}), b.order(SwitchOutlet{OutletIndex{2}, true});
     }},
    {"idle, faulty", [](Bench& b) { both_inside(b), b.handle(OutputFault{{}, a1, true}); }},
    {"in use", to_in_use},
    {"in use, warned", [](Bench& b) { to_in_use(b), b.pass(minutes{116}); }},
    {"on by command", [](Bench& b) { both_inside(b), b.order(SwitchOutlet{a1, true}); }},
    {"on, the station just emptied",
     [](Bench& b) { both_inside(b), b.order(SwitchOutlet{a1, true}), b.leave(user), b.leave(neighbour); }},
    {"fire", [](Bench& b) { both_inside(b), b.handle(InputChanged{fire_input, true}); }},
};

const std::vector<Step> outlet_events{
    {"the user's card", [](Bench& b) { b.card(desk, user); }},
    {"the neighbour's card", [](Bench& b) { b.card(desk, neighbour); }},
    {"an outsider's card", [](Bench& b) { b.card(desk, outsider); }},
    {"unreadable card", [](Bench& b) { b.handle(CardRefused{desk, Outcome::unreadable}); }},
    {"on", [](Bench& b) { b.order(SwitchOutlet{a1, true}); }},
    {"off", [](Bench& b) { b.order(SwitchOutlet{a1, false}); }},
    {"the user leaves", [](Bench& b) { b.leave(user); }},
    {"the neighbour leaves", [](Bench& b) { b.leave(neighbour); }},
    {"fire", [](Bench& b) { b.handle(InputChanged{fire_input, true}); }},
    {"fault", [](Bench& b) { b.handle(OutputFault{{}, a1, true}); }},
    {"fault over", [](Bench& b) { b.handle(OutputFault{{}, a1, false}); }},
    {"its driver stopped it", [](Bench& b) { b.handle(OutletStopped{a1}); }},
    {"lockdown", [](Bench& b) { b.order(SetMode{Mode::lockdown}); }},
    {"nobody there", [](Bench& b) { b.order(SetOccupancy{0}); }},
    {"five minutes", [](Bench& b) { b.pass(minutes{5}); }},
    {"three hours", [](Bench& b) { b.pass(minutes{180}); }},
};

std::string with_power(const std::string& records, const Bench& bench) {
    return records + (bench.outlet_on(0) ? " | on" : " | off");
}

// In the order of the states; in each, in the order of the events.
const std::vector<std::vector<std::string>> outlet_table{
    // idle
    {
        "outlet-on outlet-yours | on",  // the user's card
        "outlet-on outlet-yours | on",  // the neighbour's card
        "refused not-inside | off",  // an outsider's card
        "refused unreadable | off",  // unreadable card
        "outlet-on outlet-yours | on",  // on
        "- | off",  // off
        "granted goodbye, door-opened granted, left, door-closed | off",  // the user leaves
        "granted goodbye, door-opened granted, left, door-closed | off",  // the neighbour leaves
        "fire-started, alarm-raised fire | off",  // fire
        "alarm-raised output-fault | off",  // fault
        "- | off",  // fault over
        "- | off",  // its driver stopped it
        "mode-changed lockdown | off",  // lockdown
        "occupancy-set | off",  // nobody there
        "- | off",  // five minutes
        "- | off",  // three hours
    },
    // idle, nobody counted
    {
        "refused not-inside | off",  // the user's card
        "refused not-inside | off",  // the neighbour's card
        "refused not-inside | off",  // an outsider's card
        "refused unreadable | off",  // unreadable card
        "outlet-on outlet-yours, station-empty | on",  // on
        "- | off",  // off
        "granted goodbye, door-opened granted, left, door-closed | off",  // the user leaves
        "granted goodbye, door-opened granted, left, door-closed | off",  // the neighbour leaves
        "fire-started, alarm-raised fire | off",  // fire
        "alarm-raised output-fault | off",  // fault
        "- | off",  // fault over
        "- | off",  // its driver stopped it
        "mode-changed lockdown | off",  // lockdown
        "occupancy-set | off",  // nobody there
        "- | off",  // five minutes
        "- | off",  // three hours
    },
    // idle, count estimated
    {
        "entered, outlet-on outlet-yours | on",  // the user's card
        "outlet-on outlet-yours | on",  // the neighbour's card
        "entered, outlet-on outlet-yours | on",  // an outsider's card
        "refused unreadable | off",  // unreadable card
        "outlet-on outlet-yours | on",  // on
        "- | off",  // off
        "granted goodbye, door-opened granted, left, door-closed | off",  // the user leaves
        "granted goodbye, door-opened granted, left, door-closed | off",  // the neighbour leaves
        "fire-started, alarm-raised fire | off",  // fire
        "alarm-raised output-fault | off",  // fault
        "- | off",  // fault over
        "- | off",  // its driver stopped it
        "mode-changed lockdown | off",  // lockdown
        "occupancy-set | off",  // nobody there
        "- | off",  // five minutes
        "- | off",  // three hours
    },
    // idle, all neighbours in use
    {
        "outlet-on outlet-yours | on",  // the user's card
        "outlet-on outlet-yours | on",  // the neighbour's card
        "refused not-inside | off",  // an outsider's card
        "refused unreadable | off",  // unreadable card
        "outlet-on outlet-yours | on",  // on
        "- | off",  // off
        "granted goodbye, door-opened granted, left, door-closed | off",  // the user leaves
        "granted goodbye, door-opened granted, left, door-closed | off",  // the neighbour leaves
        "fire-started, outlet-off fire, outlet-off fire, alarm-raised fire | off",  // fire
        "alarm-raised output-fault | off",  // fault
        "- | off",  // fault over
        "- | off",  // its driver stopped it
        "mode-changed lockdown | off",  // lockdown
        "occupancy-set, station-empty | off",  // nobody there
        "- | off",  // five minutes
        "outlet-warned outlet-ending, outlet-warned outlet-ending, outlet-off time-limit, outlet-off time-limit | "
        "off",  // three hours
    },
    // idle, faulty
    {
        "outlet-on outlet-yours | off",  // the user's card
        "outlet-on outlet-yours | off",  // the neighbour's card
        "refused not-inside | off",  // an outsider's card
        "refused unreadable | off",  // unreadable card
        "- | off",  // on
        "- | off",  // off
        "granted goodbye, door-opened granted, left, door-closed | off",  // the user leaves
        "granted goodbye, door-opened granted, left, door-closed | off",  // the neighbour leaves
        "fire-started, alarm-raised fire | off",  // fire
        "- | off",  // fault
        "alarm-cleared output-fault | off",  // fault over
        "- | off",  // its driver stopped it
        "mode-changed lockdown | off",  // lockdown
        "occupancy-set | off",  // nobody there
        "- | off",  // five minutes
        "- | off",  // three hours
    },
    // in use
    {
        "outlet-on outlet-renewed | on",  // the user's card
        "outlet-on outlet-yours | on",  // the neighbour's card
        "refused not-inside | on",  // an outsider's card
        "refused unreadable | on",  // unreadable card
        "outlet-on outlet-renewed | on",  // on
        "outlet-off command | off",  // off
        "granted goodbye, door-opened granted, left, outlet-off left, door-closed | off",  // the user leaves
        "granted goodbye, door-opened granted, left, door-closed | on",  // the neighbour leaves
        "fire-started, outlet-off fire, alarm-raised fire | off",  // fire
        "outlet-off fault, alarm-raised output-fault | off",  // fault
        "- | on",  // fault over
        "outlet-off time-limit | off",  // its driver stopped it
        "mode-changed lockdown | on",  // lockdown
        "occupancy-set, station-empty | on",  // nobody there
        "- | on",  // five minutes
        "outlet-warned outlet-ending, outlet-off time-limit | off",  // three hours
    },
    // in use, warned
    {
        "outlet-on outlet-renewed | on",  // the user's card
        "outlet-on outlet-yours | on",  // the neighbour's card
        "refused not-inside | on",  // an outsider's card
        "refused unreadable | on",  // unreadable card
        "outlet-on outlet-renewed | on",  // on
        "outlet-off command | off",  // off
        "granted goodbye, door-opened granted, left, outlet-off left, door-closed | off",  // the user leaves
        "granted goodbye, door-opened granted, left, door-closed | on",  // the neighbour leaves
        "fire-started, outlet-off fire, alarm-raised fire | off",  // fire
        "outlet-off fault, alarm-raised output-fault | off",  // fault
        "- | on",  // fault over
        "outlet-off time-limit | off",  // its driver stopped it
        "mode-changed lockdown | on",  // lockdown
        "occupancy-set, station-empty | on",  // nobody there
        "outlet-off time-limit | off",  // five minutes
        "outlet-off time-limit | off",  // three hours
    },
    // on by command
    {
        "outlet-on outlet-yours | on",  // the user's card
        "outlet-on outlet-yours | on",  // the neighbour's card
        "refused not-inside | on",  // an outsider's card
        "refused unreadable | on",  // unreadable card
        "outlet-on outlet-renewed | on",  // on
        "outlet-off command | off",  // off
        "granted goodbye, door-opened granted, left, door-closed | on",  // the user leaves
        "granted goodbye, door-opened granted, left, door-closed | on",  // the neighbour leaves
        "fire-started, outlet-off fire, alarm-raised fire | off",  // fire
        "outlet-off fault, alarm-raised output-fault | off",  // fault
        "- | on",  // fault over
        "outlet-off time-limit | off",  // its driver stopped it
        "mode-changed lockdown | on",  // lockdown
        "occupancy-set, station-empty | on",  // nobody there
        "- | on",  // five minutes
        "outlet-warned outlet-ending, outlet-off time-limit | off",  // three hours
    },
    // on, the station just emptied
    {
        "refused not-inside | on",  // the user's card
        "refused not-inside | on",  // the neighbour's card
        "refused not-inside | on",  // an outsider's card
        "refused unreadable | on",  // unreadable card
        "outlet-on outlet-renewed, station-empty | on",  // on
        "outlet-off command | off",  // off
        "granted goodbye, door-opened granted, left, door-closed | on",  // the user leaves
        "granted goodbye, door-opened granted, left, door-closed | on",  // the neighbour leaves
        "fire-started, outlet-off fire, alarm-raised fire | off",  // fire
        "outlet-off fault, alarm-raised output-fault | off",  // fault
        "- | on",  // fault over
        "outlet-off time-limit | off",  // its driver stopped it
        "mode-changed lockdown | on",  // lockdown
        "occupancy-set | on",  // nobody there
        "outlet-off station-empty | off",  // five minutes
        "outlet-off station-empty | off",  // three hours
    },
    // fire
    {
        "refused fire-leave | off",  // the user's card
        "refused fire-leave | off",  // the neighbour's card
        "refused fire-leave | off",  // an outsider's card
        "refused unreadable | off",  // unreadable card
        "- | off",  // on
        "- | off",  // off
        "granted doors-are-open, door-opened fire, door-closed | off",  // the user leaves
        "granted doors-are-open, door-opened fire, door-closed | off",  // the neighbour leaves
        "- | off",  // fire
        "alarm-raised output-fault | off",  // fault
        "- | off",  // fault over
        "- | off",  // its driver stopped it
        "mode-changed lockdown | off",  // lockdown
        "occupancy-set | off",  // nobody there
        "- | off",  // five minutes
        "- | off",  // three hours
    },
};

TEST(OutletTable, EveryEventInEveryState) { expect_table(outlet_states, outlet_events, outlet_table, with_power); }

}  // namespace
}  // namespace yizhan::testing
