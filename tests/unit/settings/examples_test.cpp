// The stations that are shipped, and what can become of their files.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdio>

#include "tests/unit/settings/parsing.h"

namespace yizhan {
namespace {

Settings example(std::string_view name) { return parsed(repository_file("config/stations/" + std::string(name))); }

TEST(Examples, AnInputIsOfEveryKindThatStationsKnowByTheNameThatTheyTell) {
    for (std::size_t i = 0; i < input_kind_count; ++i) {
        const auto kind = static_cast<InputKind>(i);
        const Settings settings =
            parsed(repository_file("config/stations/one-door.toml") + "\n[[input]]\nname = \"x\"\nkind = \"" +
                   std::string(name_of(kind)) + "\"\nline = \"box:X\"\n");
        ASSERT_FALSE(settings.station.inputs.empty()) << name_of(kind);
        EXPECT_EQ(settings.station.inputs.back().kind, kind);
    }
}

TEST(Examples, OfTheDemoHasAFrontDoorAndADesk) {
    const Settings demo = example("demo.toml");
    ASSERT_EQ(demo.station.doors.size(), 1U);
    EXPECT_EQ(demo.station.doors[0].name, "front");
    EXPECT_TRUE(demo.station.doors[0].has_contact);
    EXPECT_TRUE(demo.station.doors[0].has_exit_button);
    ASSERT_EQ(demo.station.readers.size(), 3U);
    EXPECT_EQ(demo.station.readers[0].place, ReaderPlace::entry);
    EXPECT_EQ(demo.station.readers[0].door, DoorIndex{0});
    EXPECT_EQ(demo.station.readers[2].place, ReaderPlace::inside);
    EXPECT_EQ(demo.station.readers[2].door, std::nullopt);
    ASSERT_EQ(demo.station.outlets.size(), 5U);
    EXPECT_TRUE(demo.station.outlets[4].amenity);
    EXPECT_EQ(demo.station.inputs.size(), 4U);
    EXPECT_EQ(demo.station.capacity, 20);
    EXPECT_EQ(demo.station.empty_grace, seconds{10});
    EXPECT_EQ(demo.name.zh, "演示驿站");
    EXPECT_EQ(demo.uplink.port, 18830);
    EXPECT_TRUE(demo.uplink.plaintext);
}

TEST(Examples, OfOneDoorIsTheSmallestUsefulStation) {
    const Settings station = example("one-door.toml");
    EXPECT_EQ(station.station.policy, AdmissionPolicy::any_valid_id);
    EXPECT_EQ(station.doors[0].lock.output.line, (LineName{"pinctrl-bcm2711", "GPIO17"}));
    EXPECT_EQ(station.readers.size(), 1U);
    EXPECT_TRUE(station.uplink.host.empty());
}

TEST(Examples, OfTwoDoorsHasReadersOnBothSidesAndEightOutlets) {
    const Settings station = example("two-doors.toml");
    EXPECT_EQ(station.station.doors.size(), 2U);
    EXPECT_EQ(station.doors[1].lock.type, LockType::maglock);
    EXPECT_EQ(station.station.doors[1].egress, Egress::hardware_button);
    EXPECT_EQ(station.station.readers.size(), 5U);
    EXPECT_EQ(station.station.outlets.size(), 8U);
    ASSERT_TRUE(station.uplink.tls);
    EXPECT_FALSE(station.uplink.plaintext);
    EXPECT_EQ(station.station.holidays.size(), 3U);
    EXPECT_FALSE(station.station.groups[2].open_on_holidays);
    EXPECT_EQ(station.station.opening_hours.size(), 1U);
}

TEST(Examples, OfWiegandHasNoOtherReaders) {
    const Settings station = example("wiegand-only.toml");
    for (const ReaderHardware& reader : station.readers) {
        ASSERT_TRUE(std::holds_alternative<WiegandReaderSettings>(reader.reader));
        EXPECT_EQ(std::get<WiegandReaderSettings>(reader.reader).bits, (std::vector<std::uint8_t>{26, 34}));
    }
}

TEST(Examples, HardwareIsParallelToWhatStationKnows) {
    for (const auto* name : {"demo.toml", "one-door.toml", "two-doors.toml", "wiegand-only.toml", "reference.toml"}) {
        const Settings station = example(name);
        EXPECT_EQ(station.doors.size(), station.station.doors.size()) << name;
        EXPECT_EQ(station.readers.size(), station.station.readers.size()) << name;
        EXPECT_EQ(station.outlets.size(), station.station.outlets.size()) << name;
        EXPECT_EQ(station.inputs.size(), station.station.inputs.size()) << name;
    }
}

// What the reference calls a default is one: a line that says so may be left out without a difference.
TEST(Examples, ReferenceTellsTrueDefaults) {
    const std::string text = repository_file("config/stations/reference.toml");
    const Settings whole = parsed(text);
    std::string without;
    int left_out = 0;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size() - 1) + 1;
        const std::string line = text.substr(begin, end - begin);
        begin = end;
        const std::size_t comment = line.find("  # default");
        const bool says_default =
            comment != std::string::npos &&
            (line[comment + 11] == ';' || line[comment + 11] == ':' || line[comment + 11] == '\n');
        if (says_default && line.substr(comment, 17) != "  # default: none" &&
            line.find("key_file") == std::string::npos) {
            ++left_out;
            continue;
        }
        without += line;
    }
    EXPECT_GE(left_out, 30);
    const Settings rest = parsed(without);
    EXPECT_TRUE(can_adopt(whole, rest)) << can_adopt(whole, rest).error().what;
    EXPECT_EQ(rest.station.doors[0].release, whole.station.doors[0].release);
    EXPECT_EQ(rest.station.doors[0].extended_release, whole.station.doors[0].extended_release);
    EXPECT_EQ(rest.station.doors[0].held_open_after, whole.station.doors[0].held_open_after);
    EXPECT_EQ(rest.station.doors[0].pre_alarm, whole.station.doors[0].pre_alarm);
    EXPECT_EQ(rest.station.doors[0].slam, whole.station.doors[0].slam);
    EXPECT_EQ(rest.station.outlets[0].time_limit, whole.station.outlets[0].time_limit);
    EXPECT_EQ(rest.station.outlets[0].warn_before, whole.station.outlets[0].warn_before);
    EXPECT_EQ(rest.station.utc_offset, whole.station.utc_offset);
    EXPECT_EQ(rest.station.policy, whole.station.policy);
    EXPECT_EQ(rest.station.when_clock_untrusted, whole.station.when_clock_untrusted);
    EXPECT_EQ(rest.station.when_log_full, whole.station.when_log_full);
    EXPECT_EQ(rest.station.durability, whole.station.durability);
    EXPECT_EQ(rest.station.evidence_within, whole.station.evidence_within);
    EXPECT_EQ(rest.station.when_evidence_late, whole.station.when_evidence_late);
    EXPECT_EQ(rest.log, whole.log);
    EXPECT_EQ(rest.station.empty_grace, whole.station.empty_grace);
    EXPECT_EQ(rest.station.resume_within, whole.station.resume_within);
    EXPECT_EQ(rest.station.proven_empty_after, whole.station.proven_empty_after);
    EXPECT_EQ(rest.station.stalled_log_after, whole.station.stalled_log_after);
    EXPECT_EQ(rest.uplink.port, whole.uplink.port);
    EXPECT_EQ(rest.uplink.keep_alive, whole.uplink.keep_alive);
    EXPECT_EQ(rest.uplink.second_port, whole.uplink.second_port);
    EXPECT_EQ(rest.uplink.delivery, whole.uplink.delivery);
    EXPECT_EQ(rest.uplink.catch_up_rate, whole.uplink.catch_up_rate);
}

