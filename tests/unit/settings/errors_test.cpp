// What is wrong with a file, word for word: these messages are all a technician at a station has.
#include <gtest/gtest.h>

#include "tests/unit/settings/parsing.h"

namespace yizhan {
namespace {

using Errors = std::vector<std::string>;

std::string with(std::string_view addition) { return std::string(smallest_station) + std::string(addition); }

TEST(SettingsErrors, SmallestStationHasNone) { EXPECT_EQ(errors_of(smallest_station), Errors{}); }

TEST(SettingsErrors, EmptyFileLacksTheSectionsThatAreRequired) {
    EXPECT_EQ(errors_of(""), (Errors{
                                 "test.toml:1:1: this file has no [station]",
                                 "test.toml:1:1: this file has no [[door]]",
                                 "test.toml:1:1: policy \"members\" needs [identity] member_list",
                             }));
}

TEST(SettingsErrors, OfRootKeysAreNamed) {
    const std::string key = "\"" + std::string(64, '1') + "\"";
    const auto commands = [&](const std::string& lines) { return with("[commands]\n" + lines); };
    EXPECT_EQ(errors_of(commands("root_keys = [" + key + "]")), Errors{});
    const auto has = [&](const std::string& lines, std::string_view what) {
        const auto errors = errors_of(commands(lines));
        return errors.size() == 1 && errors.front().find(what) != std::string::npos;
    };
    EXPECT_TRUE(has("needed = 1", "has no root_keys"));
    EXPECT_TRUE(has("root_keys = []", "root_keys has 0 keys"));
    EXPECT_TRUE(has("root_keys = [\"12\"]", "root_keys: no public key"));
    EXPECT_TRUE(has("root_keys = [" + key + ", " + key + "]", "this key is there twice"));
    EXPECT_TRUE(has("root_keys = [" + key + "]\nneeded = 2", "needed is 2, and there are 1 root_keys"));
    EXPECT_TRUE(has("root_keys = [" + key + "]\nneeded = 0", "needed 0 is out of bounds"));
    EXPECT_TRUE(has("root_keys = [" + key + "]\nkeys = 1", "knows no key \"keys\""));
}

TEST(SettingsErrors, ComeAllAtOnceInTheOrderOfTheFile) {
    EXPECT_EQ(
        errors_of(R"(colour = "red"
[station]
id = "Bad Name"
capacity = 10000
utc_offset = "8"
opening_hours = ["Mon-Fri 6-22", 5, "Sun 24:00-02:00"]
holidays = ["2026-10-01", 1999-01-01]
[[reader]]
name = "r"
place = "entry"
type = "id-card"
port = "usb:1"
[[reader]]
name = "q"
place = "inside"
door = "fron"
outlet = "zz"
type = "wiegand"
d0 = "c:A"
d1 = "c"
bits = [27]
[admission]
policy = "any-valid-id"
[[door]]
name = "front"
release = "90s"
pre_alarm = "40s"
relase = "5s"
lock = { line = "c:A", longest_lease = "10s" }
[[door]]
name = "front"
egress = "window"
release = 5
contact = { line = "c:A", debounce = "1" }
[input]
)"),
        (Errors{
            "test.toml:1:1: this file knows no key \"colour\"",
            "test.toml:3:6: [station] id \"Bad Name\" is not 1 to 32 of a-z, 0-9 and -",
            "test.toml:4:12: [station] capacity 10000 is out of bounds",
            "test.toml:5:14: [station] utc_offset \"8\" is not an offset from UTC",
            "test.toml:6:18: [station] opening_hours: \"Mon-Fri 6-22\" is not hours of the week",
            "test.toml:6:34: [station] opening_hours: a whole number is not hours of the week",
            "test.toml:6:37: [station] opening_hours: \"Sun 24:00-02:00\" is not hours of the week",
            "test.toml:7:13: [station] holidays: a text is not a date",
            "test.toml:7:27: [station] holidays: a date out of bounds",
            "test.toml:8:1: [[reader]] \"r\" is an entry reader without a door",
            "test.toml:12:8: [[reader]] \"r\" port \"usb:1\" is not a port like usb:1-1.4 or serial:/dev/…",
            "test.toml:16:8: [[reader]] \"q\" names door \"fron\", which is not there",
            "test.toml:16:8: [[reader]] \"q\" is inside and names a door",
            "test.toml:17:10: [[reader]] \"q\" names outlet \"zz\", which is not there",
            "test.toml:20:6: [[reader]] \"q\" d1 \"c\" is not chip-label:line-name",
            "test.toml:21:8: [[reader]] \"q\" bits: frames of 27 bits are not understood",
            "test.toml:24:1: [[door]] \"front\" has no egress",
            "test.toml:24:1: [[door]] \"front\" extended_release 15s is longer than the lock's longest_lease 10s",
            "test.toml:26:11: [[door]] \"front\" release \"90s\" is out of bounds",
            "test.toml:27:13: [[door]] \"front\" pre_alarm 40s is not shorter than held_open_after 30s",
            "test.toml:28:1: [[door]] \"front\" knows no key \"relase\"",
            "test.toml:29:8: [[door]] \"front\" lock has no type",
            "test.toml:29:17: two things on one line, \"c:A\": [[door]] \"front\" lock line and, at "
            "test.toml:19:6, [[reader]] \"q\" d0",
            "test.toml:30:1: [[door]] \"front\" has no lock",
            "test.toml:31:8: two doors named \"front\": here and at test.toml:25:8",
            "test.toml:32:10: [[door]] \"front\" egress \"window\" is not \"mechanical\" or \"hardware-button\"",
            "test.toml:33:11: [[door]] \"front\" release is a whole number, not a time with its unit (ms, s, min, "
            "h)",
            "test.toml:34:20: two things on one line, \"c:A\": [[door]] \"front\" contact line and, at "
            "test.toml:19:6, [[reader]] \"q\" d0",
            "test.toml:34:38: [[door]] \"front\" contact debounce \"1\" is not a time with its unit (ms, s, min, "
            "h)",
            "test.toml:35:1: this file has input that is not [[input]]",
        }));
}

struct BadFile {
    std::string_view what;
    std::string text;
    Errors errors;
};

class OneError : public testing::TestWithParam<BadFile> {};

TEST_P(OneError, IsNamedWithItsPlace) { EXPECT_EQ(errors_of(GetParam().text), GetParam().errors); }

// The smallest station ends on line 8: what is added begins on line 9.
INSTANTIATE_TEST_SUITE_P(
    Settings, OneError,
    testing::Values(
        BadFile{"too long a line",
                "a = \"" + std::string(996, 'x') + "\"\n",
                {"test.toml:1:1: a line of more than 1000 bytes"}},
        BadFile{"too deep",
                "a.b.c.d.e.f.g.h.i.j = 1\n",
                {"test.toml:1:17: more than 8 tables or lists inside one another"}},
        BadFile{"section that is none",
                with("[clock]\ntrusted = 1\n[log]\npath = \"\"\n"),
                {"test.toml:10:11: [clock] trusted is a whole number, not one of its words",
                 "test.toml:12:8: [log] path \"\" is not 1 to 255 bytes without control characters"}},
        BadFile{"scalar for section",
                "station = 1\n" + replaced(smallest_station, "[station]\nid = \"small\"\n", ""),
                {"test.toml:1:11: this file has no [station]"}},
        BadFile{"door without lock",
                replaced(smallest_station, "lock = { type = \"strike\", line = \"chip:LOCK\" }", ""),
                {"test.toml:5:1: [[door]] \"front\" has no lock"}},
        BadFile{"door without egress",
                replaced(smallest_station, "egress = \"mechanical\"", ""),
                {"test.toml:5:1: [[door]] \"front\" has no egress"}},
        BadFile{"strike with a button for its power",
                replaced(smallest_station, "\"mechanical\"", "\"hardware-button\""),
                {"test.toml:7:10: [[door]] \"front\" has a strike and egress \"hardware-button\""}},
        BadFile{"fail safe strike with a button for its power",
                replaced(replaced(smallest_station, "\"mechanical\"", "\"hardware-button\""), "\"chip:LOCK\"",
                         "\"chip:LOCK\", failure = \"fail-safe\""),
                {"test.toml:7:10: [[door]] \"front\" has a strike and egress \"hardware-button\""}},
        BadFile{
            "lock of no type with a button for its power",
            replaced(replaced(smallest_station, "\"mechanical\"", "\"hardware-button\""), "type = \"strike\", ", ""),
            {"test.toml:8:8: [[door]] \"front\" lock has no type"}},
        BadFile{"lock without line",
                replaced(smallest_station, ", line = \"chip:LOCK\"", ""),
                {"test.toml:8:8: [[door]] \"front\" lock has no line"}},
        BadFile{"door without name",
                replaced(smallest_station, "name = \"front\"", ""),
                {"test.toml:5:1: [[door]] no. 1 has no name"}},
        BadFile{"exit reader without door",
                with("[[reader]]\nname = \"out\"\nplace = \"exit\"\ntype = \"id-card\"\nport = \"usb:1-1\"\n"),
                {"test.toml:9:1: [[reader]] \"out\" is an exit reader without a door"}},
        BadFile{"reader without type",
                with("[[reader]]\nname = \"in\"\nplace = \"entry\"\ndoor = \"front\"\nport = \"usb:1-1\"\n"),
                {"test.toml:9:1: [[reader]] \"in\" has no type"}},
        BadFile{"key of another type",
                with("[[reader]]\nname = \"in\"\nplace = \"inside\"\ntype = \"id-card\"\nport = \"usb:1-1\"\nd0 = "
                     "\"c:D\"\n"),
                {"test.toml:14:1: [[reader]] \"in\" knows no key \"d0\""}},
        BadFile{"one port twice",
                with("[[reader]]\nname = \"a\"\nplace = \"inside\"\ntype = \"id-card\"\nport = \"usb:1-1\"\n"
                     "[[reader]]\nname = \"b\"\nplace = \"inside\"\ntype = \"id-card\"\nport = \"usb:1-1\"\n"),
                {"test.toml:18:8: two readers on one port, \"usb:1-1\": [[reader]] \"b\" port and, at test.toml:13:8, "
                 "[[reader]] \"a\" port"}},
        BadFile{"outlet at a door",
                with("[[reader]]\nname = \"a\"\nplace = \"entry\"\ndoor = \"front\"\noutlet = \"o\"\ntype = "
                     "\"id-card\"\nport = \"usb:1-1\"\n[[outlet]]\nname = \"o\"\nline = \"chip:O\"\n"),
                {"test.toml:13:10: [[reader]] \"a\" names an outlet and is not inside"}},
        BadFile{"data lines on two chips",
                with("[[reader]]\nname = \"a\"\nplace = \"inside\"\ntype = \"wiegand\"\nd0 = \"c:0\"\nd1 = \"e:1\"\n"),
                {"test.toml:14:6: [[reader]] \"a\" d1 is on chip \"e\" and d0 on \"c\""}},
        BadFile{"no lengths",
                with("[[reader]]\nname = \"a\"\nplace = \"inside\"\ntype = \"wiegand\"\nd0 = \"c:0\"\nd1 = \"c:1\"\n"
                     "bits = []\n"),
                {"test.toml:15:8: [[reader]] \"a\" bits is empty"}},
        BadFile{"outlet times",
                with("[[outlet]]\nname = \"o\"\nline = \"chip:O\"\ntime_limit = \"9h\"\nwarn_before = \"1h\"\n"
                     "[[outlet]]\nname = \"p\"\nline = \"chip:P\"\ntime_limit = \"5min\"\n"),
                {"test.toml:12:14: [[outlet]] \"o\" time_limit 9h is longer than longest_on 8h",
                 "test.toml:14:1: [[outlet]] \"p\" warn_before 5min is not shorter than time_limit 5min"}},
        BadFile{"protection without a meter",
                with("[[outlet]]\nname = \"o\"\nline = \"chip:O\"\nprofile = \"e-bike\"\n"),
                {"test.toml:12:11: [[outlet]] \"o\" profile needs a meter that follows what flows"}},
        BadFile{"protection by pulses",
                with("[[outlet]]\nname = \"o\"\nline = \"chip:O\"\nmeter = { type = \"s0\", line = \"chip:M\" }\n"
                     "protection = { full_mw = 2000 }\n"),
                {"test.toml:13:14: [[outlet]] \"o\" protection needs a meter that follows what flows"}},
        BadFile{
            "two meters of one address",
            with("[[outlet]]\nname = \"o\"\nline = \"chip:O\"\n"
                 "meter = { type = \"pzem-004t\", port = \"serial:/dev/m\", address = 1 }\n"
                 "[[outlet]]\nname = \"p\"\nline = \"chip:P\"\n"
                 "meter = { type = \"pzem-004t\", port = \"serial:/dev/m\", address = 1 }\n"),
            {"test.toml:16:65: two meters with address 1 on \"serial:/dev/m\": [[outlet]] \"p\" meter address and, at "
             "test.toml:12:65, [[outlet]] \"o\" meter address"}},
        BadFile{"a meter without an address",
                with("[[outlet]]\nname = \"o\"\nline = \"chip:O\"\n"
                     "meter = { type = \"pzem-004t\", port = \"serial:/dev/m\" }\n"),
                {"test.toml:12:9: [[outlet]] \"o\" meter has no address"}},
        BadFile{"two chips on one line",
                with("[[outlet]]\nname = \"o\"\nline = \"chip:O\"\n"
                     "meter = { type = \"cse7766\", port = \"serial:/dev/m\" }\n"
                     "[[outlet]]\nname = \"p\"\nline = \"chip:P\"\n"
                     "meter = { type = \"cse7766\", port = \"serial:/dev/m\" }\n"),
                {"test.toml:16:36: two devices on one line, \"serial:/dev/m\": [[outlet]] \"p\" meter port and, at "
                 "test.toml:12:36, [[outlet]] \"o\" meter port"}},
        BadFile{
            "too many questions on one line",
            with("[[outlet]]\nname = \"o\"\nline = \"chip:O\"\n"
                 "meter = { type = \"pzem-004t\", port = \"serial:/dev/m\", address = 1, poll = \"100ms\" }\n"
                 "[[outlet]]\nname = \"p\"\nline = \"chip:P\"\n"
                 "meter = { type = \"pzem-004t\", port = \"serial:/dev/m\", address = 2 }\n"),
            {"test.toml:16:9: [[outlet]] \"p\" meter 2 devices on \"serial:/dev/m\" take 120ms for one round, and one "
             "of them is to be asked every 100ms"}},
        BadFile{"a meter that is asked too seldom",
                with("[[outlet]]\nname = \"o\"\nline = \"chip:O\"\nprotection = { meter_silent_after = \"2s\" }\n"
                     "meter = { type = \"pzem-004t\", port = \"serial:/dev/m\", address = 1, poll = \"1001ms\" }\n"),
                {"test.toml:13:9: [[outlet]] \"o\" poll 1001ms leaves no second attempt within meter_silent_after 2s"}},
        BadFile{"unplugged from nothing",
                with("[[outlet]]\nname = \"o\"\nline = \"chip:O\"\n"
                     "protection = { idle_mw = 5000, unplugged_from_mw = 5000 }\n"
                     "meter = { type = \"cse7766\", port = \"serial:/dev/m\" }\n"),
                {"test.toml:12:52: [[outlet]] \"o\" protection unplugged_from_mw 5000 is not more than idle_mw 5000"}},
        BadFile{"input of no kind",
                with("[[input]]\nname = \"i\"\nkind = \"flood\"\nline = \"chip:I\"\n"),
                {"test.toml:11:8: [[input]] \"i\" kind \"flood\" is not \"fire\" or \"tamper\" or \"presence\" or "
                 "\"help\" or \"smoke\" or \"water-leak\" or \"mains-lost\" or \"battery-low\" or \"too-hot\" or "
                 "\"too-cold\""}},
        BadFile{"a thermometer and a meter at one address",
                with("[[outlet]]\nname = \"o\"\nline = \"chip:O\"\n"
                     "meter = { type = \"pzem-004t\", port = \"serial:/dev/m\", address = 1 }\n"
                     "thermometer = { port = \"serial:/dev/m\", address = 1 }\n"),
                {"test.toml:13:51: [[outlet]] \"o\" thermometer address 1 on \"serial:/dev/m\" is a meter's and a "
                 "thermometer's"}},
        BadFile{"two thermometers in one register",
                with("[[outlet]]\nname = \"o\"\nline = \"chip:O\"\n"
                     "thermometer = { port = \"serial:/dev/m\", address = 1, register = 2 }\n"
                     "[[input]]\nname = \"i\"\nkind = \"too-hot\"\n"
                     "thermometer = { port = \"serial:/dev/m\", address = 1, register = 2 }\n"),
                {"test.toml:16:65: two thermometers in register 2 of address 1 on \"serial:/dev/m\": [[input]] \"i\" "
                 "thermometer register and, at test.toml:12:65, [[outlet]] \"o\" thermometer register"}},
        BadFile{"a thermometer without an address",
                with("[[outlet]]\nname = \"o\"\nline = \"chip:O\"\nthermometer = { port = \"serial:/dev/m\" }\n"),
                {"test.toml:12:15: [[outlet]] \"o\" thermometer has no address"}},
        BadFile{"heat without a thermometer",
                with("[[outlet]]\nname = \"o\"\nline = \"chip:O\"\nheat = { off_c = 80 }\n"),
                {"test.toml:12:8: [[outlet]] \"o\" heat needs a thermometer in the socket"}},
        BadFile{"a warning after the end",
                with("[[outlet]]\nname = \"o\"\nline = \"chip:O\"\n"
                     "thermometer = { port = \"serial:/dev/m\", address = 1 }\nheat = { warn_c = 71 }\n"),
                {"test.toml:13:19: [[outlet]] \"o\" heat warn_c is more than off_c"}},
        BadFile{"cooled before it is warm",
                with("[[outlet]]\nname = \"o\"\nline = \"chip:O\"\n"
                     "thermometer = { port = \"serial:/dev/m\", address = 1 }\nheat = { cooled_c = 60 }\n"),
                {"test.toml:13:21: [[outlet]] \"o\" heat cooled_c is not less than warn_c"}},
        BadFile{"heat that clears above its limit",
                with("[[input]]\nname = \"i\"\nkind = \"too-hot\"\nlimit_c = 40\nclears_c = 40\n"
                     "thermometer = { port = \"serial:/dev/m\", address = 1 }\n"),
                {"test.toml:13:12: [[input]] \"i\" clears_c is not less than limit_c"}},
        BadFile{"cold that clears below its limit",
                with("[[input]]\nname = \"i\"\nkind = \"too-cold\"\nlimit_c = 5\nclears_c = 5\n"
                     "thermometer = { port = \"serial:/dev/m\", address = 1 }\n"),
                {"test.toml:13:12: [[input]] \"i\" clears_c is not more than limit_c"}},
        BadFile{"a thermometer that is to see water",
                with("[[input]]\nname = \"i\"\nkind = \"water-leak\"\n"
                     "thermometer = { port = \"serial:/dev/m\", address = 1 }\n"),
                {"test.toml:12:15: [[input]] \"i\" has a thermometer, and is neither too-hot nor too-cold"}},
        BadFile{
            "sound in no language", with("[sound]\nlanguages = []\n"), {"test.toml:10:13: [sound] languages is empty"}},
        BadFile{"sound in languages that are not spoken",
                with("[sound]\nlanguages = [\"en\", \"fr\", 3, \"en\"]\n"),
                {"test.toml:10:20: [sound] languages: \"fr\" is not spoken here",
                 "test.toml:10:26: [sound] languages: a whole number is not a text",
                 "test.toml:10:29: [sound] languages: \"en\" is there twice"}},
        BadFile{"sound without a device",
                with("[sound]\ndevice = \"\"\n"),
                {"test.toml:10:10: [sound] device \"\" is not the name of an ALSA device of 1 to 200 bytes"}},
        BadFile{"uplink in the clear", with("[uplink]\nhost = \"h\"\n"), {"test.toml:9:1: [uplink] has no tls"}},
        BadFile{"uplink in the clear after all",
                with("[uplink]\nhost = \"h\"\nplaintext = false\n"),
                {"test.toml:11:13: [uplink] has no tls"}},
        BadFile{"uplink both ways",
                with("[uplink]\nhost = \"h\"\nplaintext = true\ntls = { ca_file = \"c\" }\n"),
                {"test.toml:11:13: [uplink] has tls and says plaintext = true"}},
        BadFile{"half a certificate",
                with("[uplink]\nhost = \"h\"\ntls = { ca_file = \"c\", certificate_file = \"d\" }\n"),
                {"test.toml:11:43: [uplink] tls has a certificate_file without its key_file"}},
        BadFile{"password of nobody",
                with("[uplink]\nhost = \"h\"\nplaintext = true\npassword_file = \"p\"\nkeep_alive = \"5500ms\"\n"),
                {"test.toml:12:17: [uplink] has a password_file without a username",
                 "test.toml:13:14: [uplink] keep_alive is not in whole seconds"}},
        BadFile{"username with a wildcard",
                with("[uplink]\nhost = \"h\"\nplaintext = true\nusername = \"#\"\n"),
                {"test.toml:12:12: [uplink] username \"#\" is not 1 to 200 bytes without +, # and /, which mean "
                 "something in topics"}},
        BadFile{"two groups",
                with("[[group]]\nname = \"g\"\n[[group]]\nname = \"g\"\n"),
                {"test.toml:12:8: two groups named \"g\": here and at test.toml:10:8"}},
        BadFile{"members without a list",
                replaced(smallest_station, "any-valid-id", "members"),
                {"test.toml:3:1: policy \"members\" needs [identity] member_list"}},
        BadFile{
            "a word cut short and cleaned",
            replaced(smallest_station, "\"small\"", "\"\\u001b[2J驿驿驿驿驿驿驿驿驿驿驿驿驿驿驿驿驿驿\""),
            {"test.toml:2:6: [station] id \"?[2J驿驿驿驿驿驿驿驿驿驿驿驿驿驿…\" is not 1 to 32 of a-z, 0-9 and -"}}),
    [](const auto& bad) {
        std::string name;
        for (const char c : bad.param.what) name += c == ' ' ? '_' : c == '-' ? '_' : c;
        return name;
    });

// The words are the TOML library's, and change with it; the place and the fact are ours.
TEST(SettingsErrors, OfSyntaxHaveTheirPlace) {
    const auto first_error = [](std::string_view text) {
        const Errors errors = errors_of(text);
        EXPECT_EQ(errors.size(), 1U) << text;
        return errors.empty() ? "" : errors[0].substr(0, errors[0].find(" TOML: "));
    };
    EXPECT_EQ(first_error("[station]\nid = \n"), "test.toml:2:6: not valid");
    EXPECT_EQ(first_error("[station]\nid = \"a\"\nid = \"b\"\n"), "test.toml:3:6: not valid");
    EXPECT_EQ(first_error("[station]\nid = \"a\xFF\"\n"), "test.toml:2:7: not valid");
    EXPECT_EQ(first_error("[station]\nholidays = [2027-02-30]\n"), "test.toml:2:23: not valid");
    EXPECT_EQ(first_error("[station\nid = \"a\"\n"), "test.toml:1:9: not valid");
}

TEST(SettingsErrors, SayWhatToDo) {
    const auto wrong = parse_settings(replaced(smallest_station, "egress", "egres"), "test.toml");
    ASSERT_FALSE(wrong);
    EXPECT_EQ(
        wrong.error(),
        (std::vector<Error>{
            {"test.toml:5:1: [[door]] \"front\" has no egress", "add egress = \"mechanical\" or \"hardware-button\""},
            {"test.toml:7:1: [[door]] \"front\" knows no key \"egres\"", "did you mean egress?"},
        }));
}

TEST(SettingsErrors, SayWhyAButtonIsNoWayOutThroughAStrike) {
    const auto wrong = parse_settings(replaced(smallest_station, "\"mechanical\"", "\"hardware-button\""), "test.toml");
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error(),
              (std::vector<Error>{
                  {"test.toml:7:10: [[door]] \"front\" has a strike and egress \"hardware-button\"",
                   "a strike without power is locked: egress must be \"mechanical\", a handle or panic bar"}}));
    const auto maglock =
        replaced(replaced(smallest_station, "\"mechanical\"", "\"hardware-button\""), "strike", "maglock");
    EXPECT_EQ(errors_of(maglock), Errors{});
}

TEST(SettingsErrors, SayWhyAHandleIsNoWayOutThroughAMagnet) {
    const auto wrong = parse_settings(replaced(smallest_station, "strike", "maglock"), "test.toml");
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error(),
              (std::vector<Error>{{"test.toml:7:10: [[door]] \"front\" has a maglock and egress \"mechanical\"",
                                   "no handle opens a magnet: egress must be \"hardware-button\", a button or "
                                   "a switch in the panic bar that cuts the magnet's power"}}));
}

// A member list would refuse them: its names begin with a letter, so that no number of a person becomes one.
TEST(SettingsErrors, GroupsBeginWithALetter) {
    for (const std::string name : {"2nd-shift", "13800000000", "-a"}) {
        const auto wrong = parse_settings(with("[[group]]\nname = \"" + name + "\"\n"), "test.toml");
        ASSERT_FALSE(wrong) << name;
        const std::string quoted = "\"" + name + "\"";
        EXPECT_EQ(wrong.error(), (std::vector<Error>{{"test.toml:10:8: [[group]] " + quoted + " name " + quoted +
                                                          " is not 1 to 32 of a-z, 0-9 and -, with a letter first",
                                                      "write it like \"sanitation\""}}));
    }
    EXPECT_EQ(errors_of(with("[[group]]\nname = \"shift-2\"\n")), Errors{});
}

TEST(SettingsErrors, NameTheKnownKeysWhereNoneIsNear) {
    const auto wrong = parse_settings(with("[clock]\ncolour = 1\n"), "test.toml");
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().front().cure, "known here: trusted");
}

}  // namespace
}  // namespace yizhan
