// A connection to a port of this machine, which nobody waits for.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <string>

#include "hal/check.h"

namespace yizhan::collector {

class HttpClient {
 public:
    explicit HttpClient(std::uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        YZ_CHECK(connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    }
    ~HttpClient() { close(fd_); }
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    void send(const std::string& request) {
        YZ_CHECK(::send(fd_, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size()));
    }
    bool ended() {
        std::array<char, 4096> bytes{};
        for (;;) {
            const auto size = recv(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT);
            if (size < 0) return errno != EAGAIN;
            if (size == 0) return true;
            received_.append(bytes.data(), static_cast<std::size_t>(size));
        }
    }
    const std::string& received() const { return received_; }

 private:
    const int fd_;
    std::string received_;
};

}  // namespace yizhan::collector
