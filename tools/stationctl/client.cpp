#include "tools/stationctl/client.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "drivers/ports/unix_socket.h"
#include "firmware/control/json_line.h"
#include "firmware/control/protocol.h"
#include "tools/stationctl/json_access.h"

namespace yizhan {
namespace {

using nlohmann::json;

constexpr std::size_t longest_reply = std::size_t{4} * 1024 * 1024;
constexpr std::size_t most_pushes = 1000;  // that come while a reply is awaited

std::unexpected<Failure> unreachable(std::string what, std::string cure) {
    return failed({std::move(what), std::move(cure)}, ExitCode::unreachable);
}

std::unexpected<Failure> connection_lost() {
    return unreachable("the station closed the connection", "see journalctl -u stationd, then try again");
}

ExitCode exit_code_of(const std::string& code) {
    if (code == "not-permitted") return ExitCode::not_permitted;
    if (code == "bad-request" || code == "unknown-verb") return ExitCode::usage;
    return ExitCode::failed;
}

Failure failure_from(const json& reply) {
    const json& error = at(reply, "error");
    return {.exit = exit_code_of(text_at(error, "code")),
            .error = {text_at(error, "what"), text_at(error, "cure")},
            .code = text_at(error, "code"),
            .outcome = text_at(error, "outcome")};
}

}  // namespace

Tried<ControlClient> ControlClient::connect(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof(address.sun_path)) {
        return failed({path + ": too long for the name of a socket", "use a shorter path"}, ExitCode::usage);
    }
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd) return unreachable(fmt::format("cannot make a socket: {}", std::strerror(errno)), "");
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
        return ControlClient(std::move(fd));
    }
    if (errno == EACCES || errno == EPERM) {
        return failed({path + ": you may not speak to this station",
                       "ask the administrator to add your user to the group yizhan, or use sudo"},
                      ExitCode::not_permitted);
    }
    return unreachable(fmt::format("{}: no station answers here: {}", path, std::strerror(errno)),
                       "check that it runs: systemctl status stationd; another place: --socket PATH");
}

Tried<json> ControlClient::hello(const std::string& role) {
    return request({{"do", "hello"}, {"role", role}, {"version", control_version}});
}

Tried<json> ControlClient::read_object(int timeout_ms, bool interruptible) {
    while (true) {
        if (const auto end = in_.find('\n'); end != std::string::npos) {
            json object = json::parse(in_.substr(0, end), nullptr, false);
            in_.erase(0, end + 1);
            if (object.is_object()) return object;
            return unreachable("what answers here does not speak the control protocol", "check --socket");
        }
        if (in_.size() > longest_reply) return unreachable("the station's reply does not end", "check --socket");
        pollfd poll_fd{.fd = fd_.get(), .events = POLLIN, .revents = 0};
        const int ready = ::poll(&poll_fd, 1, timeout_ms);
        if (ready < 0 && errno == EINTR) {
            if (interruptible) return json();
            continue;
        }
        if (ready == 0) {
            return unreachable("the station does not answer", "see journalctl -u stationd; is the machine overloaded?");
        }
        char buffer[16384];
        const auto got = ::recv(fd_.get(), buffer, sizeof(buffer), 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return connection_lost();
        in_.append(buffer, static_cast<std::size_t>(got));
    }
}

Tried<json> ControlClient::request(json request, int file, std::chrono::seconds limit) {
    const std::uint64_t id = ++last_id_;
    request["id"] = id;
    // A station that sends us away says why and closes: what it said is worth more than the failed write.
    const auto sent = send_whole(fd_.get(), to_line(request), file);
    while (true) {
        auto object = read_object(static_cast<int>(std::chrono::milliseconds(limit).count()), false);
        if (!object) return sent ? object : connection_lost();
        if (object->contains("push")) {
            if (pushes_.size() < most_pushes) pushes_.push_back(std::move(*object));
            continue;
        }
        const auto answers = number_at(*object, "id");
        if (answers != static_cast<std::int64_t>(id) && answers != 0) continue;
        if (flag_at(*object, "ok")) return object;
        return std::unexpected(failure_from(*object));
    }
}

Tried<json> ControlClient::next_push() {
    if (!pushes_.empty()) {
        json push = std::move(pushes_.front());
        pushes_.pop_front();
        return push;
    }
    while (true) {
        auto object = read_object(-1, true);
        if (!object || object->is_null() || object->contains("push")) return object;
    }
}

}  // namespace yizhan
