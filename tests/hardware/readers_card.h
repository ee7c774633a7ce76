// A pcscd of our own, with the virtual reader of vsmartcard (vpcd), and cards for it.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "drivers/ports/event_loop.h"
#include "drivers/ports/unique_fd.h"

namespace yizhan::testing {

// Runs while it lives. Its readers: "Virtual PCD 00 00" and "Virtual PCD 00 01".
class Pcscd {
 public:
    Pcscd() : pid_(fork()) {
        if (pid_ == 0) {
            execl("/usr/sbin/pcscd", "pcscd", "--foreground", "--critical", nullptr);
            _exit(127);
        }
    }
    Pcscd(const Pcscd&) = delete;
    Pcscd& operator=(const Pcscd&) = delete;
    ~Pcscd() { end(SIGTERM); }
    void kill() { end(SIGKILL); }
    void freeze() const { ::kill(pid_, SIGSTOP); }
    void thaw() const { ::kill(pid_, SIGCONT); }

 private:
    void end(int signal) {
        if (pid_ <= 0) return;
        ::kill(pid_, signal);
        waitpid(std::exchange(pid_, 0), nullptr, 0);
    }
    pid_t pid_;
};

// Lies on the first virtual reader while it lives; the far end of vpcd's protocol, one message for each: a length (two
// bytes, big-endian) and an order (0 off, 1 on, 2 reset, 4 tell your ATR) or a command.
class VirtualCard {
 public:
    using Bytes = std::vector<std::uint8_t>;

    // `answers`: to one command after the other; the last one to all that follow.
    VirtualCard(SdEventLoop& loop, std::vector<Bytes> answers) : answers_(std::move(answers)) {
        // vpcd listens when pcscd has started, which takes a while.
        for (int tries = 0; tries < 300 && !connect(); ++tries) usleep(100'000);
        EXPECT_TRUE(socket_);
        if (socket_) watch_ = loop.watch(socket_.get(), EPOLLIN, [this](std::uint32_t) { answer_one(); });
    }
    const std::vector<Bytes>& commands() const { return commands_; }

 private:
    static constexpr std::uint16_t port = 35963;

    bool connect() {
        UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) return false;
        socket_ = std::move(fd);
        return true;
    }
    bool receive(std::uint8_t* into, std::size_t size) const {
        return recv(socket_.get(), into, size, MSG_WAITALL) == static_cast<ssize_t>(size);
    }
    void answer_one() {
        std::array<std::uint8_t, 2> size{};
        Bytes message;
        bool whole = receive(size.data(), size.size());
        if (whole) {
            message.resize(static_cast<std::size_t>(size[0] << 8 | size[1]));
            whole = receive(message.data(), message.size());
        }
        if (!whole) {
            watch_.reset();  // pcscd is gone
            return;
        }
        if (message.size() > 1) {
            commands_.push_back(message);
            say(answers_[std::min(commands_.size(), answers_.size()) - 1]);
        } else if (message == Bytes{4}) {
            // A contactless memory card, as PC/SC part 3 makes its ATR up.
            say({0x3B, 0x8F, 0x80, 0x01, 0x80, 0x4F, 0x0C, 0xA0, 0x00, 0x00,
                 0x03, 0x06, 0x03, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x6A});
        }
    }
    void say(const Bytes& bytes) const {
        Bytes message{static_cast<std::uint8_t>(bytes.size() >> 8), static_cast<std::uint8_t>(bytes.size())};
        message.insert(message.end(), bytes.begin(), bytes.end());
        EXPECT_EQ(send(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(message.size()));
    }

    std::vector<Bytes> answers_;
    std::vector<Bytes> commands_;
    UniqueFd socket_;
    std::unique_ptr<FdWatch> watch_;
};

}  // namespace yizhan::testing
