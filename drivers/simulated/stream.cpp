#include "drivers/simulated/stream.h"

#include <algorithm>
#include <utility>

#include "hal/check.h"

namespace yizhan::simulated {
namespace {

constexpr std::size_t longest_backlog = 16;

}  // namespace

Stream::Stream(EventLoop& loop, std::shared_ptr<StreamLink> link, bool server_end, PeerIdentity peer,
               std::size_t send_bound)
    : loop_(loop),
      link_(std::move(link)),
      server_end_(server_end),
      peer_(std::move(peer)),
      send_bound_(send_bound),
      wake_(loop, [this] {
          push();
          deliver();  // the last call: it may destroy us
      }) {
    link_->ends.push_back(this);
}

Stream::~Stream() {
    if (died_ != nullptr) *died_ = true;
    if (handed_out_) loop_.leave(*this);
    if (other_ != nullptr) other_->lose_other();
    std::erase(link_->ends, this);
}

void Stream::pair_with(Stream& other) {
    other_ = &other;
    other.other_ = this;
}

void Stream::lose_other() {
    other_ = nullptr;
    wake_.raise();
}

void Stream::hand_out() {
    loop_.join(*this);
    handed_out_ = true;
}

void Stream::start(StreamListener& listener) {
    YZ_CHECK(listener_ == nullptr);
    listener_ = &listener;
    wake_.raise();  // for what came before
}

bool Stream::send(std::string_view bytes) {
    if (closed_ || out_.size() + bytes.size() > send_bound_) return false;
    out_ += bytes;
    queued_ += bytes.size();
    wants_turn_ = true;
    return true;
}

bool Stream::send(std::string_view bytes, std::unique_ptr<File> file) {
    YZ_CHECK(!bytes.empty());
    const std::uint64_t at = queued_;
    if (!send(bytes)) return false;
    if (other_ != nullptr) other_->files_in_.push_back({at, std::move(file)});
    return true;
}

void Stream::settle(Now) {
    YZ_CHECK(listener_ != nullptr);  // start() comes in the turn in which the stream was made
    wants_turn_ = false;
    push();
}

void Stream::push() {
    if (other_ == nullptr) out_.clear();
    if (out_.empty()) return;
    const std::size_t size = std::min(out_.size(), kernel_buffer - other_->in_.size());
    if (size == 0) return;
    other_->in_.append(out_, 0, size);
    out_.erase(0, size);
    other_->wake_.raise();
}

void Stream::deliver() {
    if (listener_ == nullptr || stalled() || closed_) return;
    if (in_.empty()) {
        if (other_ != nullptr) return;
        closed_ = true;
        wants_turn_ = false;
        listener_->on_closed(*this);
        return;
    }
    std::size_t size = std::min(in_.size(), link_->chunk);
    // As the kernel has it: one read brings at most one file.
    if (files_in_.size() > 1) size = std::min(size, static_cast<std::size_t>(files_in_[1].at - delivered_));
    const std::string bytes = in_.substr(0, size);
    in_.erase(0, size);
    delivered_ += size;
    if (!in_.empty() || other_ == nullptr) wake_.raise();  // for the rest, or for the end
    if (other_ != nullptr && !other_->out_.empty()) other_->wake_.raise();
    if (!files_in_.empty() && files_in_.front().at < delivered_) {
        auto file = std::move(files_in_.front().file);
        files_in_.pop_front();
        bool died = false;
        died_ = &died;
        listener_->on_file(*this, std::move(file));
        if (died) return;
        died_ = nullptr;
    }
    listener_->on_bytes(*this, bytes);
}

StreamServer::StreamServer(EventLoop& loop, SocketPath& path, std::size_t send_bound, PeerIdentity identity)
    : loop_(loop), path_(path), send_bound_(send_bound), identity_(std::move(identity)), wake_(loop, [this] {
          accept_one();
      }) {
    YZ_CHECK(path_.server_ == nullptr);
    path_.server_ = this;
}

StreamServer::~StreamServer() { path_.server_ = nullptr; }

void StreamServer::start(std::function<void(std::unique_ptr<yizhan::Stream>)> on_connect) {
    YZ_CHECK(!on_connect_);
    on_connect_ = std::move(on_connect);
    wake_.raise();
}

void StreamServer::accept_one() {
    if (backlog_.empty() || !on_connect_) return;
    auto stream = std::move(backlog_.front());
    backlog_.pop_front();
    if (!backlog_.empty()) wake_.raise();
    stream->hand_out();
    on_connect_(std::move(stream));
}

StreamConnector::StreamConnector(EventLoop& loop, SocketPath& path, PeerIdentity identity, std::size_t send_bound)
    : loop_(loop), path_(path), identity_(std::move(identity)), send_bound_(send_bound) {}

Result<std::unique_ptr<Stream>> StreamConnector::open() {
    StreamServer* const server = path_.server_;
    if (server == nullptr) {
        return failure("simulated socket: cannot connect: Connection refused", "start the program that serves it");
    }
    if (server->backlog_.size() == longest_backlog) {
        return failure("simulated socket: cannot connect: Resource temporarily unavailable",
                       "too many clients are waiting: try again");
    }
    std::unique_ptr<Stream> client(new Stream(loop_, link_, false, server->identity_, send_bound_));
    std::unique_ptr<Stream> accepted(new Stream(server->loop_, link_, true, identity_, server->send_bound_));
    client->pair_with(*accepted);
    client->hand_out();
    server->backlog_.push_back(std::move(accepted));
    server->wake_.raise();
    return client;
}

Result<std::unique_ptr<yizhan::Stream>> StreamConnector::connect() {
    auto stream = open();
    if (!stream) return std::unexpected(stream.error());
    return std::move(*stream);
}

void StreamConnector::stall_client(bool stalled) {
    link_->client_stalled = stalled;
    for (Stream* end : link_->ends) end->wake_.raise();
}

void StreamConnector::stall_server(bool stalled) {
    link_->server_stalled = stalled;
    for (Stream* end : link_->ends) end->wake_.raise();
}

std::size_t StreamConnector::most_waiting() const {
    std::size_t most = 0;
    for (const Stream* end : link_->ends) {
        if (end->server_end_) most = std::max(most, end->waiting());
    }
    return most;
}

void StreamConnector::cut() {
    for (Stream* end : link_->ends) end->lose_other();
}

}  // namespace yizhan::simulated
