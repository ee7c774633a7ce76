#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "drivers/ports/event_loop.h"
#include "drivers/ports/unique_fd.h"
#include "hal/stream.h"

namespace yizhan {

// One end of a connected Unix socket. Reads once a turn; writes when the loop settles, and after that when the other
// end takes more: never inside send(). Unlike the seam asks, it may be destroyed from inside on_bytes and on_file too.
class UnixStream : public Stream, private LoopMember {
 public:
    // `clients`: counted down when the stream dies; may be none.
    UnixStream(SdEventLoop& loop, UniqueFd fd, PeerIdentity peer, std::size_t send_bound,
               std::shared_ptr<std::size_t> clients);
    UnixStream(const UnixStream&) = delete;
    UnixStream& operator=(const UnixStream&) = delete;
    ~UnixStream() override;

    void start(StreamListener& listener) override;
    [[nodiscard]] bool send(std::string_view bytes) override;  // also false once closed
    std::size_t waiting() const override { return out_.size(); }
    PeerIdentity peer() const override { return peer_; }

 private:
    Mono next_deadline() const override { return wants_turn_ ? Mono::min() : never; }
    void advance(Now) override { wants_turn_ = false; }
    void settle(Now) override;
    void on_ready(std::uint32_t ready);
    void read();
    void write();
    void close();

    SdEventLoop& loop_;
    UniqueFd fd_;
    const PeerIdentity peer_;
    const std::size_t send_bound_;
    const std::shared_ptr<std::size_t> clients_;
    StreamListener* listener_ = nullptr;
    std::unique_ptr<FdWatch> watch_;
    std::string out_;  // queued, not taken yet
    bool wants_turn_ = false;  // bytes were queued since the last settle, perhaps by a member that settles after us
    bool blocked_ = false;  // the other end takes nothing: we wait until the socket is writable
    bool* died_ = nullptr;  // set by the destructor while read() is under way
};

struct UnixServerOptions {
    std::string path;
    unsigned mode = 0660;
    std::optional<std::uint32_t> group;  // of the socket file; none: the program's own
    std::size_t send_bound = std::size_t{256} * 1024;  // bytes that may wait for one client
    std::size_t most_clients = 64;  // one more is hung up on
};

// Serves a Unix socket. Its streams may outlive it.
class UnixServer : public StreamServer, private LoopMember {
 public:
    // Listens from now on; whoever connects before start() waits. The loop outlives the server.
    static Result<std::unique_ptr<UnixServer>> listen(SdEventLoop& loop, UnixServerOptions options);
    UnixServer(const UnixServer&) = delete;
    UnixServer& operator=(const UnixServer&) = delete;
    ~UnixServer() override;  // removes the socket file

    void start(std::function<void(std::unique_ptr<Stream>)> on_connect) override;
    std::uint64_t hung_up_on() const { return hung_up_on_; }  // more clients than allowed

 private:
    UnixServer(SdEventLoop& loop, UnixServerOptions options, UniqueFd fd);
    Mono next_deadline() const override { return accept_again_at_; }
    void advance(Now now) override;
    void accept_one();

    SdEventLoop& loop_;
    const UnixServerOptions options_;
    UniqueFd fd_;
    std::function<void(std::unique_ptr<Stream>)> on_connect_;
    std::unique_ptr<FdWatch> watch_;
    const std::shared_ptr<std::size_t> clients_ = std::make_shared<std::size_t>(0);
    Mono accept_again_at_ = never;
    std::uint64_t hung_up_on_ = 0;
};

class UnixConnector : public StreamConnector {
 public:
    UnixConnector(SdEventLoop& loop, std::string path, std::size_t send_bound)
        : loop_(loop), path_(std::move(path)), send_bound_(send_bound) {}
    Result<std::unique_ptr<Stream>> connect() override;

 private:
    SdEventLoop& loop_;
    const std::string path_;
    const std::size_t send_bound_;
};

}  // namespace yizhan
