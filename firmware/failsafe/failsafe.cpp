#include "firmware/failsafe/failsafe.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "drivers/ports/gpio/line_request.h"
#include "drivers/ports/notify.h"
#include "drivers/ports/unix_socket.h"
#include "firmware/settings/settings_file.h"

namespace yizhan {
namespace {

constexpr milliseconds retry_after = std::chrono::seconds{1};

}  // namespace

Failsafe::Failsafe(SdEventLoop& loop, Files& files, std::string settings_path, Tell tell)
    : loop_(loop), files_(files), settings_path_(std::move(settings_path)), tell_(std::move(tell)) {
    loop_.join(*this);
}

Failsafe::~Failsafe() {
    loop_.leave(*this);
    // A stationd that is connected goes on driving them.
    if (!connection_) drive_safe();
}

std::expected<void, std::vector<Error>> Failsafe::start(const std::string& socket_path) {
    auto outputs = read_outputs();
    if (!outputs) return std::unexpected(std::move(outputs.error()));
    adopt(std::move(*outputs));
    auto listening = listen_unix(socket_path, 0600, std::nullopt);
    if (!listening) return std::unexpected(std::vector{listening.error()});
    listening_ = std::move(*listening);
    listening_watch_ = loop_.watch(listening_.get(), EPOLLIN, [this](std::uint32_t) { accept(); });
    say_what_is_held();
    return {};
}

std::expected<std::vector<SafeOutput>, std::vector<Error>> Failsafe::read_outputs() {
    const auto file = read_settings(files_, settings_path_);
    if (!file) return std::unexpected(file.error());
    return safe_outputs(file->settings);
}

// Lets go of what the settings name no longer, safe, and takes what they name now.
void Failsafe::adopt(std::vector<SafeOutput> outputs) {
    const auto named = [&](const HeldLine& held) {
        return std::any_of(outputs.begin(), outputs.end(), [&](const SafeOutput& o) { return o.line == held.name; });
    };
    if (!std::all_of(held_.begin(), held_.end(), named)) drive_safe();
    std::erase_if(held_, [&](const HeldLine& held) { return !named(held); });
    outputs_ = std::move(outputs);
    take_missing();
}

void Failsafe::take_missing() {
    std::optional<Error> refused;
    for (const SafeOutput& output : outputs_) {
        const bool have =
            std::any_of(held_.begin(), held_.end(), [&](const HeldLine& held) { return held.name == output.line; });
        if (have) continue;
        auto line = chips_.request_output(output.line, output.high);
        if (line) {
            held_.push_back({output.line, std::move(*line)});
        } else if (!refused) {
            refused = line.error();
        }
    }
    if (refused && refused != refused_) tell_(*refused);
    refused_ = refused;
    retry_at_ = loop_.now().mono + retry_after;
}

void Failsafe::advance(Now) {
    const std::size_t before = held_.size();
    take_missing();
    if (held_.size() != before) say_what_is_held();
}

void Failsafe::drive_safe() {
    // In the order of the outputs: locks first.
    for (const SafeOutput& output : outputs_) {
        const auto held =
            std::find_if(held_.begin(), held_.end(), [&](const HeldLine& line) { return line.name == output.line; });
        if (held == held_.end()) continue;
        if (const auto set = set_level(held->line.get(), output.high); !set) {
            tell_({"line " + output.line.chip + ":" + output.line.line + ": " + set.error().what, set.error().cure});
            held_.erase(held);  // its chip is gone: ask for it again
        }
    }
}

void Failsafe::accept() {
    UniqueFd client(::accept4(listening_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!client) return;
    // The one before may have ended in this very turn.
    char byte = 0;
    if (connection_ && ::recv(connection_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0) disconnected();
    if (connection_) {
        tell_({"a second program asks for the outputs: refused", "one stationd a station: stop the other one"});
        return;
    }
    // stationd reads its settings when it starts, and so do we: it finds the lines that it is about to ask for.
    if (auto outputs = read_outputs()) {
        adopt(std::move(*outputs));
    } else {
        for (const Error& error : outputs.error()) tell_(error);
    }
    drive_safe();
    if (const auto handed = hand_over_lines(client.get(), held_); !handed) {
        tell_(handed.error());
        return;
    }
    connection_ = std::move(client);
    // It has nothing to say: whatever comes is the end.
    connection_watch_ = loop_.watch(connection_.get(), EPOLLIN | EPOLLRDHUP, [this](std::uint32_t) { disconnected(); });
    say_what_is_held();
}

void Failsafe::disconnected() {
    drive_safe();
    connection_watch_.reset();
    connection_.reset();
    say_what_is_held();
}

void Failsafe::say_what_is_held() {
    notify_status(std::to_string(held_.size()) + " of " + std::to_string(outputs_.size()) + " outputs held, " +
                  (connection_ ? "driven by stationd" : "at their safe levels"));
}

}  // namespace yizhan
