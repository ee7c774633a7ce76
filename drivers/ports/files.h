#pragma once

#include <memory>
#include <string>

#include "drivers/ports/unique_fd.h"
#include "hal/file.h"

namespace yizhan {

// A file behind a descriptor that was opened here or handed over. Regular files only: a pipe or a device could keep its
// reader waiting for ever, and whoever hands one over may mean just that.
class FdFile : public File {
 public:
    // `name` for messages.
    FdFile(UniqueFd fd, std::string name) : fd_(std::move(fd)), name_(std::move(name)) {}

    std::string name() const override { return name_; }
    Result<std::uint64_t> size() override;
    Result<std::size_t> read(std::uint64_t offset, std::span<std::byte> into) override;

 private:
    UniqueFd fd_;
    std::string name_;
    bool known_regular_ = false;
};

// The file system of this machine.
class SystemFiles : public Files {
 public:
    Result<std::unique_ptr<File>> open(const std::string& path) override;
    Result<void> replace(const std::string& path, std::span<const std::byte> bytes) override;
    Result<void> rename(const std::string& from, const std::string& to) override;
    Result<void> remove(const std::string& path) override;
};

}  // namespace yizhan
