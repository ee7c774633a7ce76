#include "drivers/ports/gpio/line_handover.h"

#include <poll.h>

#include <array>
#include <chrono>
#include <optional>
#include <utility>

#include "drivers/ports/unix_socket.h"

namespace yizhan {
namespace {

constexpr std::size_t longest_line = 512;  // bytes of names

std::optional<LineName> name_in(std::string_view text) {
    const auto tab = text.find('\t');
    if (tab == std::string_view::npos || tab == 0 || tab + 1 == text.size()) return std::nullopt;
    return LineName{std::string(text.substr(0, tab)), std::string(text.substr(tab + 1))};
}

}  // namespace

Result<void> hand_over_lines(int socket, std::span<const HeldLine> lines) {
    for (const HeldLine& held : lines) {
        const auto sent = send_whole(socket, held.name.chip + '\t' + held.name.line + '\n', held.line.get());
        if (!sent) return sent;
    }
    return send_whole(socket, "end\n");
}

Result<TakenLines> take_lines(const std::string& path, milliseconds patience) {
    auto connection = connect_unix(path);
    if (!connection) return std::unexpected(connection.error());
    TakenLines taken{.connection = std::move(*connection), .lines = {}};
    const auto broken = [&](const std::string& why) {
        return failure(path + ": " + why, "restart station-failsafe and then stationd");
    };

    std::string text;  // of the line that is coming
    UniqueFd file;  // that came with it
    while (taken.lines.size() <= most_lines_handed_over) {
        pollfd waiting{taken.connection.get(), POLLIN, 0};
        if (::poll(&waiting, 1, static_cast<int>(patience.count())) <= 0) return broken("no lines come");
        // A byte at a time would do; the kernel never joins bytes of two descriptors.
        std::array<char, longest_line> buffer;
        auto received = receive(taken.connection.get(), buffer.data(), buffer.size());
        if (received.what == Received::What::closed) return broken("closed before all lines had come");
        if (received.file) file = std::move(received.file);
        for (const char c : std::string_view(buffer.data(), received.size)) {
            if (c != '\n') {
                text += c;
                if (text.size() > longest_line) return broken("sends what is no line");
                continue;
            }
            if (text == "end") return taken;
            auto name = name_in(text);
            if (!name || !file) return broken("sends what is no line");
            taken.lines.push_back({std::move(*name), std::exchange(file, UniqueFd())});
            text.clear();
        }
    }
    return broken("sends too many lines");
}

}  // namespace yizhan
