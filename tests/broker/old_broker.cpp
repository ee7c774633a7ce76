#include "tests/broker/old_broker.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>

#include "hal/check.h"

namespace yizhan {
namespace {

bool readable(int fd, const std::atomic<bool>& stop) {
    while (!stop) {
        pollfd one{.fd = fd, .events = POLLIN, .revents = 0};
        if (poll(&one, 1, 20) > 0) return true;
    }
    return false;
}

void send_bytes(int fd, const std::string& bytes) {
    static_cast<void>(send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL));
}

}  // namespace

OldBroker::OldBroker() : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    YZ_CHECK(bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0 && listen(listener_, 4) == 0);
    YZ_CHECK(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
}

OldBroker::~OldBroker() {
    stop_ = true;
    thread_.join();
    close(listener_);
}

void OldBroker::serve() {
    while (readable(listener_, stop_)) {
        const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0) continue;
        talk(fd);
        close(fd);
    }
}

void OldBroker::talk(int fd) {
    std::string in;
    std::array<char, 4096> buffer{};
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(in[at]); };
    while (readable(fd, stop_)) {
        const auto got = recv(fd, buffer.data(), buffer.size(), 0);
        if (got <= 0) return;
        in.append(buffer.data(), static_cast<std::size_t>(got));
        // Packets of less than 128 bytes: all that the test sends.
        while (in.size() >= 2 && in.size() >= byte(1) + 2u) {
            const int type = byte(0) >> 4;
            if (type == 1) {
                const int level = byte(8);  // after the name "MQTT"
                ++(level == 5 ? level_5_ : level_4_);
                send_bytes(fd, std::string("\x20\x02\x00", 3) + (level == 5 ? '\x01' : '\x00'));
                if (level == 5) return;
            } else if (type == 3 && ((byte(0) >> 1) & 3) == 1) {
                const std::size_t id_at = 4u + byte(2) * 256u + byte(3);
                send_bytes(fd, std::string("\x40\x02", 2) + in.substr(id_at, 2));
            }
            in.erase(0, byte(1) + 2u);
        }
    }
}

}  // namespace yizhan
