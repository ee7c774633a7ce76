#include "firmware/settings/forms.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <cstdio>
#include <utility>

#include "firmware/settings/nearest.h"

namespace yizhan {
namespace {

using Spans = std::vector<std::pair<int, int>>;

Spans spans_of(std::string_view text) {
    const auto spans = week_spans_from_text(text);
    if (!spans) return {{-1, -1}};
    Spans pairs;
    for (const WeekSpan& span : merged(*spans)) pairs.emplace_back(span.from, span.to);
    return pairs;
}

const Spans no_hours{{-1, -1}};

TEST(Durations, HaveAUnit) {
    EXPECT_EQ(duration_from_text("30ms"), milliseconds{30});
    EXPECT_EQ(duration_from_text("5s"), seconds{5});
    EXPECT_EQ(duration_from_text("15min"), minutes{15});
    EXPECT_EQ(duration_from_text("2h"), hours{2});
    EXPECT_EQ(duration_from_text("0s"), seconds{0});
    EXPECT_EQ(duration_from_text("999999999h"), hours{999999999});
}

TEST(Durations, AreNothingElse) {
    for (const auto* text : {"", "5", "s", "5 s", "-5s", "+5s", "5S", "5m", "1.5s", "1h30min", "5s ", " 5s",
                             "1000000000s", "0000000001s", "99999999999999999999s"}) {
        EXPECT_FALSE(duration_from_text(text)) << text;
    }
}

RC_GTEST_PROP(Durations, ComeBackAsTheyWereSaid, ()) {
    const auto said = milliseconds{*rc::gen::inRange(0, 999999999)};
    RC_ASSERT(duration_from_text(duration_to_text(said)) == said);
}

TEST(UtcOffsets, AreThoseInUse) {
    EXPECT_EQ(utc_offset_from_text("+08:00"), minutes{480});
    EXPECT_EQ(utc_offset_from_text("-03:30"), minutes{-210});
    EXPECT_EQ(utc_offset_from_text("+14:00"), hours{14});
    EXPECT_EQ(utc_offset_from_text("-12:00"), hours{-12});
    for (const auto* text : {"", "+", "08:00", "+8:00", "+08", "+14:01", "-12:01", "+08:60", "+-8:00", "+08:00 "}) {
        EXPECT_FALSE(utc_offset_from_text(text)) << text;
    }
}

TEST(Lines, ArePartedAtTheLastColon) {
    EXPECT_EQ(line_from_text("chip:GPIO17"), (LineName{"chip", "GPIO17"}));
    EXPECT_EQ(line_from_text("INT34C5:00:RELAY1"), (LineName{"INT34C5:00", "RELAY1"}));
    const std::string longest(31, 'x');
    EXPECT_TRUE(line_from_text(longest + ":" + longest));
    for (const std::string& text :
         {std::string(), std::string("chip"), std::string(":L"), std::string("chip:"), std::string("chip:a b"),
          "chip:" + longest + "x", longest + "x:L", std::string("chip:门")}) {
        EXPECT_FALSE(line_from_text(text)) << text;
    }
}

TEST(WeekHours, CountMinutesSinceMonday) {
    EXPECT_EQ(spans_of("Mon 06:00-22:00"), (Spans{{360, 1320}}));
    EXPECT_EQ(spans_of("Sun 00:00-24:00"), (Spans{{6 * 1440, 10080}}));
    EXPECT_EQ(spans_of("Mon-Tue 06:00-22:00"), (Spans{{360, 1320}, {1800, 2760}}));
}

TEST(WeekHours, GoOverMidnightIntoTheDayAfter) {
    EXPECT_EQ(spans_of("Tue 22:00-06:00"), (Spans{{1440 + 1320, 2 * 1440 + 360}}));
    EXPECT_EQ(spans_of("Tue 22:00-00:00"), (Spans{{1440 + 1320, 2 * 1440}}));
    EXPECT_EQ(spans_of("Tue 22:00-24:00"), (Spans{{1440 + 1320, 2 * 1440}}));
}

TEST(WeekHours, GoOverTheEndOfTheWeekInTwoPieces) {
    EXPECT_EQ(spans_of("Sun 22:00-06:00"), (Spans{{0, 360}, {6 * 1440 + 1320, 10080}}));
    EXPECT_EQ(spans_of("Sat-Mon 10:00-11:00"),
              (Spans{{600, 660}, {5 * 1440 + 600, 5 * 1440 + 660}, {6 * 1440 + 600, 6 * 1440 + 660}}));
}

TEST(WeekHours, JoinWhereTheyTouch) {
    EXPECT_EQ(spans_of("Mon-Sun 00:00-24:00"), (Spans{{0, 10080}}));
    EXPECT_EQ(merged({{100, 200}, {0, 100}, {150, 160}}).size(), 1U);
    EXPECT_EQ(merged({{101, 200}, {0, 100}}).size(), 2U);
}

TEST(WeekHours, AreNothingElse) {
    for (const auto* text :
         {"", "Mon", "Mon ", "Mon 06:00", "Mon 06:00-", "06:00-22:00", "mon 06:00-22:00", "Mon-Fry 06:00-22:00",
          "Mon- 06:00-22:00", "Mon 6:00-22:00", "Mon 06:00-24:01", "Mon 06:60-22:00", "Mon 24:00-06:00",
          "Mon 06:00-06:00", "Mon  06:00-22:00", "Mon 06:00-22:00 ", "Mon 06:00 - 22:00", "Mon,Tue 06:00-22:00"}) {
        EXPECT_EQ(spans_of(text), no_hours) << text;
    }
}

// Every beginning and end on the quarter of an hour, on every run of days: against a calendar that knows no spans.
TEST(WeekHours, HoldExactlyTheMinutesTheySay) {
    constexpr std::array<const char*, 7> names{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    constexpr int step = 45;
    const auto clock = [](int minute) {
        std::string text = "00:00";
        text[0] = static_cast<char>('0' + minute / 600);
        text[1] = static_cast<char>('0' + minute / 60 % 10);
        text[3] = static_cast<char>('0' + minute % 60 / 10);
        text[4] = static_cast<char>('0' + minute % 10);
        return text;
    };
    std::size_t checked = 0;
    for (int first = 0; first < 7; ++first) {
        for (int run = 0; run < 7; ++run) {
            for (int from = 0; from < 1440; from += step) {
                for (int to = 0; to <= 1440; to += step) {
                    if (from == to) continue;
                    std::array<bool, minutes_a_week / step> expected{};
                    for (int day = first; day <= first + run; ++day) {
                        for (int m = from; m != to % 1440 || m == from; m = (m + step) % 1440) {
                            const int of_week = (day * 1440 + m + (m < from ? 1440 : 0)) % minutes_a_week;
                            expected[static_cast<std::size_t>(of_week / step)] = true;
                            if ((m + step) % 1440 == to % 1440) break;
                        }
                    }
                    const std::string text = std::string(names[static_cast<std::size_t>(first)]) + "-" +
                                             names[static_cast<std::size_t>((first + run) % 7)] + " " + clock(from) +
                                             "-" + clock(to);
                    const auto spans = week_spans_from_text(text);
                    ASSERT_TRUE(spans) << text;
                    std::array<bool, minutes_a_week / step> held{};
                    int end = -1;
                    for (const WeekSpan& span : merged(*spans)) {
                        ASSERT_GT(static_cast<int>(span.from), end) << text;  // in order, not touching
                        end = span.to;
                        for (int m = span.from; m < span.to; m += step) held[static_cast<std::size_t>(m / step)] = true;
                    }
                    ASSERT_EQ(held, expected) << text;
                    ++checked;
                }
            }
        }
    }
    std::printf("sample: %zu spans of the week\n", checked);
}

RC_GTEST_PROP(Forms, SurviveAnyText, (const std::string& text)) {
    (void)duration_from_text(text);
    (void)utc_offset_from_text(text);
    (void)line_from_text(text);
    (void)week_spans_from_text(text);
}

TEST(NearestKey, IsASlipOfTheFingersAway) {
    const std::vector<std::string> known{"release", "extended_release", "lock", "egress"};
    EXPECT_EQ(nearest("relase", known), "release");
    EXPECT_EQ(nearest("extend_release", known), "extended_release");
    EXPECT_EQ(nearest("lcok", known), "lock");
    EXPECT_EQ(nearest("loc", known), "lock");
    EXPECT_EQ(nearest("lo", known), std::nullopt);
    EXPECT_EQ(nearest("colour", known), std::nullopt);
    EXPECT_EQ(nearest("x", {}), std::nullopt);
}

}  // namespace
}  // namespace yizhan
