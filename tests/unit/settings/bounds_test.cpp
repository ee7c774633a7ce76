// Every bound: at it, one below, one above.
#include <gtest/gtest.h>

#include "tests/unit/settings/parsing.h"

namespace yizhan {
namespace {

// A station that says everything with bounds; `%` stands for the value under test.
struct Bounded {
    std::string_view what;
    std::string section;  // added to the smallest station, or to its door where it is one of its keys
    std::vector<std::string_view> good;
    std::vector<std::string_view> bad;
};

std::string station_with(const Bounded& bounded, std::string_view value) {
    const std::string section = replaced(bounded.section, "%", value);
    if (section.front() == '[') return std::string(smallest_station) + section + "\n";
    return replaced(smallest_station, "egress =", section + "\negress =");
}

Bounded protection(std::string_view key, std::vector<std::string_view> good, std::vector<std::string_view> bad) {
    return {key,
            "[[outlet]]\nname = \"o\"\nline = \"c:O\"\nmeter = { type = \"cse7766\", port = \"serial:/dev/m\" }\n"
            "protection = { " +
                std::string(key) + " = \"%\" }",
            std::move(good), std::move(bad)};
}

Bounded heat(std::string_view key, const std::string& others, std::vector<std::string_view> good,
             std::vector<std::string_view> bad) {
    return {key,
            "[[outlet]]\nname = \"o\"\nline = \"c:O\"\nthermometer = { port = \"serial:/dev/m\", address = 1 }\n"
            "heat = { " +
                others + std::string(key) + " = % }",
            std::move(good), std::move(bad)};
}

Bounded thermometer(std::string_view key, const std::string& others, std::vector<std::string_view> good,
                    std::vector<std::string_view> bad) {
    return {key,
            "[[outlet]]\nname = \"o\"\nline = \"c:O\"\nthermometer = { port = \"serial:/dev/m\", " + others +
                std::string(key) + " = % }",
            std::move(good), std::move(bad)};
}

class Bounds : public testing::TestWithParam<Bounded> {};

TEST_P(Bounds, Hold) {
    for (const std::string_view value : GetParam().good) {
        EXPECT_EQ(errors_of(station_with(GetParam(), value)), std::vector<std::string>{}) << value;
    }
    for (const std::string_view value : GetParam().bad) {
        const auto errors = errors_of(station_with(GetParam(), value));
        ASSERT_EQ(errors.size(), 1U) << value;
        EXPECT_NE(errors[0].find(" out of bounds"), std::string::npos) << errors[0];
    }
}

INSTANTIATE_TEST_SUITE_P(
    Settings, Bounds,
    testing::Values(
        Bounded{
            "held_open_after", "held_open_after = \"%\"\npre_alarm = \"0s\"", {"5s", "1h"}, {"4999ms", "3600001ms"}},
        Bounded{"pre_alarm", "pre_alarm = \"%\"\nheld_open_after = \"1h\"", {"0s", "10min"}, {"600001ms"}},
        Bounded{"slam", "slam = \"%\"", {"0s", "5s"}, {"5001ms"}},
        Bounded{"debounce", "contact = { line = \"c:C\", debounce = \"%\" }", {"0ms", "400ms"}, {"401ms"}},
        Bounded{"resume_within", "[occupancy]\nresume_within = \"%\"", {"0s", "1h"}, {"3600001ms"}},
        Bounded{"empty_grace", "[occupancy]\nempty_grace = \"%\"", {"5s", "1h"}, {"4999ms", "3600001ms"}},
        Bounded{
            "proven_empty_after", "[occupancy]\nproven_empty_after = \"%\"", {"10s", "24h"}, {"9999ms", "86400001ms"}},
        Bounded{"stalled_after", "[log]\nstalled_after = \"%\"", {"1s", "10min"}, {"999ms", "600001ms"}},
        Bounded{"store_within", "[log]\nstore_within = \"%\"", {"1ms", "10s"}, {"0ms", "10001ms"}},
        Bounded{"keep_days", "[log]\nkeep_days = %", {"190", "3650"}, {"189", "3651"}},
        Bounded{"identifiable_days", "[log]\nidentifiable_days = %", {"1", "3650"}, {"0", "3651"}},
        Bounded{"most_records", "[log]\nmost_records = %", {"2000", "100000000"}, {"1999", "100000001"}},
        Bounded{"most_megabytes", "[log]\nmost_megabytes = %", {"1", "1000000"}, {"0", "1000001"}},
        Bounded{"port", "[uplink]\nhost = \"h\"\nplaintext = true\nport = %", {"1", "65535"}, {"0", "65536", "-1"}},
        Bounded{"keep_alive",
                "[uplink]\nhost = \"h\"\nplaintext = true\nkeep_alive = \"%\"",
                {"5s", "10min"},
                {"4s", "601s"}},
        Bounded{"poll",
                "[[reader]]\nname = \"r\"\nplace = \"inside\"\ntype = \"id-card\"\nport = \"usb:1-1\"\npoll = \"%\"",
                {"50ms", "2s"},
                {"49ms", "2001ms"}},
        Bounded{
            "gap",
            "[[reader]]\nname = \"r\"\nplace = \"inside\"\ntype = \"wiegand\"\nd0 = \"c:0\"\nd1 = \"c:1\"\ngap = \"%\"",
            {"10ms", "500ms"},
            {"9ms", "501ms"}},
        Bounded{
            "time_limit",
            "[[outlet]]\nname = \"o\"\nline = \"c:O\"\nlongest_on = \"24h\"\nwarn_before = \"0s\"\ntime_limit = \"%\"",
            {"10s", "24h"},
            {"9999ms", "86400001ms"}},
        Bounded{"off_after",
                "[[outlet]]\nname = \"o\"\nline = \"c:O\"\namenity = { off_after = \"%\" }",
                {"0s", "2h"},
                {"7200001ms"}},
        Bounded{"warn_before",
                "[[outlet]]\nname = \"o\"\nline = \"c:O\"\nwarn_before = \"%\"",
                {"0s", "1h"},
                {"3600001ms"}},
        Bounded{
            "longest_on",
            "[[outlet]]\nname = \"o\"\nline = \"c:O\"\ntime_limit = \"10s\"\nwarn_before = \"0s\"\nlongest_on = \"%\"",
            {"10s", "24h"},
            {"9999ms", "86400001ms"}},
        Bounded{"max_power_w", "[charging]\nmax_power_w = %", {"100", "100000"}, {"99", "100001", "-1"}},
        heat("off_c", "warn_c = 50, cooled_c = 20, ", {"50", "100"}, {"49", "101"}),
        heat("warn_c", "off_c = 100, cooled_c = 20, ", {"40", "100"}, {"39", "101"}),
        heat("cooled_c", "off_c = 100, warn_c = 100, ", {"20", "90"}, {"19", "91"}),
        thermometer("address", "", {"1", "247"}, {"0", "248"}),
        thermometer("register", "address = 1, ", {"0", "65535"}, {"-1", "65536"}),
        Bounded{"thermometer_poll",
                "[[outlet]]\nname = \"o\"\nline = \"c:O\"\nthermometer = { port = \"serial:/dev/m\", address = 1, poll "
                "= \"%\" }",
                {"200ms", "4s"},
                {"199ms", "4001ms"}},
        Bounded{"limit_c",
                "[[input]]\nname = \"i\"\nkind = \"too-hot\"\nthermometer = { port = \"serial:/dev/m\", address = 1 }\n"
                "clears_c = -40\nlimit_c = %",
                {"-39", "120"},
                {"121"}},
        protection("overload_time", {"500ms", "10s"}, {"499ms", "10001ms"}),
        protection("inrush", {"50ms", "2s"}, {"49ms", "2001ms"}),
        protection("nothing_after", {"10s", "10min"}, {"9999ms", "600001ms"}),
        protection("unplugged_after", {"2s", "2min"}, {"1999ms", "120001ms"}),
        protection("full_after", {"1min", "1h"}, {"59999ms", "3600001ms"}),
        protection("meter_silent_after", {"2s", "1min"}, {"1999ms", "60001ms"}),
        protection("shortest_off", {"1s", "5min"}, {"999ms", "300001ms"})),
    [](const auto& bounded) { return std::string(bounded.param.what); });

TEST(SettingsBounds, OfCapacity) {
    const auto station = [](std::string_view value) {
        return replaced(smallest_station, "[admission]", "capacity = " + std::string(value) + "\n[admission]");
    };
    EXPECT_EQ(errors_of(station("0")).size(), 0U);
    EXPECT_EQ(errors_of(station("9999")).size(), 0U);
    EXPECT_EQ(errors_of(station("10000")).size(), 1U);
    EXPECT_EQ(errors_of(station("-1")).size(), 1U);
    EXPECT_EQ(errors_of(station("4294967296")).size(), 1U);  // 2^32: 0 if somebody cut it
}

TEST(SettingsBounds, OfTheLockAndBothReleaseTimes) {
    const auto station = [](std::string_view lease, std::string_view release, std::string_view extended) {
        return replaced(smallest_station, "lock = { type = \"strike\", line = \"chip:LOCK\" }",
                        "release = \"" + std::string(release) + "\"\nextended_release = \"" + std::string(extended) +
                            "\"\nlock = { type = \"strike\", line = \"chip:LOCK\", longest_lease = \"" +
                            std::string(lease) + "\" }");
    };
    EXPECT_EQ(errors_of(station("10s", "1s", "1s")).size(), 0U);
    EXPECT_EQ(errors_of(station("5min", "1min", "2min")).size(), 0U);
    EXPECT_EQ(errors_of(station("2min", "60001ms", "2min")).size(), 1U);
    EXPECT_EQ(errors_of(station("10s", "999ms", "5s")).size(), 1U);
    EXPECT_EQ(errors_of(station("10s", "1s", "999ms")).size(), 1U);
    EXPECT_EQ(errors_of(station("9999ms", "1s", "1s")).size(), 1U);
    EXPECT_EQ(errors_of(station("300001ms", "1min", "2min")).size(), 1U);
    EXPECT_EQ(errors_of(station("5min", "1min", "120001ms")).size(), 1U);
    EXPECT_EQ(errors_of(station("10s", "10s", "10s")).size(), 0U);
    EXPECT_EQ(errors_of(station("10s", "5s", "10001ms")).size(), 1U);  // extended over the lease
    EXPECT_EQ(errors_of(station("10s", "10001ms", "10001ms")).size(), 2U);  // both over the lease
    EXPECT_EQ(errors_of(station("10s", "5s", "4999ms")).size(), 1U);  // extended under release
}

TEST(SettingsBounds, OfThePreAlarm) {
    const auto station = [](std::string_view pre_alarm) {
        return replaced(smallest_station, "egress =",
                        "held_open_after = \"30s\"\npre_alarm = \"" + std::string(pre_alarm) + "\"\negress =");
    };
    EXPECT_EQ(errors_of(station("29999ms")).size(), 0U);
    EXPECT_EQ(errors_of(station("30s")).size(), 1U);
}

TEST(SettingsBounds, OfNames) {
    const auto named = [](const std::string& name) { return errors_of(replaced(smallest_station, "front", name)); };
    EXPECT_EQ(named("a").size(), 0U);
    EXPECT_EQ(named(std::string(32, 'a')).size(), 0U);
    EXPECT_EQ(named(std::string(33, 'a')).size(), 1U);
    EXPECT_EQ(named("").size(), 1U);
    for (const auto* bad : {"A", "a b", "a_b", "a/b", "a+", "门"}) EXPECT_EQ(named(bad).size(), 1U) << bad;
}

TEST(SettingsBounds, OfHowManyThereMayBe) {
    struct Kind {
        std::string_view kind;
        std::string_view keys;
        std::size_t most;
        std::size_t already;
    };
    for (const Kind& kind :
         {Kind{"door", "egress = \"mechanical\"\nlock = { type = \"strike\", line = \"c:%\" }", 16, 1},
          Kind{"reader", "place = \"inside\"\ntype = \"id-card\"\nport = \"usb:1-%\"", 32, 0},
          Kind{"outlet", "line = \"c:%\"", 64, 0}, Kind{"input", "kind = \"fire\"\nline = \"c:%\"", 16, 0},
          Kind{"group", "#%", 64, 0}}) {
        std::string text(smallest_station);
        for (std::size_t i = kind.already; i <= kind.most; ++i) {
            const std::string number = std::to_string(i);
            if (i == kind.most) {
                EXPECT_EQ(errors_of(text), std::vector<std::string>{}) << kind.kind;
            }
            text += "[[" + std::string(kind.kind) + "]]\nname = \"n" + number + "\"\n" +
                    replaced(kind.keys, "%", number) + "\n";
        }
        const auto errors = errors_of(text);
        ASSERT_EQ(errors.size(), 1U) << kind.kind;
        EXPECT_NE(errors[0].find("more than " + std::to_string(kind.most)), std::string::npos) << errors[0];
    }
}

TEST(SettingsBounds, OfTheFile) {
    std::string text(smallest_station);
    while (text.size() + 100 <= std::size_t{256} * 1024) text += std::string(99, '#') + "\n";
    text += std::string(std::size_t{256} * 1024 - text.size(), '#');
    EXPECT_EQ(errors_of(text), std::vector<std::string>{});
    text += "\n";
    EXPECT_EQ(errors_of(text), std::vector<std::string>{"test.toml:1:1: longer than 256 KiB"});
    EXPECT_EQ(errors_of(std::string(smallest_station) + std::string(1000, '#')), std::vector<std::string>{});
    EXPECT_EQ(errors_of(std::string(smallest_station) + std::string(1001, '#')),
              std::vector<std::string>{"test.toml:9:1: a line of more than 1000 bytes"});
}

}  // namespace
}  // namespace yizhan
