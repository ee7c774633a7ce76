#include "tools/stationctl/bringup_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tools/stationctl/station_time.h"
#include "tools/stationctl/text_table.h"
#include "tools/stationctl/wiring_words.h"

namespace yizhan {
namespace {

std::string_view name_of(StepResult result) {
    switch (result) {
        case StepResult::passed:
            return "passed";
        case StepResult::failed:
            return "failed";
        case StepResult::skipped:
            return "skipped";
    }
    return "";
}

std::string_view in(Language language, StepResult result) {
    switch (result) {
        case StepResult::passed:
            return Words{"通过", "passed"}.in(language);
        case StepResult::failed:
            return Words{"失败", "FAILED"}.in(language);
        case StepResult::skipped:
            return Words{"跳过", "skipped"}.in(language);
    }
    return "";
}

auto count(const BringupReport& report, StepResult result) {
    return std::ranges::count(report.steps, result, &StepFinding::result);
}

}  // namespace

bool BringupReport::well() const {
    return ended_early.empty() && count(*this, StepResult::failed) == 0 && count(*this, StepResult::passed) > 0;
}

std::string finding_line(const StepFinding& finding, Language language) {
    auto part = wiring_word(finding.sort, language) + " " + printable(finding.name);
    if (finding.role != finding.sort) part += ", " + wiring_word(finding.role, language);
    auto text =
        fmt::format("{}  {}  {}", padded(in(language, finding.result), 7), padded(part, 28), printable(finding.seen));
    if (!finding.cure.empty()) text += "\n           -> " + printable(finding.cure);
    return text;
}

std::string report_text(const BringupReport& report, Language language) {
    auto text = fmt::format(fmt::runtime(Words{"{} 的调试，{} 至 {}\n\n", "Bring-up of {}, {} to {}\n\n"}.in(language)),
                            printable(report.station), local_time(report.from, report.utc_offset_minutes),
                            local_time(report.to, report.utc_offset_minutes));
    for (const StepFinding& finding : report.steps) text += finding_line(finding, language) + "\n";
    text += fmt::format(
        fmt::runtime(Words{"\n通过 {}，失败 {}，跳过 {}\n", "\n{} passed, {} failed, {} skipped\n"}.in(language)),
        count(report, StepResult::passed), count(report, StepResult::failed), count(report, StepResult::skipped));
    if (!report.ended_early.empty()) {
        text += fmt::format(fmt::runtime(Words{"提前结束：{}\n", "Ended early: {}\n"}.in(language)),
                            printable(report.ended_early));
    }
    return text;
}

nlohmann::json report_json(const BringupReport& report) {
    nlohmann::json document = {{"station", report.station},
                               {"from", report.from},
                               {"to", report.to},
                               {"ok", report.well()},
                               {"passed", count(report, StepResult::passed)},
                               {"failed", count(report, StepResult::failed)},
                               {"skipped", count(report, StepResult::skipped)},
                               {"steps", nlohmann::json::array()}};
    if (!report.ended_early.empty()) document["ended_early"] = report.ended_early;
    for (const StepFinding& finding : report.steps) {
        nlohmann::json step = {{"sort", finding.sort},
                               {"name", finding.name},
                               {"role", finding.role},
                               {"result", name_of(finding.result)},
                               {"seen", finding.seen}};
        if (!finding.cure.empty()) step["cure"] = finding.cure;
        document["steps"].push_back(std::move(step));
    }
    return document;
}

}  // namespace yizhan
