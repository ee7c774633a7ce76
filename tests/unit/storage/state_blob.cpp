#include "firmware/storage/state_blob.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/storage/random_records.h"

namespace yizhan {
namespace {

// No field at its default, every phase, every list.
State full_state() {
    State state;
    state.seq = 0xFFFF'FFFF'FFFF'FFFF;
    state.newest = {.boot = sample_boot, .mono = Mono::max(), .wall = Wall(milliseconds(-1)), .trusted = true};
    state.running = true;
    for (std::size_t i = 0; i < max_inside; ++i) {
        const auto person = static_cast<std::uint8_t>(i);
        state.inside.push_back({.id = sample_boot + i,
                                .credential = sample_credential(person),
                                .group = person % 2,
                                .doubtful = i % 3 == 0});
    }
    state.anonymous = 65535;
    state.uncounted = true;
    auto& front = state.doors[0];
    front.phase =
        DoorOpen{sample_stamp(1), OpenCause::fire, sample_stamp(2), milliseconds(3), OpenCause::exit_button, 255, true};
    front.held = true;
    for (std::size_t i = 0; i < front.passages.capacity(); ++i) {
        front.passages.push_back({.visit = i, .credential = {}, .group = std::nullopt, .leaving = i % 2 == 0});
    }
    state.doors[1].phase = DoorReleased{sample_stamp(4), milliseconds(5), OpenCause::granted};
    state.outlets[1] = OutletInUse{.visit = 6,
                                   .since = sample_stamp(7),
                                   .lasts = milliseconds(8),
                                   .warned = true,
                                   .began = sample_stamp(13),
                                   .milliwatt_hours = 14'000};
    state.overrides[1] = {.on = false, .since = sample_stamp(19), .lasts = milliseconds(20)};
    state.alarms.push_back({.kind = AlarmKind::fire, .since = sample_stamp(9)});
    state.alarms.push_back({.kind = AlarmKind::reader_fault, .reader = ReaderIndex{2}, .since = sample_stamp(10)});
    state.alarms.push_back({.kind = AlarmKind::output_fault, .outlet = OutletIndex{1}, .since = sample_stamp(11)});
    state.alarms.push_back({.kind = AlarmKind::tamper, .input = InputIndex{1}, .since = sample_stamp(12)});
    state.alarms.push_back({.kind = AlarmKind::door_forced, .door = DoorIndex{1}, .since = sample_stamp(12)});
    state.mode = Mode::service;
    state.mode_since = sample_stamp(13);
    state.mode_lasts = milliseconds(14);
    state.fire = true;
    state.presence = true;
    state.presence_since = sample_stamp(15);
    state.emptying = true;
    state.emptying_since = sample_stamp(16);
    state.enrolments[2] = {.active = true, .since = sample_stamp(17), .lasts = milliseconds(18), .cards = 0xFFFF'FFFF};
    state.sequences.version = 21;
    state.sequences.list.push_back({.signer = 0xFFFF'FFFF, .sequence = 0xFFFF'FFFF'FFFF'FFFF});
    state.sequences.list.push_back({.signer = 1, .sequence = 22});
    state.sequences.since = Wall(milliseconds(23));
    return state;
}

TEST(StateBlob, KeepsEveryField) {
    const auto config = sample_station();
    const auto back = state_from_blob(to_blob(full_state(), config), config);
    ASSERT_TRUE(back.has_value());
    EXPECT_TRUE(*back == full_state());
    EXPECT_TRUE(state_from_blob(to_blob(State{}, config), config) == State{});
}

RC_GTEST_PROP(StateBlob, KeepsWhateverRecordsCanMake, ()) {
    const auto config = sample_station();
    State state;
    for (const auto& record : random_records(config, 60)) apply(state, record);
    RC_ASSERT(state_from_blob(to_blob(state, config), config) == state);
}

TEST(StateBlob, FollowsNamesToTheirNewPositions) {
    auto turned = sample_station();
    std::reverse(turned.doors.begin(), turned.doors.end());
    const auto back = state_from_blob(to_blob(full_state(), sample_station()), turned);
    ASSERT_TRUE(back.has_value());
    EXPECT_TRUE(back->doors[1] == full_state().doors[0]);
    EXPECT_TRUE(back->doors[0] == full_state().doors[1]);
}

TEST(StateBlob, DropsWhatNoLongerExistsAndItsAlarms) {
    auto smaller = sample_station();
    smaller.doors.pop_back();
    smaller.readers.pop_back();
    smaller.outlets.clear();
    smaller.inputs.clear();
    smaller.groups.clear();
    const auto back = state_from_blob(to_blob(full_state(), sample_station()), smaller);
    ASSERT_TRUE(back.has_value());
    EXPECT_TRUE(back->doors[0] == full_state().doors[0]);
    EXPECT_TRUE(back->doors[1] == DoorState{});
    EXPECT_TRUE(back->outlets == State{}.outlets);
    EXPECT_TRUE(back->overrides == State{}.overrides);
    EXPECT_TRUE(back->enrolments == State{}.enrolments);
    ASSERT_EQ(back->alarms.size(), 1U);
    EXPECT_EQ(back->alarms[0].kind, AlarmKind::fire);
    EXPECT_EQ(back->inside.size(), max_inside);
    EXPECT_EQ(back->inside[0].group, std::nullopt);
}

TEST(StateBlob, IsNotReadIfDamaged) {
    const auto config = sample_station();
    const auto blob = to_blob(full_state(), config);
    EXPECT_FALSE(state_from_blob("", config));
    EXPECT_FALSE(state_from_blob("[]", config));
    EXPECT_FALSE(state_from_blob("{}", config));
    EXPECT_FALSE(state_from_blob(blob.substr(0, blob.size() / 2), config));
    const auto changed = [&](std::string_view from, std::string_view to) {
        auto copy = blob;
        const auto at = copy.find(from);
        EXPECT_NE(at, std::string::npos) << from;
        return copy.replace(at, from.size(), to);
    };
    EXPECT_FALSE(state_from_blob(changed("\"version\":6", "\"version\":99"), config));
    EXPECT_FALSE(state_from_blob(changed("\"anonymous\":65535", "\"anonymous\":65536"), config));
    EXPECT_FALSE(state_from_blob(changed("\"anonymous\":65535", "\"anonymous\":-1"), config));
    EXPECT_FALSE(state_from_blob(changed("\"cause\":\"fire\"", "\"cause\":\"fury\""), config));
    EXPECT_FALSE(state_from_blob(changed("\"inside\":[", "\"inside\":[{},"), config));
    EXPECT_FALSE(state_from_blob(changed("\"sequences\":[", "\"sequences\":[[1],"), config));
}

// What stations have that knew no signed commands yet.
TEST(StateBlob, OfTheVersionBeforeIsReadToo) {
    const auto config = sample_station();
    auto blob = nlohmann::json::parse(to_blob(full_state(), config));
    for (const char* name : {"signers_version", "sequences", "signers_since"}) EXPECT_EQ(blob.erase(name), 1u);
    EXPECT_FALSE(state_from_blob(blob.dump(), config)) << "not of this version";
    blob["version"] = 5;
    State expected = full_state();
    expected.sequences = {};
    EXPECT_TRUE(state_from_blob(blob.dump(), config) == expected);
}

}  // namespace
}  // namespace yizhan
