#include "drivers/ports/append_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "drivers/ports/unique_fd.h"

namespace yizhan {
namespace {

class FdAppendFile final : public AppendFile {
 public:
    FdAppendFile(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

    Result<void> append(std::string_view bytes) override {
        while (!bytes.empty()) {
            const ssize_t taken = ::write(fd_.get(), bytes.data(), bytes.size());
            if (taken < 0 && errno == EINTR) continue;
            if (taken < 0) {
                return failure(path_ + ": cannot be written: " + ::strerror(errno), "check the space on its disk");
            }
            bytes.remove_prefix(static_cast<std::size_t>(taken));
        }
        return {};
    }

 private:
    UniqueFd fd_;
    std::string path_;
};

}  // namespace

Result<std::unique_ptr<AppendFile>> create_file(const std::string& path) {
    UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600));
    if (fd) return std::make_unique<FdAppendFile>(std::move(fd), path);
    return failure(path + ": cannot be made: " + ::strerror(errno),
                   errno == EEXIST ? "nothing is overwritten: name another file" : "check the folder and its rights");
}

}  // namespace yizhan
