#include "firmware/control/documents.h"

#include <gtest/gtest.h>

#include "firmware/storage/record_document.h"
#include "tests/unit/control/fake_station.h"

namespace yizhan::test {
namespace {

Now now_at(seconds after_start, bool trusted = true) {
    return {.mono = start_mono + after_start, .wall = start_wall + after_start, .wall_trusted = trusted};
}

Alarm alarm(AlarmKind kind) {
    Alarm one;
    one.kind = kind;
    one.since = stamp_at(seconds{5});
    return one;
}

Alarm door_alarm(AlarmKind kind, std::uint8_t door) {
    auto one = alarm(kind);
    one.door = DoorIndex{door};
    return one;
}

std::string door_state(const FakeStation& station, std::size_t door) {
    return state_document(station.view(), now_at(seconds{1}))["doors"][door]["state"];
}

TEST(RecordDocument, HasOnlyWhatIsSet) {
    LogRow row;
    row.seq = 5;
    row.epoch = 9;
    row.at = stamp_at(seconds{1});
    row.type = "started";
    EXPECT_EQ(record_document(row), (json{{"seq", 5},
                                          {"epoch", 9},
                                          {"boot", "000000000000b007"},
                                          {"mono_ns", 11'000'000'000},
                                          {"time", 1772409601000},
                                          {"trusted", true},
                                          {"type", "started"}}));
}

TEST(RecordDocument, HasEverythingThatIsSet) {
    LogRow row;
    row.type = "granted";
    row.outcome = "welcome";
    row.cause = "granted";
    row.off_reason = "left";
    row.mode = "closed";
    row.alarm = "fire";
    row.door = "front";
    row.reader = "front-in";
    row.outlet = "a";
    row.input = "box";
    row.group = "couriers";
    row.visit = 0xfedcba9876543210;
    row.lasts = seconds{5};
    row.value = -3;
    row.actor = "maintenance";
    row.uid = 1000;
    const auto record = record_document(row);
    EXPECT_EQ(record.size(), 7u + 15u);
    EXPECT_EQ(record["visit"], "fedcba9876543210");
    EXPECT_EQ(record["lasts_ms"], 5000);
    EXPECT_EQ(record["value"], -3);
    EXPECT_EQ(record["uid"], 1000);
}

TEST(RecordDocument, SaysNobodyWhereSomebodyLookedAndSawNobody) {
    LogRow row;
    row.type = name_of(RecordType::occupancy_set);
    EXPECT_EQ(record_document(row)["value"], 0);
}

TEST(AlarmName, IsUniqueAmongAlarmsAndFitsATopicLevel) {
    StationConfig config = two_door_config();
    config.outlets[0].name = "front";
    EXPECT_EQ(alarm_name(door_alarm(AlarmKind::door_forced, 0), config), "door-forced-front");
    EXPECT_EQ(alarm_name(alarm(AlarmKind::log_failed), config), "log-failed");
    auto of_outlet = alarm(AlarmKind::output_fault);
    of_outlet.outlet = OutletIndex{0};
    EXPECT_NE(alarm_name(of_outlet, config), alarm_name(door_alarm(AlarmKind::output_fault, 0), config));
    EXPECT_EQ(alarm_name(alarm(AlarmKind::output_fault), config), "output-fault-contactor");
    // A socket and a room that are both called "front".
    auto hot_socket = alarm(AlarmKind::too_hot);
    hot_socket.outlet = OutletIndex{0};
    auto hot_room = alarm(AlarmKind::too_hot);
    hot_room.input = InputIndex{0};
    config.inputs[0].name = "front";
    EXPECT_NE(alarm_name(hot_socket, config), alarm_name(hot_room, config));
    config.doors[0].name = "a/b+c#d e";
    const auto name = alarm_name(door_alarm(AlarmKind::door_forced, 0), config);
    EXPECT_EQ(name.find_first_of("/+# "), std::string::npos);
    config.doors[1].name = "a_b_c_d_e";
    EXPECT_NE(name, alarm_name(door_alarm(AlarmKind::door_forced, 1), config));
}

TEST(AlarmName, SurvivesADoorThatTheSettingsNoLongerHave) {
    EXPECT_EQ(alarm_name(door_alarm(AlarmKind::door_forced, 9), two_door_config()), "door-forced-%239");
}

TEST(StateDocument, TellsHowEachDoorIs) {
    FakeStation station;
    EXPECT_EQ(door_state(station, 0), "locked");
    State state;
    state.doors[0].phase =
        DoorReleased{.since = stamp_at(seconds{1}), .lasts = seconds{5}, .cause = OpenCause::granted};
    state.doors[1].phase = DoorOpen{.since = stamp_at(seconds{1}), .cause = OpenCause::forced, .released = {}};
    station.become(state);
    const auto document = state_document(station.view(), now_at(seconds{2}));
    EXPECT_EQ(document["doors"][0],
              (json{{"name", "front"}, {"state", "released"}, {"cause", "granted"}, {"ends_at", 1772409606000}}));
    EXPECT_EQ(document["doors"][1]["state"], "open");
    EXPECT_EQ(document["doors"][1]["since"], 1772409601000);
    state.alarms.push_back(door_alarm(AlarmKind::door_forced, 1));
    station.become(state);
    EXPECT_EQ(door_state(station, 1), "forced");
    state.alarms.clear();
    state.alarms.push_back(door_alarm(AlarmKind::door_held_open, 1));
    station.become(state);
    EXPECT_EQ(door_state(station, 1), "held-open");
    State held;
    held.doors[0].held = true;
    station.become(held);
    EXPECT_EQ(door_state(station, 0), "released");
}

TEST(StateDocument, RestsWhileOnlyTimePasses) {
    FakeStation station;
    State state;
    state.anonymous = 3;
    state.mode = Mode::service;
    state.mode_since = stamp_at(seconds{0});
    state.mode_lasts = hours{1};
    state.doors[0].phase =
        DoorReleased{.since = stamp_at(seconds{1}), .lasts = seconds{5}, .cause = OpenCause::granted};
    state.outlets[0] = OutletInUse{.visit = 5, .since = stamp_at(seconds{1}), .lasts = hours{2}, .warned = false};
    state.alarms.push_back(alarm(AlarmKind::uplink));
    station.become(state);
    station.log.oldest_unacknowledged = start_wall;
    const auto meter = [](std::uint32_t milliwatts, seconds at) {
        return MeterView{.latest = MeterReading{.milliwatts = milliwatts, .at = start_mono + at}, .status = {}};
    };
    auto early = station.view();
    auto late = station.view();
    early.meters[0] = meter(44'000, seconds{1});
    late.meters[0] = meter(46'400, seconds{100});  // it flickers
    auto first = state_document(early, now_at(seconds{2}));
    auto second = state_document(late, now_at(seconds{3000}));
    EXPECT_EQ(first["time"], 1772409602000);
    first.erase("time");
    second.erase("time");
    EXPECT_EQ(first, second);
    EXPECT_EQ(first["outlets"][0]["power_w"], 45);
    EXPECT_EQ(first["outlets"][0]["ends_at"], 1772409601000 + 7'200'000);
    EXPECT_EQ(first["mode_ends_at"], 1772409600000 + 3'600'000);
    EXPECT_EQ(first["occupancy"]["count"], 3);
    EXPECT_EQ(first["alarms"][0]["name"], "uplink");
}

TEST(InfoDocument, IsWhatADashboardNeeds) {
    const FakeStation station;
    const auto info = info_document(station.view());
    EXPECT_EQ(info["station"], "test-station");
    EXPECT_EQ(info["name"]["zh"], "测试驿站");
    EXPECT_EQ(info["doors"].size(), 2u);
    EXPECT_EQ(info["readers"][0]["door"], "front");
    EXPECT_EQ(info["capacity"], 20);
    EXPECT_EQ(info["schema"], 1);
}

TEST(StatusDocument, IsWellWhereNothingIsWrong) {
    const FakeStation station;
    const auto status = status_document(station.view(), now_at(seconds{1}));
    EXPECT_TRUE(status["ok"].get<bool>()) << status["problems"];
    EXPECT_TRUE(status["problems"].empty());
}

// Whatever is wrong shows up among the problems, at its part, with a cure.
TEST(StatusDocument, HasAVerdictAndACureForEveryAlarm) {
    for (std::size_t kind = 1; kind < alarm_kind_count; ++kind) {
        FakeStation station;
        auto one = alarm(static_cast<AlarmKind>(kind));
        auto view = station.view();
        switch (one.kind) {
            case AlarmKind::door_forced:
            case AlarmKind::door_held_open:
            case AlarmKind::output_fault:
                one.door = DoorIndex{1};
                break;
            case AlarmKind::reader_fault:
                one.reader = ReaderIndex{0};
                break;
            case AlarmKind::meter_silent:
            case AlarmKind::relay_welded:
            case AlarmKind::too_hot:
                one.outlet = OutletIndex{0};
                break;
            case AlarmKind::tamper:
            case AlarmKind::help:
            case AlarmKind::smoke:
            case AlarmKind::water_leak:
            case AlarmKind::mains_lost:
            case AlarmKind::battery_low:
            case AlarmKind::too_cold:
            case AlarmKind::input_fault:
                one.input = InputIndex{1};
                break;
            case AlarmKind::no_member_list:
                station.members = {};
                break;
            default:
                break;
        }
        State state;
        state.alarms.push_back(one);
        station.become(state);
        view = station.view();
        if (one.kind == AlarmKind::reader_fault) view.readers[0].health = ReaderHealth::offline;
        if (one.kind == AlarmKind::input_fault) view.inputs[1].known = false;
        const auto status = status_document(view, now_at(seconds{1}));
        EXPECT_FALSE(status["ok"].get<bool>()) << name_of(one.kind);
        ASSERT_EQ(status["problems"].size(), 1u) << name_of(one.kind);
        EXPECT_FALSE(status["problems"][0]["what"].get<std::string>().empty());
        EXPECT_FALSE(status["problems"][0]["cure"].get<std::string>().empty());
    }
}

TEST(StatusDocument, NamesEveryInputThatCannotBeRead) {
    FakeStation station;
    station.config.doors[0].has_exit_button = true;
    station.config.doors[1].has_contact = true;
    station.become({});
    auto view = station.view();
    view.contacts[0].known = true;
    view.exit_buttons.resize(2);
    view.exit_buttons[0] = {.known = false, .verdict = "its level cannot be read"};
    view.contacts[1].known = false;
    for (std::size_t i = 0; i < view.inputs.size(); ++i) view.inputs[i].known = false;
    const auto problems = status_document(view, now_at(seconds{1}))["problems"];
    EXPECT_EQ(problems.size(), 2 + view.inputs.size());
    EXPECT_NE(problems.dump().find("its exit button: its level cannot be read"), std::string::npos);
    EXPECT_NE(problems.dump().find("a fire would not be heard of"), std::string::npos);
}

TEST(StatusDocument, PassesOnWhatDriversSay) {
    FakeStation station;
    auto view = station.view();
    view.readers[1].health = ReaderHealth::degraded;
    view.readers[1].verdict = "three bad checksums in a row";
    view.contacts[0].verdict = "bounces all the time";
    view.uplink = {
        .heard_of = true, .connected = false, .fault = "tls", .detail = "certificate expired", .since = start_mono};
    view.settings_problem = "station.toml:3:1: unknown key";
    view.sound_problem = Error{"no loudspeaker: it is unplugged", "plug it in"};
    view.log.failed = true;
    view.log.problem = "disk full";
    const auto status = status_document(view, now_at(seconds{1}, false));
    const auto problems = status["problems"].dump();
    for (const char* said : {"three bad checksums", "bounces", "tls (certificate expired)", "disk full", "clock",
                             "station.toml:3:1", "no loudspeaker"}) {
        EXPECT_NE(problems.find(said), std::string::npos) << said;
    }
    EXPECT_EQ(status["problems"].size(), 7u);
}

TEST(StatusDocument, NamesWhatTheUplinkIsRefusedWhileItIsConnected) {
    FakeStation station;
    auto view = station.view();
    view.uplink = {.heard_of = true,
                   .connected = true,
                   .fault = "unacknowledged",
                   .detail = "nobody has subscribed",
                   .since = start_mono};
    const auto problems = status_document(view, now_at(seconds{1}))["problems"];
    ASSERT_EQ(problems.size(), 1u);
    EXPECT_EQ(problems[0]["what"], "the centre does not hear us: unacknowledged (nobody has subscribed)");
}

}  // namespace
}  // namespace yizhan::test
