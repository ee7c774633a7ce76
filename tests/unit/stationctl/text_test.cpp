#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tools/stationctl/enrol_sheet.h"
#include "tools/stationctl/record_text.h"
#include "tools/stationctl/sim_command.h"
#include "tools/stationctl/station_time.h"
#include "tools/stationctl/status_text.h"
#include "tools/stationctl/text_table.h"

namespace yizhan::test {
namespace {

using nlohmann::json;

constexpr std::int64_t monday = 1772409600000;  // 2026-03-02 08:00 in China
constexpr std::int64_t china = 480;

TEST(Printable, LeavesTextAndTakesAwayWhatCommandsATerminal) {
    EXPECT_EQ(printable("front door 前门 é"), "front door 前门 é");
    EXPECT_EQ(printable("\x1b[2Jgone"), "?[2Jgone");
    EXPECT_EQ(printable("a\nb\tc\x7f"), "a?b?c?");
    EXPECT_EQ(printable("\xc2\x9b"
                        "31m"),
              "?31m");  // C1 control
    EXPECT_EQ(printable("\xe2\x80\xae"
                        "x"),
              "?x");  // right-to-left override
    EXPECT_EQ(printable("\xff\xe4\xbd"), "???");  // a mark for each byte that is none
    EXPECT_EQ(printable("\xe4\xbd"
                        "a"),
              "?a");
}

TEST(TextTable, AlignsChineseAndDropsEmptyColumns) {
    EXPECT_EQ(text_table({{"前门", "", "open"}, {"b", "", "locked"}}, 2), "  前门  open\n  b     locked\n");
    EXPECT_EQ(text_table({}), "");
}

TEST(StationTime, IsLocalToTheStation) {
    EXPECT_EQ(local_time(monday, china), "2026-03-02 08:00:00");
    EXPECT_EQ(local_time(monday, 0), "2026-03-02 00:00:00");
    EXPECT_EQ(short_time(monday - 1000, monday, china), "07:59:59");
    EXPECT_EQ(short_time(monday - 9 * 3'600'000, monday, china), "2026-03-01 23:00:00");
}

TEST(StationTime, DurationsAreShort) {
    EXPECT_EQ(duration(40'000), "40 s");
    EXPECT_EQ(duration(60'000), "1 min");
    EXPECT_EQ(duration(65'000), "1 min 5 s");
    EXPECT_EQ(duration(7'500'000), "2 h 5 min");
    EXPECT_EQ(duration(86'400'000), "1 day");
    EXPECT_EQ(duration(3 * 86'400'000LL), "3 days");
}

TEST(StationTime, ReadsWhatPeopleType) {
    EXPECT_EQ(parse_time("2026-03-02 08:00", 0, china), monday);
    EXPECT_EQ(parse_time("2026-03-02T08:00:05", 0, china), monday + 5000);
    EXPECT_EQ(parse_time("2026-03-02", 0, china), monday - 8 * 3'600'000);
    EXPECT_EQ(parse_time("2h", monday, china), monday - 7'200'000);
    EXPECT_EQ(parse_time("90s", monday, china), monday - 90'000);
    EXPECT_EQ(parse_time("3d", monday, china), monday - 3 * 86'400'000LL);
    for (const char* wrong : {"", "x", "2h ago", "-2h", "2026-13-01", "2026-02-30", "2026-03-02 24:00", "2026-03-02 08",
                              "2026-03-02 08:00:05x", "2026-3-2", "h", "99999999h"}) {
        EXPECT_FALSE(parse_time(wrong, monday, china)) << wrong;
    }
}

TEST(RecordText, IsOneAlignedLine) {
    const json record = {{"seq", 12},        {"time", monday},  {"trusted", false},  {"type", "refused"},
                         {"reader", "前门"}, {"door", "front"}, {"outcome", "full"}, {"group", "couriers"}};
    EXPECT_EQ(record_line(record, china, Language::en),
              "12        2026-03-02 08:00:00?  refused            前门/front      The station is full. Please wait "
              "until somebody leaves., couriers\n");
    EXPECT_NE(record_line(record, china, Language::zh).find("驿站已满"), std::string::npos);
}

TEST(RecordText, SurvivesAnythingTheStationMaySay) {
    for (const json& record :
         {json(), json(7), json{{"seq", "x"}, {"time", "y"}, {"type", 5}, {"outcome", "new-one"}}}) {
        EXPECT_FALSE(record_line(record, china, Language::en).empty());
        EXPECT_FALSE(record_csv_line(record, china).empty());
    }
}

TEST(RecordText, CsvQuotesWhatNeedsIt) {
    const json record = {{"seq", 1}, {"time", monday}, {"trusted", true}, {"type", "granted"}, {"door", "a,\"b\""}};
    const auto line = record_csv_line(record, china);
    EXPECT_NE(line.find(",\"a,\"\"b\"\"\","), std::string::npos);
    const auto commas = [](const std::string& text) { return std::count(text.begin(), text.end(), ','); };
    EXPECT_EQ(commas(line) - 1, commas(record_csv_heading()));
}

json status() {
    return {{"time", monday},
            {"utc_offset_minutes", china},
            {"station", "xining-01"},
            {"name", {{"zh", "城中驿站"}, {"en", ""}}},
            {"version", "1.0"},
            {"ok", true},
            {"problems", json::array()},
            {"occupancy", {{"count", 3}, {"capacity", 20}, {"confidence", "estimated"}}},
            {"mode", "normal"},
            {"doors", {{{"name", "front"}, {"state", "released"}, {"cause", "granted"}, {"ends_at", monday + 5000}}}},
            {"outlets", {{{"name", "a"}, {"state", "on"}, {"power_w", 44.4}, {"ends_at", monday + 7'200'000}}}},
            {"log", {{"last", 10}, {"stored", 10}, {"acknowledged", 4}, {"oldest_unacknowledged", monday - 60'000}}},
            {"members", {{"loaded", true}, {"count", 5}, {"version", 2}, {"built_at", monday}}},
            {"uplink", {{"heard_of", false}}},
            {"clock", {{"trusted", true}}}};
}

TEST(StatusText, TellsTheStationInAFewLines) {
    const auto text = status_text(status(), Language::en);
    for (const char* part : {"xining-01 — 2026-03-02 08:00:00", "All is well.", "3 of 20 (estimated)",
                             "front  released  granted  until 08:00:05", "a  on  44 W  until 10:00:00",
                             "10 records, 6 not at the centre since 07:59:00", "5, version 2"}) {
        EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
    }
    EXPECT_EQ(status_text(status(), Language::zh).find("城中驿站 (xining-01)"), 0u);
}

TEST(StatusText, BeginsWithWhatIsWrongAndIsHarmless) {
    auto sick = status();
    sick["ok"] = false;
    sick["problems"] = {{{"where", "uplink"}, {"what", "\x1b]0;owned\x07"}, {"cure", "look"}}};
    const auto text = status_text(sick, Language::en);
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_LT(text.find("1 problem:\n  uplink: ?]0;owned?\n    -> look\n"), text.find("inside"));
}

TEST(StatusText, TheWorstAlarmComesFirstAndWhoTakesCareOfIt) {
    auto sick = status();
    sick["alarms"] = {{{"name", "uplink"}, {"severity", "fault"}, {"since", monday}},
                      {{"name", "help-hall"},
                       {"severity", "emergency"},
                       {"since", monday},
                       {"acknowledged", {{"by", "maintenance"}, {"uid", 1000}}}}};
    const auto text = alarms_text(sick);
    EXPECT_LT(text.find("help-hall"), text.find("uplink")) << text;
    EXPECT_NE(text.find("maintenance (uid 1000)"), std::string::npos) << text;
}

TEST(StatusText, SurvivesADocumentOfAnotherRelease) {
    for (const json& document :
         {json(), json::object(), json{{"doors", 5}, {"problems", {1, 2}}, {"occupancy", "x"}}}) {
        EXPECT_FALSE(status_text(document, Language::en).empty());
        EXPECT_FALSE(alarms_text(document).empty());
        EXPECT_FALSE(state_line(document).empty());
    }
}

TEST(SimRequest, IsAPlainObjectOfTheWords) {
    SimOptions options{
        .target = "card", .name = "front-in", .action = "present", .watts = {}, .number = {}, .card = "li"};
    EXPECT_EQ(sim_request(options).value(),
              (json{{"do", "sim"}, {"target", "card"}, {"name", "front-in"}, {"action", "present"}, {"card", "li"}}));
    EXPECT_FALSE(sim_request({.target = "outlet", .name = "a", .action = "plug"}));
    EXPECT_EQ(sim_request({.target = "input", .name = "x", .action = "burn"}).error().cure, "known: on, off");
}

TEST(EnrolSheet, FindsTheCredentialColumn) {
    EXPECT_EQ(EnrolSheet::credential_column("credential", "f").value(), 0u);
    EXPECT_EQ(EnrolSheet::credential_column("\xef\xbb\xbfnote, \"credential\" ,groups\r", "f").value(), 1u);
    EXPECT_FALSE(EnrolSheet::credential_column("note,groups", "f"));
    EXPECT_FALSE(EnrolSheet::credential_column("", "f"));
}

}  // namespace
}  // namespace yizhan::test
