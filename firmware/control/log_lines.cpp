#include "firmware/control/log_lines.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "firmware/control/json_line.h"
#include "firmware/control/protocol.h"
#include "firmware/storage/record_document.h"

namespace yizhan {
namespace {

using nlohmann::json;

// What is left of a line for records: the rest is for the object around them.
constexpr std::size_t records_room = control_line_limit - 256;

}  // namespace

std::vector<std::string> feed_lines(std::span<const LogRow> rows) {
    std::vector<std::string> lines;
    std::string records;
    const auto finish = [&](std::uint32_t epoch) {
        lines.push_back(fmt::format("{{\"push\":\"records\",\"epoch\":{},\"records\":[{}]}}\n", epoch, records));
        records.clear();
    };
    for (const LogRow& row : rows) {
        const auto text = to_text(record_document(row));
        if (!records.empty() && records.size() + 1 + text.size() > records_room) finish(row.epoch);
        if (!records.empty()) records += ',';
        records += text;
    }
    if (!records.empty()) finish(rows.back().epoch);
    return lines;
}

json log_reply(std::span<const LogRow> rows, std::size_t limit) {
    json records = json::array();
    std::size_t size = 0;
    for (const LogRow& row : rows) {
        if (records.size() == limit) break;
        json record = record_document(row);
        size += to_text(record).size() + 1;
        if (!records.empty() && size > records_room) break;
        records.push_back(std::move(record));
    }
    const bool more = records.size() < rows.size();
    return {{"records", std::move(records)}, {"more", more}};
}

std::string live_line(const LogRow& row, std::uint64_t dropped) {
    json line = {{"push", "live"}, {"record", record_document(row)}};
    if (dropped > 0) line["dropped"] = dropped;
    return to_line(line);
}

}  // namespace yizhan
