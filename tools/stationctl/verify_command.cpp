#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "tools/stationctl/json_access.h"
#include "tools/stationctl/output.h"
#include "tools/stationctl/tool.h"

namespace yizhan {
namespace {

using nlohmann::json;

Tried<json> verify_request(const std::string& checkpoint, const std::vector<std::string>& former_keys) {
    json request = {{"do", "verify"}};
    if (!former_keys.empty()) request["former_keys"] = fmt::format("{}", fmt::join(former_keys, ","));
    if (checkpoint.empty()) return request;
    std::uint64_t seq = 0;
    const char* end = checkpoint.data() + checkpoint.size();
    const auto [after, error] = std::from_chars(checkpoint.data(), end, seq);
    if (error != std::errc{} || after == end || *after != ':') {
        return failed({"--checkpoint: this is no checkpoint",
                       "write the number of its record, a colon and its hash, as the centre shows it"},
                      ExitCode::usage);
    }
    request["seq"] = seq;
    request["hash"] = std::string(after + 1, end);
    return request;
}

std::string verdict(const json& reply) {
    const auto first = number_at(reply, "first").value_or(0);
    const auto last = number_at(reply, "last").value_or(0);
    const auto sealed = number_at(reply, "sealed").value_or(0);
    if (const json& flaw = at(reply, "flaw"); flaw.is_object()) {
        return fmt::format(
            "Record {}: {}.\n  Keep the log as it is (stop stationd, copy the file and its -wal) and tell the centre; "
            "records up to {} are unchanged.\n",
            number_at(flaw, "seq").value_or(0), text_at(flaw, "what"), last);
    }
    if (last < first) return "The log has no records yet.\n";
    auto text = fmt::format("Records {} to {} are as they were stored, {} checkpoints signed, up to record {}.\n",
                            first, last, number_at(reply, "checkpoints").value_or(0), sealed);
    for (const json& key : list_at(reply, "keys")) text += "  key " + key.get<std::string>() + "\n";
    return text;
}

}  // namespace

Tried<ExitCode> verify_log(const Tool& tool, const std::string& checkpoint,
                           const std::vector<std::string>& former_keys) {
    auto request = verify_request(checkpoint, former_keys);
    if (!request) return std::unexpected(request.error());
    auto client = connect_to_station(tool, "read-only");
    if (!client) return std::unexpected(client.error());
    const auto reply = client->request(*request, -1, ControlClient::list_patience);
    if (!reply) return std::unexpected(reply.error());
    const bool written = tool.json ? write_json(*reply) : write_out(verdict(*reply));
    const bool flawed = at(*reply, "flaw").is_object();
    return written && !flawed ? ExitCode::ok : ExitCode::degraded;
}

}  // namespace yizhan
