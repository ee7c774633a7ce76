// Commands that work on files, at the centre or before a station runs.
#include <fcntl.h>
#include <fmt/format.h>
#include <string.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <nlohmann/json.hpp>

#include "drivers/ports/files.h"
#include "firmware/identity/credential_id.h"
#include "firmware/identity/member_tool.h"
#include "firmware/settings/settings_file.h"
#include "tools/stationctl/output.h"
#include "tools/stationctl/secret_file.h"
#include "tools/stationctl/tool.h"

namespace yizhan {
namespace {

using nlohmann::json;

json error_document(const Error& error) { return {{"what", error.what}, {"cure", error.cure}}; }

// Every error, as people or programs want them.
template <class Errors>
void report_all(const Tool& tool, const Errors& errors, std::uint64_t more) {
    if (!tool.json) {
        for (const Error& error : errors) report_line(error);
        if (more > 0) report_line({fmt::format("and {} more", more), "correct these first"});
        return;
    }
    json list = json::array();
    for (const Error& error : errors) list.push_back(error_document(error));
    static_cast<void>(write_json({{"ok", false}, {"errors", std::move(list)}, {"more", more}}));
}

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
    return text.empty() ? "none" : text;
}

}  // namespace

Tried<ExitCode> build_members(const Tool& tool, const BuildOptions& options) {
    const auto secret = SecretFile::read(options.secret_file);
    if (!secret) return failed(secret.error());
    SystemFiles files;
    const auto csv = files.open(options.csv_file);
    if (!csv) return failed(csv.error());
    const auto now = static_cast<std::int64_t>(std::time(nullptr));
    const MemberListOrder order{.station = options.station,
                                .version = options.version.value_or(static_cast<std::uint64_t>(now)),
                                .built_at = now};
    const auto report = build_member_list(**csv, order, secret->bytes(), files, options.out_file);
    if (!report) return failed(report.error());
    if (!report->written) {
        report_all(tool, report->errors, report->more_errors);
        return ExitCode::failed;
    }
    if (tool.json) {
        static_cast<void>(write_json({{"ok", true},
                                      {"station", options.station},
                                      {"version", order.version},
                                      {"members", report->members},
                                      {"groups", report->groups}}));
    } else {
        static_cast<void>(
            write_out(fmt::format("{}: {} members for {}, version {}, groups: {}\n", options.out_file, report->members,
                                  options.station, order.version, joined(report->groups))));
    }
    return ExitCode::ok;
}

Tried<ExitCode> check_members(const Tool& tool, const std::string& file, const std::string& station) {
    const auto opened = SystemFiles().open(file);
    if (!opened) return failed(opened.error());
    MemberListExpectation expected;
    if (!station.empty()) expected.station = station;
    const auto info = check_member_list(**opened, expected);
    if (!info) return failed(info.error());
    if (tool.json) {
        static_cast<void>(write_json({{"ok", true},
                                      {"station", info->station},
                                      {"version", info->version},
                                      {"built_at", info->built_at * 1000},
                                      {"members", info->count},
                                      {"groups", info->groups}}));
    } else {
        static_cast<void>(write_out(fmt::format("{}: good: {} members for {}, version {}, groups: {}\n", file,
                                                info->count, info->station, info->version, joined(info->groups))));
    }
    return ExitCode::ok;
}

Result<void> write_key_file(const std::string& path, std::string& text) {
    const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400));
    const bool written = fd && ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                         ::fsync(fd.get()) == 0;
    const int why = errno;
    explicit_bzero(text.data(), text.size());
    if (written) return {};
    if (fd) ::unlink(path.c_str());
    return failure(path + ": cannot be written: " + strerror(why),
                   why == EEXIST ? "a key is never overwritten: name another file" : "check the folder and space");
}

Tried<ExitCode> derive_key(const Tool& tool, const std::string& station, const std::string& secret_file,
                           const std::string& out_file) {
    const auto secret = SecretFile::read(secret_file);
    if (!secret) return failed(secret.error());
    auto key = derive_station_key(secret->bytes(), station);
    if (!key) return failed(key.error());
    auto text = to_text(*key) + '\n';
    explicit_bzero(key->data(), key->size());
    if (const auto written = write_key_file(out_file, text); !written) return failed(written.error());
    if (tool.json) {
        static_cast<void>(write_json({{"ok", true}, {"station", station}, {"file", out_file}}));
    } else {
        static_cast<void>(write_out(fmt::format("{}: the key of {}, for its owner only\n", out_file, station)));
    }
    return ExitCode::ok;
}

Tried<ExitCode> check_settings(const Tool& tool, const std::string& file) {
    SystemFiles files;
    const auto read = read_settings(files, file);
    if (!read) {
        report_all(tool, read.error(), 0);
        return ExitCode::failed;
    }
    const StationConfig& station = read->settings.station;
    if (tool.json) {
        static_cast<void>(write_json({{"ok", true}, {"station", station.id}}));
    } else {
        static_cast<void>(
            write_out(fmt::format("{}: good: {} with {} doors, {} readers, {} outlets, {} inputs, {} groups\n", file,
                                  station.id, station.doors.size(), station.readers.size(), station.outlets.size(),
                                  station.inputs.size(), station.groups.size())));
    }
    return ExitCode::ok;
}

}  // namespace yizhan
