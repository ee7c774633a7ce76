#include "drivers/ports/files.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

namespace yizhan {
namespace {

std::string cure_of_open(int error) {
    switch (error) {
        case ENOENT:
        case ENOTDIR:
            return "check the path";
        case EACCES:
        case EPERM:
            return "give this program's user the right to read it";
        case EMFILE:
        case ENFILE:
            return "raise LimitNOFILE= of the unit";
        default:
            return "check the file system and its medium";
    }
}

std::unexpected<Error> cannot(const char* what, const std::string& path) {
    return failure(path + ": cannot " + what + ": " + std::generic_category().message(errno),
                   "check the folder, its rights and the free space");
}

bool write_all(int fd, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return true;
}

// A rename is safe only once the folder is on the disk.
bool sync_folder_of(const std::string& path) {
    const auto slash = path.find_last_of('/');
    const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_CLOEXEC | O_DIRECTORY));
    return fd && ::fsync(fd.get()) == 0;
}

Result<void> write_and_rename(int fd, const std::string& temporary, const std::string& path,
                              std::span<const std::byte> bytes) {
    if (!write_all(fd, bytes)) return cannot("write", temporary);
    if (::fsync(fd) != 0) return cannot("sync", temporary);
    if (::rename(temporary.c_str(), path.c_str()) != 0) return cannot("replace", path);
    if (!sync_folder_of(path)) return cannot("sync the folder of", path);
    return {};
}

}  // namespace

Result<std::uint64_t> FdFile::size() {
    struct stat status{};
    if (fstat(fd_.get(), &status) != 0) {
        return failure(name_ + ": " + std::generic_category().message(errno), "check the file system and its medium");
    }
    if (!S_ISREG(status.st_mode)) return failure(name_ + ": not a regular file", "name or hand over a regular file");
    known_regular_ = true;
    return static_cast<std::uint64_t>(status.st_size);
}

Result<std::size_t> FdFile::read(std::uint64_t offset, std::span<std::byte> into) {
    if (!known_regular_) {
        if (const auto checked = size(); !checked) return std::unexpected(checked.error());
    }
    std::size_t have = 0;
    while (have < into.size()) {
        const ssize_t got = pread(fd_.get(), into.data() + have, into.size() - have, static_cast<off_t>(offset + have));
        if (got == 0) break;
        if (got < 0) {
            if (errno == EINTR) continue;
            return failure(
                name_ + ": " + std::generic_category().message(errno),
                errno == EBADF ? "hand over a file that is open for reading" : "check the file system and its medium");
        }
        have += static_cast<std::size_t>(got);
    }
    return have;
}

Result<std::unique_ptr<File>> SystemFiles::open(const std::string& path) {
    // O_NONBLOCK: opening a named pipe would wait for its other end.
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (!fd) {
        const int error = errno;
        return failure(path + ": " + std::generic_category().message(error), cure_of_open(error));
    }
    return std::make_unique<FdFile>(std::move(fd), path);
}

Result<void> SystemFiles::replace(const std::string& path, std::span<const std::byte> bytes) {
    std::string temporary = path + ".XXXXXX";
    const UniqueFd fd(::mkostemp(temporary.data(), O_CLOEXEC));  // mode 0600
    if (!fd) return cannot("create", temporary);
    auto done = write_and_rename(fd.get(), temporary, path, bytes);
    if (!done) ::unlink(temporary.c_str());
    return done;
}

Result<void> SystemFiles::rename(const std::string& from, const std::string& to) {
    const auto failed = [&] {
        return failure(from + ": cannot be renamed to " + to + ": " + std::generic_category().message(errno),
                       "check owner and mode of the folder, and the disk");
    };
    if (::rename(from.c_str(), to.c_str()) != 0 || !sync_folder_of(from)) return failed();
    return {};
}

Result<void> SystemFiles::remove(const std::string& path) {
    if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
    return failure(path + ": cannot be removed: " + std::generic_category().message(errno),
                   "check owner and mode of the folder, and the disk");
}

}  // namespace yizhan
