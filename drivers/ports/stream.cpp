#include "drivers/ports/stream.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "drivers/ports/files.h"
#include "drivers/ports/unix_socket.h"
#include "hal/check.h"

namespace yizhan {
namespace {

constexpr std::size_t read_at_once = std::size_t{16} * 1024;
constexpr std::size_t write_at_once = std::size_t{64} * 1024;
constexpr seconds pause_of_accept{1};

}  // namespace

UnixStream::UnixStream(SdEventLoop& loop, UniqueFd fd, PeerIdentity peer, std::size_t send_bound,
                       std::shared_ptr<std::size_t> clients)
    : loop_(loop), fd_(std::move(fd)), peer_(std::move(peer)), send_bound_(send_bound), clients_(std::move(clients)) {
    if (clients_) ++*clients_;
    loop_.join(*this);
}

UnixStream::~UnixStream() {
    if (died_ != nullptr) *died_ = true;
    loop_.leave(*this);
    close();
    if (clients_) --*clients_;
}

void UnixStream::start(StreamListener& listener) {
    YZ_CHECK(listener_ == nullptr);
    listener_ = &listener;
    watch_ = loop_.watch(fd_.get(), EPOLLIN, [this](std::uint32_t ready) { on_ready(ready); });
}

bool UnixStream::send(std::string_view bytes) {
    if (!fd_ || out_.size() + bytes.size() > send_bound_) return false;
    out_ += bytes;
    wants_turn_ = true;
    return true;
}

void UnixStream::settle(Now) {
    YZ_CHECK(listener_ != nullptr);  // start() comes in the turn in which the stream was made
    wants_turn_ = false;
    if (!out_.empty() && !blocked_) write();
}

void UnixStream::on_ready(std::uint32_t ready) {
    if ((ready & EPOLLOUT) != 0) write();
    if ((ready & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) read();  // the last call: it may destroy us
}

void UnixStream::write() {
    const ssize_t taken =
        ::send(fd_.get(), out_.data(), std::min(out_.size(), write_at_once), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (taken >= 0) {
        out_.erase(0, static_cast<std::size_t>(taken));
    } else if (errno != EAGAIN && errno != EINTR) {
        // The end is told in one place: reading meets it in the next turn.
        out_.clear();
        shutdown(fd_.get(), SHUT_RDWR);
    }
    const bool blocked = !out_.empty();
    if (blocked != std::exchange(blocked_, blocked)) watch_->modify(blocked ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

void UnixStream::read() {
    std::array<char, read_at_once> buffer;
    Received received = receive(fd_.get(), buffer.data(), buffer.size());
    if (received.what == Received::What::nothing_yet) return;
    if (received.what == Received::What::closed) {
        close();
        listener_->on_closed(*this);
        return;
    }
    if (received.file) {
        bool died = false;
        died_ = &died;
        listener_->on_file(*this, std::make_unique<FdFile>(std::move(received.file), "the file handed over"));
        if (died) return;
        died_ = nullptr;
    }
    listener_->on_bytes(*this, std::string_view(buffer.data(), received.size));
}

void UnixStream::close() {
    watch_.reset();
    fd_.reset();
    out_.clear();
    wants_turn_ = false;
}

Result<std::unique_ptr<UnixServer>> UnixServer::listen(SdEventLoop& loop, UnixServerOptions options) {
    auto fd = listen_unix(options.path, options.mode, options.group);
    if (!fd) return std::unexpected(fd.error());
    return std::unique_ptr<UnixServer>(new UnixServer(loop, std::move(options), std::move(*fd)));
}

UnixServer::UnixServer(SdEventLoop& loop, UnixServerOptions options, UniqueFd fd)
    : loop_(loop), options_(std::move(options)), fd_(std::move(fd)) {
    loop_.join(*this);
}

UnixServer::~UnixServer() {
    loop_.leave(*this);
    // Before the descriptor is closed: while somebody listens, no successor has put its own file there.
    unlink(options_.path.c_str());
}

void UnixServer::start(std::function<void(std::unique_ptr<Stream>)> on_connect) {
    YZ_CHECK(!watch_);
    on_connect_ = std::move(on_connect);
    watch_ = loop_.watch(fd_.get(), EPOLLIN, [this](std::uint32_t) { accept_one(); });
}

void UnixServer::advance(Now) {
    accept_again_at_ = never;
    watch_->modify(EPOLLIN);
}

// One a turn: whoever else waits is still waiting in the next.
void UnixServer::accept_one() {
    UniqueFd client(accept4(fd_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!client) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
            // It stays waiting, and the socket ready: without a pause the loop would spin.
            watch_->modify(0);
            accept_again_at_ = loop_.now().mono + pause_of_accept;
        }
        return;
    }
    auto peer = peer_of(client.get());
    if (!peer || *clients_ >= options_.most_clients) {
        ++hung_up_on_;
        return;
    }
    on_connect_(
        std::make_unique<UnixStream>(loop_, std::move(client), std::move(*peer), options_.send_bound, clients_));
}

Result<std::unique_ptr<Stream>> UnixConnector::connect() {
    auto fd = connect_unix(path_);
    if (!fd) return std::unexpected(fd.error());
    auto peer = peer_of(fd->get());
    if (!peer) return std::unexpected(peer.error());
    return std::make_unique<UnixStream>(loop_, std::move(*fd), std::move(*peer), send_bound_, nullptr);
}

}  // namespace yizhan
