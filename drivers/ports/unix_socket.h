// Unix sockets: names, listening, connecting, who is there. What watches one in a loop is drivers/ports/stream.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "drivers/ports/unique_fd.h"
#include "hal/error.h"
#include "hal/stream.h"

namespace yizhan {

// Non-blocking. Makes the socket file with `mode` and, where given, `group` before anybody can connect. A file left
// over by a dead program is replaced; one that somebody serves, or that is no socket, is an error.
Result<UniqueFd> listen_unix(const std::string& path, unsigned mode, std::optional<std::uint32_t> group);

// Non-blocking.
Result<UniqueFd> connect_unix(const std::string& path);

Result<PeerIdentity> peer_of(int fd);

struct Received {
    enum class What { bytes, nothing_yet, closed } what = What::closed;
    std::size_t size = 0;
    UniqueFd file;  // the first one handed over with these bytes; any other is closed
};
Received receive(int fd, char* into, std::size_t size);

// All of `text` at once, and with it a copy of `file` unless that is -1. Few bytes: what does not fit is an error.
Result<void> send_whole(int fd, std::string_view text, int file = -1);

}  // namespace yizhan
