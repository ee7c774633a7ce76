#include "tests/unit/station/bench.h"

namespace yizhan::testing {
namespace {

constexpr std::size_t light = 0;  // goes on in danger
constexpr std::size_t heater = 1;  // from 06:00 to 22:00
constexpr std::size_t charger = 2;
constexpr OutletIndex light_outlet{light};
constexpr InputIndex help_button{3};
constexpr InputIndex smoke_detector{4};

// Of a Monday, as usual_station() counts minutes.
constexpr Wall monday{std::chrono::hours{24 * 20500}};

StationConfig station_with_amenities() {
    StationConfig config = usual_station();
    config.utc_offset = minutes{0};
    config.outlets[light].amenity = AmenityConfig{.off_after = minutes{5}, .on_in_danger = true};
    config.outlets[light].warn_before = minutes{1};
    AmenityConfig by_day{.off_after = minutes{10}};
    for (std::uint16_t day = 0; day < 7; ++day) {
        by_day.hours.push_back(
            {static_cast<std::uint16_t>(day * 1440 + 360), static_cast<std::uint16_t>(day * 1440 + 1320)});
    }
    config.outlets[heater].amenity = by_day;
    config.inputs.push_back({.name = "button", .kind = InputKind::help, .releases = front});
    config.inputs.push_back({.name = "ceiling", .kind = InputKind::smoke});
    return config;
}

struct RoomBench : Bench {
    explicit RoomBench(StationConfig station_config = station_with_amenities()) : Bench(std::move(station_config)) {
        contact(false);
        set_time(std::chrono::hours{12});
    }
    void set_time(milliseconds of_monday) {
        now.wall = monday + of_monday;
        handle(TimePassed{});
    }
};

TEST(Amenities, GoOnWithTheFirstWhoComesAndStayOnForAsLongAsSomebodyIsThere) {
    RoomBench room;
    EXPECT_FALSE(room.outlet_on(light));
    room.enter(1);
    EXPECT_TRUE(room.outlet_on(light));
    EXPECT_TRUE(room.outlet_on(heater));
    room.pass(std::chrono::hours{9});  // far beyond the time limit of an outlet
    EXPECT_TRUE(room.outlet_on(light));
    EXPECT_EQ(room.count(RecordType::outlet_off), 0U);
    EXPECT_FALSE(room.outlet_on(charger));
}

TEST(Amenities, WarnAndGoOffWhenTheStationHasBeenEmptyForTheirTimeAndNotBefore) {
    RoomBench room;
    room.enter(1);
    room.leave(1);
    const Mono empty = room.last(RecordType::left).at.mono;
    room.pass(minutes{4} - milliseconds{1} - std::chrono::floor<milliseconds>(room.now.mono - empty));
    EXPECT_EQ(room.count(RecordType::outlet_warned), 0U);
    room.pass(milliseconds{1});
    EXPECT_EQ(room.last(RecordType::outlet_warned).outcome, Outcome::leaving_off);
    EXPECT_EQ(room.said.back(), Outcome::leaving_off);
    room.pass(minutes{1} - milliseconds{1});
    EXPECT_TRUE(room.outlet_on(light));
    room.pass(milliseconds{1});
    EXPECT_FALSE(room.outlet_on(light));
    EXPECT_EQ(room.last(RecordType::outlet_off).off_reason, OffReason::station_empty);
}

TEST(Amenities, WhoComesAfterTheWarningKeepsThemOn) {
    RoomBench room;
    room.enter(1);
    room.leave(1);
    room.pass(minutes{4} + seconds{30});
    ASSERT_EQ(room.count(RecordType::outlet_warned), 1U);
    room.enter(2);
    room.pass(minutes{30});
    EXPECT_TRUE(room.outlet_on(light));
}

TEST(Amenities, FollowTheirHours) {
    RoomBench room;
    room.enter(1);
    for (const auto& [at, on] : {std::pair{minutes{22 * 60 + 9}, true}, std::pair{minutes{22 * 60 + 10}, false}}) {
        room.pass(monday + at - room.now.wall);
        EXPECT_EQ(room.outlet_on(heater), on) << at.count();
    }
    EXPECT_EQ(room.last(RecordType::outlet_off).off_reason, OffReason::out_of_hours);
    EXPECT_TRUE(room.outlet_on(light));
    room.pass(std::chrono::hours{8});
    EXPECT_TRUE(room.outlet_on(heater));
}

TEST(Amenities, WithoutAClockToTrustFollowWhoIsThere) {
    RoomBench room;
    room.set_time(std::chrono::hours{23});
    room.now.wall_trusted = false;
    room.enter(1);
    EXPECT_TRUE(room.outlet_on(heater));
}

TEST(Amenities, MayBeOnInTheirHoursWithoutAnybodyInside) {
    StationConfig config = station_with_amenities();
    config.outlets[light].amenity->on_while_empty = {{480, 600}};
    RoomBench room(config);
    for (const auto& [minute, on] : {std::pair{479, false}, std::pair{480, true}, std::pair{599, true}}) {
        room.pass(std::max(monday + minutes{minute} - room.now.wall, Wall::duration{}));
        room.set_time(minutes{minute});
        EXPECT_EQ(room.outlet_on(light), on) << minute;
    }
}

TEST(Amenities, AnOrderHoldsForItsTimeAndThenTheirRuleDoes) {
    for (const bool on : {true, false}) {
        RoomBench room;
        if (!on) room.enter(1);
        room.order(SwitchOutlet{.outlet = light_outlet, .on = on, .lasts = minutes{30}});
        EXPECT_EQ(room.outlet_on(light), on);
        EXPECT_EQ(room.last(RecordType::outlet_overridden).actor.uid, 1000U);
        room.pass(minutes{30} - milliseconds{1});
        EXPECT_EQ(room.outlet_on(light), on);
        room.pass(milliseconds{1});
        EXPECT_EQ(room.last(RecordType::outlet_overridden).value, -1);
        room.pass(minutes{6});
        EXPECT_EQ(room.outlet_on(light), !on);
    }
}

TEST(Amenities, AnOrderEndsByCommandAndNeverLastsForLongerThanTwelveHours) {
    RoomBench room;
    room.order(SwitchOutlet{.outlet = light_outlet, .on = true, .lasts = std::chrono::hours{100}});
    EXPECT_EQ(room.last(RecordType::outlet_overridden).lasts, milliseconds{std::chrono::hours{12}});
    room.order(SwitchOutlet{.outlet = light_outlet, .on = std::nullopt});
    room.pass(minutes{6});
    EXPECT_FALSE(room.outlet_on(light));
}

TEST(Amenities, SmokeTakesTheirPowerExceptWhereTheyAreNeededToGetOut) {
    RoomBench room;
    room.enter(1);
    room.handle(InputChanged{smoke_detector, true});
    EXPECT_TRUE(room.outlet_on(light));
    EXPECT_FALSE(room.outlet_on(heater));
    EXPECT_EQ(room.last(RecordType::outlet_off).off_reason, OffReason::smoke);
}

TEST(Amenities, ACallForHelpLightsTheRoomAlsoAgainstAnOrderAndReleasesItsDoor) {
    RoomBench room;
    room.order(SwitchOutlet{.outlet = light_outlet, .on = false});
    room.handle(InputChanged{help_button, true});
    EXPECT_TRUE(room.outlet_on(light));
    EXPECT_TRUE(room.released());
    EXPECT_EQ(room.last(RecordType::released).input, help_button);
    room.pass(room.config.doors[0].extended_release);
    EXPECT_FALSE(room.released());
}

TEST(Amenities, WhatTheirDriverHasEndedStaysOffUntilTheNextOneComes) {
    RoomBench room;
    room.enter(1);
    room.handle(OutletStopped{light_outlet, OffReason::over_current});
    room.pass(minutes{30});
    EXPECT_FALSE(room.outlet_on(light));
    room.leave(1);
    room.enter(2);
    EXPECT_TRUE(room.outlet_on(light));
}

TEST(Amenities, AreGivenToNobody) {
    StationConfig config = station_with_amenities();
    config.outlets[charger].amenity = AmenityConfig{};
    RoomBench room(config);
    room.enter(1);
    room.card(desk, 1);
    EXPECT_EQ(room.shown, Outcome::no_free_outlet);
}

TEST(Amenities, DoNotKeepAnEmptyStationFromTakingOutletsAway) {
    RoomBench room;
    room.enter(1);
    room.card(desk, 1);
    ASSERT_TRUE(room.outlet_on(charger));
    room.order(SwitchOutlet{.outlet = light_outlet, .on = true});
    room.order(SwitchOutlet{.outlet = OutletIndex{charger}, .on = true});
    room.leave(1);
    room.pass(room.config.empty_grace);
    EXPECT_FALSE(room.outlet_on(charger));
    EXPECT_TRUE(room.outlet_on(light));
}

StationConfig station_with_contactor() {
    StationConfig config = station_with_amenities();
    config.has_contactor = true;
    return config;
}

TEST(Contactor, FeedsTheOutletsAndOpensWhereARelayIsWelded) {
    RoomBench room(station_with_contactor());
    EXPECT_TRUE(room.fed());
    room.enter(1);
    room.card(desk, 1);
    ASSERT_TRUE(room.outlet_on(charger));
    room.pass(std::chrono::hours{1});
    EXPECT_TRUE(room.fed());
    room.handle(OutletWatched{.outlet = OutletIndex{1}, .relay_welded = true});
    EXPECT_FALSE(room.fed());
    EXPECT_FALSE(room.outlet_on(charger));
    EXPECT_EQ(room.last(RecordType::outlet_off).off_reason, OffReason::relay_welded);
    EXPECT_TRUE(room.alarm(AlarmKind::relay_welded));
    room.card(desk, 1);
    EXPECT_NE(room.shown, Outcome::outlet_yours);
}

TEST(Contactor, OneThatDoesNotTakeItsLevelIsToldAndNothingIsGivenBehindIt) {
    RoomBench room(station_with_contactor());
    room.enter(1);
    room.handle(OutputFault{.faulty = true});
    EXPECT_TRUE(room.alarm(AlarmKind::output_fault));
    room.card(desk, 1);
    EXPECT_NE(room.shown, Outcome::outlet_yours);
    room.fed_until = {};  // what it did when it failed
    room.handle(OutputFault{.faulty = false});
    EXPECT_FALSE(room.alarm(AlarmKind::output_fault));
    EXPECT_TRUE(room.fed()) << "told again, for what it was told it has not done";
    room.card(desk, 1);
    EXPECT_EQ(room.shown, Outcome::outlet_yours);
}

TEST(Contactor, WithoutOneOnlyTheWeldedOutletIsLost) {
    RoomBench room;
    room.enter(1);
    room.card(desk, 1);
    room.handle(OutletWatched{.outlet = OutletIndex{1}, .relay_welded = true});
    EXPECT_TRUE(room.outlet_on(charger));
}

}  // namespace
}  // namespace yizhan::testing