// Whatever a slip, a bad disk or an editor makes of a file: an answer, and every error has a place in the file.
TEST(Examples, SurviveAnyMutation) {
    const std::string original = repository_file("config/stations/demo.toml");
    const std::string alphabet = "[]{}\"'=.,#\n\\ \t-+:0123456789abcxyzTZ_\xE6\xBC\x94\xFF";
    int good = 0;
    int bad = 0;
    EXPECT_TRUE(rc::check("a mutated file is parsed or refused", [&] {
        std::string text = original;
        const int changes = *rc::gen::inRange(1, 6);
        for (int i = 0; i < changes && !text.empty(); ++i) {
            const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
            const auto length = std::min(*rc::gen::inRange<std::size_t>(0, 40), text.size() - at);
            switch (*rc::gen::inRange(0, 4)) {
                case 0:
                    text[at] = *rc::gen::elementOf(alphabet);
                    break;
                case 1:
                    text.erase(at, length);
                    break;
                case 2:
                    text.insert(at, text.substr(text.size() - length));
                    break;
                default:
                    text.insert(at, 1, *rc::gen::elementOf(alphabet));
                    break;
            }
        }
        const auto settings = parse_settings(text, "demo.toml");
        settings ? ++good : ++bad;
        if (settings) return;
        RC_ASSERT(!settings.error().empty());
        for (const Error& error : settings.error()) {
            RC_ASSERT(error.what.starts_with("demo.toml:"));
            RC_ASSERT(!error.cure.empty());
        }
    }));
    std::printf("sample: %d mutated files, %d of them still good\n", good + bad, good);
}

}  // namespace
}  // namespace yizhan
