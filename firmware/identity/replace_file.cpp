#include "firmware/identity/replace_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace yizhan {
namespace {

class OpenFile {
 public:
    explicit OpenFile(int fd) : fd_(fd) {}
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    ~OpenFile() {
        if (fd_ >= 0) close(fd_);
    }
    int fd() const { return fd_; }

 private:
    int fd_;
};

std::unexpected<Error> cannot(const char* what, const std::string& path) {
    return failure(path + ": cannot " + what + ": " + std::strerror(errno),
                   "check the folder, its rights and the free space");
}

bool write_all(int fd, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const auto written = write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return true;
}

Result<void> write_and_rename(int fd, const std::string& temporary, const std::string& path,
                              std::span<const std::byte> bytes) {
    if (!write_all(fd, bytes)) return cannot("write", temporary);
    if (fsync(fd) != 0) return cannot("sync", temporary);
    if (rename(temporary.c_str(), path.c_str()) != 0) return cannot("replace", path);
    return {};
}

}  // namespace

Result<void> replace_file(const std::string& path, std::span<const std::byte> bytes) {
    std::string temporary = path + ".XXXXXX";
    const OpenFile file(mkostemp(temporary.data(), O_CLOEXEC));  // mode 0600
    if (file.fd() < 0) return cannot("create", temporary);
    if (const auto ok = write_and_rename(file.fd(), temporary, path, bytes); !ok) {
        unlink(temporary.c_str());
        return ok;
    }
    // The rename itself is safe only once the folder is on the disk.
    const auto slash = path.find_last_of('/');
    const auto folder = slash == std::string::npos ? std::string(".") : path.substr(0, slash + 1);
    const OpenFile directory(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory.fd() < 0 || fsync(directory.fd()) != 0) return cannot("sync the folder of", path);
    return {};
}

}  // namespace yizhan
