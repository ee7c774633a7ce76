#include "firmware/failsafe/failsafe.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "drivers/ports/gpio/line_handover.h"
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
    adopt(*outputs);
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
void Failsafe::adopt(const std::vector<SafeOutput>& wanted) {
    std::vector<Output> next;
    for (const SafeOutput& safe : wanted) {
        Output& output = next.emplace_back(Output{.safe = safe, .line = {}});
        const auto old = std::ranges::find(outputs_, safe.line, [](const Output& o) { return o.safe.line; });
        if (old != outputs_.end()) output.line = std::move(old->line);
    }
    drive_safe();  // what is left: its line goes when its output does
    outputs_ = std::move(next);
    take_missing();
}

void Failsafe::take_missing() {
    std::optional<Error> refused;
    for (Output& output : outputs_) {
        if (output.line) continue;
        auto line = chips_.request_output(output.safe.line, output.safe.high);
        if (line) {
            output.line = std::move(*line);
        } else if (!refused) {
            refused = line.error();
        }
    }
    if (refused && refused != refused_) tell_(*refused);
    refused_ = refused;
    retry_at_ = loop_.now().mono + retry_after;
}

Mono Failsafe::next_deadline() const {
    const Mono retry = held() < outputs_.size() ? retry_at_ : never;
    return std::min(retry, silent_at_);
}

void Failsafe::advance(Now now) {
    if (now.mono >= silent_at_) {
        tell_({"stationd says nothing any more: every output is at its safe level", "see `journalctl -u stationd`"});
        disconnected();
    }
    if (held() == outputs_.size() || now.mono < retry_at_) return;
    const std::size_t before = held();
    take_missing();
    if (held() != before) say_what_is_held();
}

void Failsafe::drive_safe() {
    for (Output& output : outputs_) {
        if (!output.line) continue;
        if (const auto set = set_level(output.line.get(), output.safe.high); !set) {
            const LineName& name = output.safe.line;
            tell_({"line " + name.chip + ":" + name.line + ": " + set.error().what, set.error().cure});
            output.line.reset();  // its chip is gone: ask for it again
        }
    }
}

std::size_t Failsafe::held() const {
    const auto lines =
        std::ranges::count_if(outputs_, [](const Output& output) { return static_cast<bool>(output.line); });
    return static_cast<std::size_t>(lines);
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
        adopt(*outputs);
    } else {
        for (const Error& error : outputs.error()) tell_(error);
    }
    drive_safe();
    take_missing();  // one that was found dead just now may be there again
    if (const auto handed = hand_over(client.get()); !handed) {
        tell_(handed.error());
        return;
    }
    connection_ = std::move(client);
    connection_watch_ = loop_.watch(connection_.get(), EPOLLIN | EPOLLRDHUP, [this](std::uint32_t) { hear(); });
    say_what_is_held();
}

Result<void> Failsafe::hand_over(int socket) const {
    std::vector<HeldLine> lines;
    for (const Output& output : outputs_) {
        if (!output.line) continue;
        UniqueFd copy(::fcntl(output.line.get(), F_DUPFD_CLOEXEC, 0));
        if (!copy) {
            return failure("cannot hand over the outputs: " + std::generic_category().message(errno),
                           "raise LimitNOFILE= of the unit");
        }
        lines.push_back({output.safe.line, std::move(copy)});
    }
    return hand_over_lines(socket, lines);
}

// A byte each second says that stationd's loop turns, and nothing else.
void Failsafe::hear() {
    std::array<char, 64> bytes;
    const auto received = receive(connection_.get(), bytes.data(), bytes.size());
    if (received.what == Received::What::closed) return disconnected();
    if (received.what == Received::What::bytes) silent_at_ = loop_.now().mono + longest_silence;
}

void Failsafe::disconnected() {
    drive_safe();
    connection_watch_.reset();
    connection_.reset();
    silent_at_ = never;
    say_what_is_held();
}

void Failsafe::say_what_is_held() {
    notify_status(std::to_string(held()) + " of " + std::to_string(outputs_.size()) + " outputs held, " +
                  (connection_ ? "driven by stationd" : "at their safe levels"));
}

}  // namespace yizhan
