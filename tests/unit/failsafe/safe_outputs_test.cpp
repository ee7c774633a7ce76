#include "firmware/failsafe/safe_outputs.h"

#include <gtest/gtest.h>

#include "drivers/outputs/door_lock.h"
#include "drivers/outputs/lamp_buzzer.h"
#include "drivers/outputs/outlet_switch.h"

namespace yizhan {
namespace {

Settings with_lock(LockType type, bool active_high, LockFailure failure) {
    Settings settings;
    settings.doors.push_back({.lock = {.output = {{"chip", "LOCK"}, active_high}, .type = type, .failure = failure},
                              .contact = {},
                              .exit_button = {}});
    return settings;
}

TEST(SafeOutputs, AFailSecureLockIsAtTheLevelItsDriverCallsSecureAndAFailSafeOneAtTheOther) {
    for (const LockType type : {LockType::strike, LockType::maglock}) {
        for (const bool active_high : {false, true}) {
            const auto kind = type == LockType::strike ? LockKind::strike : LockKind::maglock;
            const bool secure = DoorLock::secure_level(active_high, kind);
            EXPECT_EQ(safe_outputs(with_lock(type, active_high, LockFailure::secure)).at(0).high, secure);
            EXPECT_EQ(safe_outputs(with_lock(type, active_high, LockFailure::safe)).at(0).high, !secure);
        }
    }
}

TEST(SafeOutputs, WhateverElseIsAtTheLevelItsDriverCallsOff) {
    for (const bool active_high : {false, true}) {
        const auto at = [&](const char* line) { return OutputSettings{{"chip", line}, active_high}; };
        Settings settings;
        settings.outlets.push_back({.relay = at("RELAY"), .lamp = at("LAMP")});
        settings.readers.push_back(
            {.reader = WiegandReaderSettings{}, .green = at("GREEN"), .red = at("RED"), .buzzer = at("BUZZER")});
        const bool off = OutletSwitch::off_level(active_high);
        EXPECT_EQ(off, LampBuzzer::dark_level(active_high));
        EXPECT_EQ(safe_outputs(settings), (std::vector<SafeOutput>{{{"chip", "RELAY"}, off},
                                                                   {{"chip", "LAMP"}, off},
                                                                   {{"chip", "GREEN"}, off},
                                                                   {{"chip", "RED"}, off},
                                                                   {{"chip", "BUZZER"}, off}}));
    }
}

TEST(SafeOutputs, LocksComeFirst) {
    Settings settings = with_lock(LockType::strike, true, LockFailure::secure);
    settings.outlets.push_back({.relay = {{"chip", "RELAY"}, true}, .lamp = {}});
    EXPECT_EQ(safe_outputs(settings).at(0).line.line, "LOCK");
}

}  // namespace
}  // namespace yizhan
