#include "drivers/ports/unix_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace yizhan {
namespace {

constexpr int backlog = 16;
constexpr std::size_t most_groups = 65536;  // NGROUPS_MAX

std::string error_text(int error) { return std::generic_category().message(error); }

Result<sockaddr_un> address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof(address.sun_path)) {
        return failure(
            "socket '" + path + "': the path must have 1 to " + std::to_string(sizeof(address.sun_path) - 1) + " bytes",
            "choose a shorter path, such as one in /run");
    }
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

UniqueFd new_socket() { return UniqueFd(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)); }

// 0, or errno.
int try_connect(int fd, const sockaddr_un& address) {
    return connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 ? 0 : errno;
}
int try_bind(int fd, const sockaddr_un& address) {
    return bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 ? 0 : errno;
}

Result<void> remove_if_nobody_listens(const std::string& path, const sockaddr_un& address) {
    struct stat status{};
    if (lstat(path.c_str(), &status) != 0) return {};  // gone meanwhile: the next bind will tell
    if (!S_ISSOCK(status.st_mode)) {
        return failure(path + ": in the way, and not a socket", "remove it, or choose another path for the socket");
    }
    const UniqueFd probe = new_socket();
    const int error = probe ? try_connect(probe.get(), address) : errno;
    if (error != ECONNREFUSED) {
        return failure(path + ": another program serves this socket", "stop the other one first");
    }
    if (unlink(path.c_str()) != 0) {
        return failure(path + ": left over, cannot be removed: " + error_text(errno),
                       "give this program's user the right to write to the directory");
    }
    return {};
}

std::string cure_of_bind(int error) {
    if (error == ENOENT || error == ENOTDIR) return "make the directory (RuntimeDirectory= of the unit)";
    return "give this program's user the right to write to the directory";
}

std::string cure_of_connect(int error) {
    switch (error) {
        case ENOENT:
        case ECONNREFUSED:
            return "start the program that serves it";
        case EACCES:
        case EPERM:
            return "add this user to the group of the socket";
        case EAGAIN:
            return "too many clients are waiting: try again";
        default:
            return {};
    }
}

}  // namespace

Result<UniqueFd> listen_unix(const std::string& path, unsigned mode, std::optional<std::uint32_t> group) {
    const auto address = address_of(path);
    if (!address) return std::unexpected(address.error());
    UniqueFd fd = new_socket();
    if (!fd) return failure(path + ": " + error_text(errno), "raise LimitNOFILE= of the unit");
    int error = try_bind(fd.get(), *address);
    if (error == EADDRINUSE) {
        if (const auto removed = remove_if_nobody_listens(path, *address); !removed) {
            return std::unexpected(removed.error());
        }
        error = try_bind(fd.get(), *address);
    }
    if (error != 0) return failure(path + ": cannot make the socket: " + error_text(error), cure_of_bind(error));
    // Nobody can connect before listen(), so the rights need not be right before.
    if (group && lchown(path.c_str(), static_cast<uid_t>(-1), *group) != 0) {
        return failure(path + ": cannot give it to group " + std::to_string(*group) + ": " + error_text(errno),
                       "make this program's user a member of the group");
    }
    if (chmod(path.c_str(), mode) != 0 || listen(fd.get(), backlog) != 0) {
        return failure(path + ": cannot serve the socket: " + error_text(errno), cure_of_bind(errno));
    }
    return fd;
}

Result<UniqueFd> connect_unix(const std::string& path) {
    const auto address = address_of(path);
    if (!address) return std::unexpected(address.error());
    UniqueFd fd = new_socket();
    if (!fd) return failure(path + ": " + error_text(errno), "raise LimitNOFILE= of the unit");
    if (const int error = try_connect(fd.get(), *address); error != 0) {
        return failure(path + ": cannot connect: " + error_text(error), cure_of_connect(error));
    }
    return fd;
}

Result<PeerIdentity> peer_of(int fd) {
    const auto refused = [](int error) {
        return failure("socket: cannot tell who is at the other end: " + error_text(error),
                       "use a kernel of 4.13 or newer");
    };
    ucred credentials{};
    socklen_t size = sizeof(credentials);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return refused(errno);
    PeerIdentity peer{credentials.uid, credentials.gid, credentials.pid, {}};
    // Asked with what is usual; the kernel tells the true size where that is too small.
    peer.groups.resize(64);
    for (;;) {
        size = static_cast<socklen_t>(peer.groups.size() * sizeof(gid_t));
        const bool told = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, peer.groups.data(), &size) == 0;
        const std::size_t count = size / sizeof(gid_t);
        if (!told && (errno != ERANGE || count <= peer.groups.size() || count > most_groups)) return refused(errno);
        peer.groups.resize(count);
        if (told) return peer;
    }
}

Received receive(int fd, char* into, std::size_t size) {
    iovec bytes{into, size};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &bytes;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    // Room for one descriptor: the kernel itself closes what does not fit. (CMSG_SPACE would leave room for two.)
    message.msg_controllen = CMSG_LEN(sizeof(int));
    const ssize_t got = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    Received received;
    if (got < 0) {
        const bool later = errno == EAGAIN || errno == EINTR;
        received.what = later ? Received::What::nothing_yet : Received::What::closed;
        return received;
    }
    for (const cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
         part = CMSG_NXTHDR(&message, const_cast<cmsghdr*>(part))) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
        int handed_over = -1;
        std::memcpy(&handed_over, CMSG_DATA(part), sizeof(handed_over));
        received.file = UniqueFd(handed_over);
    }
    if (got == 0) return received;
    received.what = Received::What::bytes;
    received.size = static_cast<std::size_t>(got);
    return received;
}

Result<void> send_whole(int fd, std::string_view text, int file) {
    iovec bytes{const_cast<char*>(text.data()), text.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &bytes;
    message.msg_iovlen = 1;
    if (file >= 0) {
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        cmsghdr* part = CMSG_FIRSTHDR(&message);
        part->cmsg_level = SOL_SOCKET;
        part->cmsg_type = SCM_RIGHTS;
        part->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(part), &file, sizeof(int));
    }
    const ssize_t sent = sendmsg(fd, &message, MSG_NOSIGNAL);
    if (sent == static_cast<ssize_t>(text.size())) return {};
    return failure("socket: the other end does not take what it is sent" +
                   (sent < 0 ? ": " + error_text(errno) : std::string{}));
}

}  // namespace yizhan
