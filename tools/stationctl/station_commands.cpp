#include <fcntl.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "tools/stationctl/json_access.h"
#include "tools/stationctl/output.h"
#include "tools/stationctl/record_text.h"
#include "tools/stationctl/status_text.h"
#include "tools/stationctl/tool.h"

namespace yizhan {
namespace {

using nlohmann::json;

Tried<json> ask_for_status(const Tool& tool) {
    auto client = connect_to_station(tool, "read-only");
    if (!client) return std::unexpected(client.error());
    auto reply = client->request({{"do", "status"}});
    if (!reply) return reply;
    return at(*reply, "status");
}

}  // namespace

Tried<ControlClient> connect_to_station(const Tool& tool, const char* role) {
    auto client = ControlClient::connect(tool.socket);
    if (!client) return client;
    if (const auto hello = client->hello(role); !hello) return std::unexpected(hello.error());
    return client;
}

Tried<ExitCode> show_status(const Tool& tool) {
    const auto status = ask_for_status(tool);
    if (!status) return std::unexpected(status.error());
    static_cast<void>(tool.json ? write_json(*status) : write_out(status_text(*status, tool.language)));
    return flag_at(*status, "ok") ? ExitCode::ok : ExitCode::degraded;
}

Tried<ExitCode> show_alarms(const Tool& tool) {
    const auto status = ask_for_status(tool);
    if (!status) return std::unexpected(status.error());
    static_cast<void>(tool.json ? write_json(list_at(*status, "alarms")) : write_out(alarms_text(*status)));
    return ExitCode::ok;
}

Tried<ExitCode> show_settings(const Tool& tool) {
    auto client = connect_to_station(tool, "read-only");
    if (!client) return std::unexpected(client.error());
    const auto reply = client->request({{"do", "config"}});
    if (!reply) return std::unexpected(reply.error());
    const json& settings = at(*reply, "settings");
    static_cast<void>(tool.json ? write_json(settings)
                                : write_out(settings.dump(2, ' ', false, json::error_handler_t::replace) + '\n'));
    return ExitCode::ok;
}

Tried<ExitCode> watch(const Tool& tool) {
    auto client = connect_to_station(tool, "read-only");
    if (!client) return std::unexpected(client.error());
    const auto info = client->request({{"do", "info"}});
    if (!info) return std::unexpected(info.error());
    const auto offset = number_at(at(*info, "info"), "utc_offset_minutes").value_or(0);
    if (const auto reply = client->request({{"do", "subscribe"}, {"state", true}, {"live", true}}); !reply) {
        return std::unexpected(reply.error());
    }
    std::string last_state;
    while (true) {
        const auto push = client->next_push();
        if (!push) return std::unexpected(push.error());
        if (push->is_null()) return ExitCode::ok;
        std::string text;
        if (tool.json) {
            text = push->dump(-1, ' ', false, json::error_handler_t::replace) + '\n';
        } else if (push->contains("record")) {
            text = record_line(at(*push, "record"), offset, tool.language);
        } else if (auto state = state_line(at(*push, "state")) + '\n'; state != last_state) {
            text = state;
            last_state = std::move(state);
        }
        if (!write_out(text)) return ExitCode::ok;
    }
}

Tried<ExitCode> change(const Tool& tool, json request, const std::string& done) {
    auto client = connect_to_station(tool, "maintenance");
    if (!client) return std::unexpected(client.error());
    auto reply = client->request(std::move(request));
    if (!reply) return std::unexpected(reply.error());
    if (!tool.json) {
        static_cast<void>(write_out(done + '\n'));
        return ExitCode::ok;
    }
    reply->erase("id");
    static_cast<void>(write_json(*reply));
    return ExitCode::ok;
}

Tried<ExitCode> load_members(const Tool& tool, const std::string& file) {
    const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) return failed({file + ": " + std::strerror(errno), "check the path and its rights"});
    auto client = connect_to_station(tool, "maintenance");
    if (!client) return std::unexpected(client.error());
    auto reply = client->request({{"do", "members"}}, fd.get(), ControlClient::list_patience);
    if (!reply) return std::unexpected(reply.error());
    if (tool.json) {
        reply->erase("id");
        static_cast<void>(write_json(*reply));
    } else {
        static_cast<void>(write_out("Version " + at(*reply, "version").dump() + " with " + at(*reply, "count").dump() +
                                    " members is in force.\n"));
    }
    return ExitCode::ok;
}

}  // namespace yizhan
