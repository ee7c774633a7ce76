#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <vector>

#include "drivers/ports/unique_fd.h"

namespace yizhan {

// A client without a loop, as somebody might write one.
class UnixClient {
 public:
    explicit UnixClient(const std::string& path) : fd_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof(address.sun_path) - 1);
        EXPECT_EQ(connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    }

    void send_with_files(std::string bytes, const std::vector<std::string>& paths) const {
        std::vector<UniqueFd> files;
        std::vector<int> numbers;
        for (const auto& path : paths) {
            files.emplace_back(open(path.c_str(), O_RDONLY | O_CLOEXEC));
            numbers.push_back(files.back().get());
        }
        iovec part{bytes.data(), bytes.size()};
        std::vector<char> control(CMSG_SPACE(sizeof(int) * numbers.size()));
        msghdr message{};
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        cmsghdr* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * numbers.size());
        std::memcpy(CMSG_DATA(header), numbers.data(), sizeof(int) * numbers.size());
        EXPECT_EQ(sendmsg(fd_.get(), &message, MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
    }

 private:
    UniqueFd fd_;
};

}  // namespace yizhan
