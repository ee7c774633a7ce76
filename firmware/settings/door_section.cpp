#include <fmt/format.h>

#include <array>

#include "firmware/settings/sections.h"

namespace yizhan {
namespace {

constexpr std::string_view lock_example =
    R"({ type = "strike", line = "chip-label:line-name", active = "high", longest_lease = "30s" })";

struct LockKeys {
    bool type = false;  // whether each can be relied on
    bool longest_lease = false;
};

LockKeys read_lock(Section& section, LockSettings& lock) {
    LockKeys good;
    good.type = section.choice<LockType>(
        "type", lock.type, {{"strike", LockType::strike}, {"maglock", LockType::maglock}}, Need::required);
    read_output_keys(section, lock.output);
    section.choice<LockFailure>("failure", lock.failure,
                                {{"fail-secure", LockFailure::secure}, {"fail-safe", LockFailure::safe}});
    good.longest_lease = section.duration("longest_lease", lock.longest_lease, seconds{10}, minutes{5});
    section.finish();
    return good;
}

struct DoorTimes {
    bool release = false;  // whether each can be relied on
    bool extended_release = false;
    bool held_open = false;
};

DoorTimes read_times(Section& section, DoorConfig& door) {
    DoorTimes good;
    good.release = section.duration("release", door.release, seconds{1}, minutes{1});
    good.extended_release = section.duration("extended_release", door.extended_release, seconds{1}, minutes{2});
    good.held_open = section.duration("held_open_after", door.held_open_after, seconds{5}, hours{1});
    good.held_open &= section.duration("pre_alarm", door.pre_alarm, seconds{0}, minutes{10});
    section.duration("slam", door.slam, seconds{0}, seconds{5});
    return good;
}

void check_release(Section& section, std::string_view key, milliseconds release, milliseconds longest_lease) {
    if (release <= longest_lease) return;
    section.error(key,
                  fmt::format("{} {} is longer than the lock's longest_lease {}", key, duration_to_text(release),
                              duration_to_text(longest_lease)),
                  fmt::format("lower {} or raise lock.longest_lease: the lock secures itself after that", key));
}

void check_times(Section& section, const DoorConfig& door, const DoorTimes& good) {
    if (good.held_open && door.pre_alarm >= door.held_open_after) {
        section.error("pre_alarm",
                      fmt::format("pre_alarm {} is not shorter than held_open_after {}",
                                  duration_to_text(door.pre_alarm), duration_to_text(door.held_open_after)),
                      "the warning comes pre_alarm before the alarm: make it shorter");
    }
    if (good.release && good.extended_release && door.extended_release < door.release) {
        section.error("extended_release",
                      fmt::format("extended_release {} is shorter than release {}",
                                  duration_to_text(door.extended_release), duration_to_text(door.release)),
                      "it is for people who need longer: make it at least as long");
    }
}

// A button that cuts the power of a strike locks people in, and so does a handle before a magnet that holds.
void check_egress(Section& section, Egress egress, LockType lock) {
    if (lock == LockType::strike && egress == Egress::hardware_button) {
        section.error("egress", "has a strike and egress \"hardware-button\"",
                      "a strike without power is locked: egress must be \"mechanical\", a handle or panic bar");
    }
    if (lock == LockType::maglock && egress == Egress::mechanical) {
        section.error("egress", "has a maglock and egress \"mechanical\"",
                      "no handle opens a magnet: egress must be \"hardware-button\", a button or a switch in the panic "
                      "bar that cuts the magnet's power");
    }
}

void read_door(Section& section, DoorConfig& door, DoorHardware& hardware) {
    if (section.text("name", door.name, name_form, Need::required)) section.claim_name("door", door.name);
    const bool egress = section.choice<Egress>(
        "egress", door.egress, {{"mechanical", Egress::mechanical}, {"hardware-button", Egress::hardware_button}},
        Need::required);
    const DoorTimes good = read_times(section, door);
    check_times(section, door, good);
    if (auto lock = section.section("lock", Need::required, lock_example)) {
        const LockKeys keys = read_lock(*lock, hardware.lock);
        if (egress && keys.type) check_egress(section, door.egress, hardware.lock.type);
        door.fail_safe = hardware.lock.failure == LockFailure::safe;
        if (keys.longest_lease) {
            const milliseconds lease = hardware.lock.longest_lease;
            door.longest_release = lease;
            if (good.release) check_release(section, "release", door.release, lease);
            if (good.extended_release) check_release(section, "extended_release", door.extended_release, lease);
        }
    }
    hardware.contact = read_input(section, "contact");
    hardware.exit_button = read_input(section, "exit_button");
    door.has_contact = hardware.contact.has_value();
    door.has_exit_button = hardware.exit_button.has_value();
    section.finish();
}

}  // namespace

void read_doors(Section& file, Settings& settings) {
    for (Section& section : file.sections("door", max_doors)) {
        read_door(section, settings.station.doors.emplace_back(), settings.doors.emplace_back());
    }
    if (!file.has("door")) {
        file.error("door", "has no [[door]]", "add [[door]] with a name, egress and lock");
    }
}

}  // namespace yizhan
