#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <vector>

#include "tools/stationctl/json_access.h"
#include "tools/stationctl/output.h"
#include "tools/stationctl/record_text.h"
#include "tools/stationctl/station_time.h"
#include "tools/stationctl/tool.h"

namespace yizhan {
namespace {

using nlohmann::json;

constexpr std::uint64_t page_size = 200;
constexpr std::uint64_t newest_by_default = 50;
constexpr std::uint64_t most_newest = 100'000;  // they are turned around in memory

struct Zone {
    std::int64_t now = 0;
    std::int64_t offset = 0;
};

Tried<Zone> zone_of_station(ControlClient& client) {
    const auto reply = client.request({{"do", "status"}});
    if (!reply) return std::unexpected(reply.error());
    const json& status = at(*reply, "status");
    return Zone{number_at(status, "time").value_or(0), number_at(status, "utc_offset_minutes").value_or(0)};
}

Tried<void> set_time(json& request, const char* name, const std::string& text, const Zone& zone) {
    if (text.empty()) return {};
    const auto time = parse_time(text, zone.now, zone.offset);
    if (!time || *time < 0) {
        return failed({std::string("--") + name + ": this is no time",
                       "say 2026-03-02, \"2026-03-02 08:00\" or 2h for two hours ago"},
                      ExitCode::usage);
    }
    request[name] = *time;
    return {};
}

class LogPrinter {
 public:
    LogPrinter(const Tool& tool, const std::string& format, const Zone& zone)
        : tool_(tool), format_(tool.json ? "json" : format), zone_(zone) {}
    bool heading() const {
        if (format_ == "table") return write_out(record_heading());
        return format_ == "csv" ? write_out(record_csv_heading()) : true;
    }
    bool print(const json& record) const {
        if (format_ == "table") return write_out(record_line(record, zone_.offset, tool_.language));
        return format_ == "csv" ? write_out(record_csv_line(record, zone_.offset)) : write_json(record);
    }

 private:
    const Tool& tool_;
    std::string format_;
    Zone zone_;
};

// The next page; `request` moves on. Empty at the end.
Tried<std::vector<json>> next_page(ControlClient& client, json& request, const char* cursor, std::uint64_t left,
                                   bool& more) {
    request["limit"] = std::min(left, page_size);
    const auto reply = client.request(request);
    if (!reply) return std::unexpected(reply.error());
    std::vector<json> records;
    for (const json& record : list_at(*reply, "records")) records.push_back(record);
    more = flag_at(*reply, "more") && !records.empty();
    if (more) request[cursor] = number_at(records.back(), "seq").value_or(0);
    return records;
}

Tried<ExitCode> print_newest(ControlClient& client, json request, std::uint64_t count, const LogPrinter& printer) {
    std::vector<json> newest;
    request["before"] = 0;
    bool more = true;
    while (more && newest.size() < count) {
        auto page = next_page(client, request, "before", count - newest.size(), more);
        if (!page) return std::unexpected(page.error());
        std::ranges::move(*page, std::back_inserter(newest));
    }
    std::ranges::reverse(newest);
    for (const json& record : newest) {
        if (!printer.print(record)) return ExitCode::ok;
    }
    return ExitCode::ok;
}

Tried<ExitCode> print_upwards(ControlClient& client, json request, const LogPrinter& printer) {
    request["after"] = 0;
    bool more = true;
    while (more) {
        const auto page = next_page(client, request, "after", page_size, more);
        if (!page) return std::unexpected(page.error());
        for (const json& record : *page) {
            if (!printer.print(record)) return ExitCode::ok;
        }
    }
    return ExitCode::ok;
}

}  // namespace

Tried<ExitCode> show_log(const Tool& tool, const LogOptions& options) {
    auto client = connect_to_station(tool, "read-only");
    if (!client) return std::unexpected(client.error());
    const auto zone = zone_of_station(*client);
    if (!zone) return std::unexpected(zone.error());
    json request = {{"do", "log"}};
    if (const auto ok = set_time(request, "from", options.from, *zone); !ok) return std::unexpected(ok.error());
    if (const auto ok = set_time(request, "to", options.to, *zone); !ok) return std::unexpected(ok.error());
    if (!options.type.empty()) request["type"] = options.type;
    if (!options.door.empty()) request["door"] = options.door;
    const LogPrinter printer(tool, options.format, *zone);
    if (!printer.heading()) return ExitCode::ok;
    if (options.limit || (options.from.empty() && options.to.empty())) {
        const auto count = std::min(options.limit.value_or(newest_by_default), most_newest);
        return print_newest(*client, std::move(request), count, printer);
    }
    return print_upwards(*client, std::move(request), printer);
}

}  // namespace yizhan
