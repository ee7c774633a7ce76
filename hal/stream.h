// A local byte stream to another program on this machine: the control socket and its peers. Two implementations:
// drivers/ports/stream (Unix socket, SO_PEERCRED) and drivers/simulated/stream (in memory).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hal/error.h"
#include "hal/file.h"

namespace yizhan {

// Who is at the other end, as the kernel says it.
struct PeerIdentity {
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::int32_t pid = 0;
    std::vector<std::uint32_t> groups;  // supplementary
};

class Stream;

class StreamListener {
 public:
    virtual ~StreamListener() = default;
    // Bytes as they came, in any split. Files handed over with them come first, through on_file.
    virtual void on_bytes(Stream& stream, std::string_view bytes) = 0;
    virtual void on_file(Stream& stream, std::unique_ptr<File> file) = 0;
    // The other end is gone, or the stream failed. The stream makes no further call; it may be destroyed from a later
    // turn on, not from inside this call.
    virtual void on_closed(Stream& stream) = 0;
};

// Loop thread only. Destroying it closes it, without a call to the listener.
class Stream {
 public:
    virtual ~Stream() = default;
    // Must be called before the turn in which the stream was made ends.
    virtual void start(StreamListener& listener) = 0;
    // Queues bytes; they leave at the end of the turn and whenever the other end takes them. False, and nothing
    // queued, if more than the bound (set where the stream is made) would wait: drop such a peer, never wait for it.
    [[nodiscard]] virtual bool send(std::string_view bytes) = 0;
    virtual std::size_t waiting() const = 0;  // bytes queued and not taken yet
    virtual PeerIdentity peer() const = 0;
};

// Listens while it lives.
class StreamServer {
 public:
    virtual ~StreamServer() = default;
    virtual void start(std::function<void(std::unique_ptr<Stream>)> on_connect) = 0;
};

// Connects to a local socket. Local connects do not wait: it is there or it is not.
class StreamConnector {
 public:
    virtual ~StreamConnector() = default;
    virtual Result<std::unique_ptr<Stream>> connect() = 0;
};

}  // namespace yizhan
