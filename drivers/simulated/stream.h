#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "drivers/simulated/event_loop.h"
#include "hal/stream.h"

namespace yizhan::simulated {

class Stream;
class StreamServer;

// The name under which a server can be found: it outlives the servers that come and go there.
class SocketPath {
 private:
    friend class StreamServer;
    friend class StreamConnector;
    StreamServer* server_ = nullptr;
};

// What the connections of one connector have in common; see StreamConnector.
struct StreamLink {
    bool client_stalled = false;
    bool server_stalled = false;
    std::size_t chunk = SIZE_MAX;
    std::vector<Stream*> ends;  // alive
};

// One end of a connection between two simulated programs (or one with itself). Bytes go as through a kernel: at the end
// of the turn they move into the other end's buffer (64 KiB), whose program hears of them in a later turn, once a turn.
// What the buffer does not take waits here and counts towards the bound. What has reached the buffer is still delivered
// after the sender died. May be destroyed from inside on_bytes and on_file, as the real one.
class Stream : public yizhan::Stream, private LoopMember {
 public:
    static constexpr std::size_t kernel_buffer = std::size_t{64} * 1024;

    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
    ~Stream() override;

    void start(StreamListener& listener) override;
    [[nodiscard]] bool send(std::string_view bytes) override;
    // Hands over a file with the bytes (at least one).
    [[nodiscard]] bool send(std::string_view bytes, std::unique_ptr<File> file);
    std::size_t waiting() const override { return out_.size(); }
    PeerIdentity peer() const override { return peer_; }

 private:
    friend class StreamServer;
    friend class StreamConnector;
    struct FileOnItsWay {
        std::uint64_t at;  // comes with this byte, counted from the start of the connection
        std::unique_ptr<File> file;
    };

    Stream(EventLoop& loop, std::shared_ptr<StreamLink> link, bool server_end, PeerIdentity peer,
           std::size_t send_bound);
    void pair_with(Stream& other);
    void lose_other();
    void hand_out();  // to the program: from now on it is a member of its loop
    bool stalled() const { return server_end_ ? link_->server_stalled : link_->client_stalled; }
    Mono next_deadline() const override { return wants_turn_ ? Mono::min() : never; }
    void advance(Now) override { wants_turn_ = false; }
    void settle(Now) override;
    void push();
    void deliver();

    EventLoop& loop_;
    const std::shared_ptr<StreamLink> link_;
    const bool server_end_;
    const PeerIdentity peer_;
    const std::size_t send_bound_;
    Stream* other_ = nullptr;  // none: it is gone
    StreamListener* listener_ = nullptr;
    bool handed_out_ = false;
    bool closed_ = false;  // and said so
    bool wants_turn_ = false;
    std::string out_;
    std::uint64_t queued_ = 0;  // bytes, ever
    std::string in_;
    std::uint64_t delivered_ = 0;  // bytes, ever
    std::deque<FileOnItsWay> files_in_;
    bool* died_ = nullptr;  // set by the destructor while deliver() is under way
    Wake wake_;  // something to read, room to write, or the other end is gone
};

// Listens while it lives; connections made before start() wait.
class StreamServer : public yizhan::StreamServer {
 public:
    // Nobody else serves `path`. `identity`: what clients see of this program.
    StreamServer(EventLoop& loop, SocketPath& path, std::size_t send_bound = std::size_t{256} * 1024,
                 PeerIdentity identity = {});
    StreamServer(const StreamServer&) = delete;
    StreamServer& operator=(const StreamServer&) = delete;
    ~StreamServer() override;
    void start(std::function<void(std::unique_ptr<yizhan::Stream>)> on_connect) override;

 private:
    friend class StreamConnector;
    void accept_one();

    EventLoop& loop_;
    SocketPath& path_;
    const std::size_t send_bound_;
    const PeerIdentity identity_;
    std::function<void(std::unique_ptr<yizhan::Stream>)> on_connect_;
    std::deque<std::unique_ptr<Stream>> backlog_;
    Wake wake_;
};

// Connects as the program `identity`. What is set here holds for all its connections, also those under way.
class StreamConnector : public yizhan::StreamConnector {
 public:
    StreamConnector(EventLoop& loop, SocketPath& path, PeerIdentity identity = {},
                    std::size_t send_bound = std::size_t{256} * 1024);

    Result<std::unique_ptr<yizhan::Stream>> connect() override;
    // The same with the simulated type, which can hand over files.
    Result<std::unique_ptr<Stream>> open();

    // The program at that end has stopped reading: it hears of nothing, not even that the other end is gone.
    void stall_client(bool stalled);
    bool client_is_stalled() const { return link_->client_stalled; }
    void stall_server(bool stalled);
    // Bytes arrive at most so many at a time.
    void set_chunk(std::size_t chunk) { link_->chunk = chunk; }
    // Bytes that the server has for one of these clients and the kernel does not take; of the one with most.
    std::size_t most_waiting() const;
    std::size_t ends() const { return link_->ends.size(); }  // of connections that somebody still holds
    // Breaks every connection: both ends are told, each in a later turn.
    void cut();

 private:
    EventLoop& loop_;
    SocketPath& path_;
    const PeerIdentity identity_;
    const std::size_t send_bound_;
    const std::shared_ptr<StreamLink> link_ = std::make_shared<StreamLink>();
};

}  // namespace yizhan::simulated
