// `stationctl bringup`: what is around the steps. Service mode ends by itself in stationd, should this program not get
// to it; otherwise it is left here, however the steps end.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "tools/stationctl/bringup.h"
#include "tools/stationctl/json_access.h"
#include "tools/stationctl/output.h"
#include "tools/stationctl/tool.h"

namespace yizhan {
namespace {

using nlohmann::json;

constexpr Words service_begins{"车站进入维护模式，最多 {} 分钟；Ctrl-C 结束。",
                               "The station is in service mode, for at most {} minutes; Ctrl-C ends."};
constexpr Words has_left{"\n车站已离开维护模式。", "\nThe station has left service mode."};
constexpr Words stays_in_service{"\n车站仍在维护模式，如同开始之前。",
                                 "\nThe station stays in service mode, as before."};
constexpr Words service_over{"维护模式已结束", "service mode is over"};
constexpr Words not_come_to{"未进行", "not come to"};
constexpr Words ended_by_technician{"由技术员结束", "by the technician"};

Tried<json> status_of(ControlClient& client) {
    auto reply = client.request({{"do", "status"}});
    if (!reply) return reply;
    return at(*reply, "status");
}

// Service mode while it lives.
class ServiceMode {
 public:
    static Tried<ServiceMode> enter(ControlClient& client, const json& status, std::uint64_t for_minutes) {
        const auto mode = text_at(status, "mode");
        if (mode == "service") return ServiceMode(client, false);
        if (mode != "normal") {
            return failed(
                {"the station is in mode " + mode + ": somebody meant that", "if it may end: stationctl mode normal"});
        }
        const auto reply = client.request({{"do", "mode"}, {"mode", "service"}, {"minutes", for_minutes}});
        if (!reply) return std::unexpected(reply.error());
        return ServiceMode(client, true);
    }

    bool ours() const { return ours_; }
    Tried<bool> holds() const {
        const auto status = status_of(client_);
        if (!status) return std::unexpected(status.error());
        return text_at(*status, "mode") == "service";
    }
    // Only what was begun here, and only where nobody chose another mode since.
    Tried<void> leave() const {
        if (!ours_) return {};
        const auto still = holds();
        if (!still) return std::unexpected(still.error());
        if (!*still) return {};
        const auto reply = client_.request({{"do", "mode"}, {"mode", "normal"}});
        if (!reply) return std::unexpected(reply.error());
        return {};
    }

 private:
    ServiceMode(ControlClient& client, bool ours) : client_(client), ours_(ours) {}
    ControlClient& client_;
    bool ours_;
};

Tried<UniqueFd> create_report(const std::string& path) {
    if (path.empty()) return UniqueFd();
    UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (!file) return failed({path + ": " + std::strerror(errno), "name a new file in a folder you may write to"});
    return file;
}

Tried<void> write_report(const UniqueFd& file, const std::string& path, std::string_view text) {
    if (!file) return {};
    while (!text.empty()) {
        const auto written = ::write(file.get(), text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0)
            return failed({path + ": " + std::strerror(errno), "what was found is on the screen: copy it"});
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

// A failure is that of the connection: what was found until then is in the report.
Tried<void> walk(Bringup& bringup, const std::vector<BringupStep>& steps, const ServiceMode& service,
                 Technician& technician, Language language, BringupReport& report) {
    for (const BringupStep& step : steps) {
        const auto holds = service.holds();
        if (!holds) return std::unexpected(holds.error());
        if (!*holds) report.ended_early = service_over.in(language);
        if (!*holds) return {};
        const auto finding = bringup.run(step, report.steps.size() + 1, steps.size());
        if (!finding) return std::unexpected(finding.error());
        report.steps.push_back(*finding);
        technician.say(finding_line(*finding, language));
        if (technician.over() || bringup.wants_to_end()) report.ended_early = ended_by_technician.in(language);
        if (!report.ended_early.empty()) return {};
    }
    return {};
}

void add_the_rest(const std::vector<BringupStep>& steps, Language language, BringupReport& report) {
    while (report.steps.size() < steps.size()) {
        const BringupStep& step = steps[report.steps.size()];
        report.steps.push_back({.sort = step.sort,
                                .name = step.name,
                                .role = step.role,
                                .result = StepResult::skipped,
                                .seen = std::string(not_come_to.in(language)),
                                .cure = {}});
    }
}

}  // namespace

Tried<ExitCode> bring_up(const Tool& tool, const BringupOptions& options) {
    auto client = connect_to_station(tool, "maintenance");
    if (!client) return std::unexpected(client.error());
    const auto wiring = ask_for_wiring(*client);
    if (!wiring) return std::unexpected(wiring.error());
    const auto steps = bringup_steps(*wiring, options.name);
    if (steps.empty()) {
        return failed({"there is no door, input, reader or outlet of this name", "see stationctl gpio for the names"});
    }
    const auto status = status_of(*client);
    if (!status) return std::unexpected(status.error());
    const auto file = create_report(options.report);
    if (!file) return std::unexpected(file.error());

    // Before service mode: from here on no signal ends the program.
    Technician technician(tool.json ? stderr : stdout);
    const auto service = ServiceMode::enter(*client, *status, options.minutes);
    if (!service) return std::unexpected(service.error());
    if (service->ours()) technician.say(fmt::format(fmt::runtime(service_begins.in(tool.language)), options.minutes));

    BringupReport report{.station = text_at(*status, "station"),
                         .from = number_at(*status, "time").value_or(0),
                         .utc_offset_minutes = number_at(*status, "utc_offset_minutes").value_or(0),
                         .steps = {},
                         .ended_early = {}};
    Bringup bringup(*client, technician, tool.language, seconds(static_cast<std::int64_t>(options.wait)));
    const auto walked = walk(bringup, steps, *service, technician, tool.language, report);
    if (!walked) report.ended_early = walked.error().error.what;
    add_the_rest(steps, tool.language, report);
    const auto last = status_of(*client);
    report.to = last ? number_at(*last, "time").value_or(0) : report.from;
    const auto left_it = service->leave();
    if (left_it) technician.say((service->ours() ? has_left : stays_in_service).in(tool.language));

    const auto text = tool.json ? report_json(report).dump(2, ' ', false, json::error_handler_t::replace) + "\n"
                                : report_text(report, tool.language);
    const auto written = write_report(*file, options.report, text);
    static_cast<void>(tool.json ? write_json(report_json(report)) : write_out("\n" + text));
    if (!walked) return std::unexpected(walked.error());
    if (!left_it) return std::unexpected(left_it.error());
    if (!written) return std::unexpected(written.error());
    return report.well() ? ExitCode::ok : ExitCode::failed;
}

}  // namespace yizhan
