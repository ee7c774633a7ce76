#include "drivers/simulated/files.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "hal/check.h"

namespace yizhan::simulated {
namespace {

class MemoryFile : public File {
 public:
    MemoryFile(std::string name, std::shared_ptr<const FileContent> content)
        : name_(std::move(name)), content_(std::move(content)) {}

    std::string name() const override { return name_; }
    Result<std::uint64_t> size() override { return content_->bytes.size(); }
    Result<std::size_t> read(std::uint64_t offset, std::span<std::byte> into) override {
        if (content_->read_error) return std::unexpected(*content_->read_error);
        const std::string& bytes = content_->bytes;
        if (offset >= bytes.size()) return 0;
        const std::size_t size = std::min(into.size(), bytes.size() - static_cast<std::size_t>(offset));
        if (size > 0) std::memcpy(into.data(), bytes.data() + offset, size);
        return size;
    }

 private:
    std::string name_;
    std::shared_ptr<const FileContent> content_;
};

}  // namespace

std::unique_ptr<File> memory_file(std::string name, std::string bytes) {
    return std::make_unique<MemoryFile>(std::move(name),
                                        std::make_shared<FileContent>(FileContent{std::move(bytes), {}}));
}

Result<std::unique_ptr<File>> Files::open(const std::string& path) {
    if (const auto refusal = refused_.find(path); refusal != refused_.end()) return std::unexpected(refusal->second);
    const auto found = contents_.find(path);
    if (found == contents_.end() && disk_ != nullptr && disk_->exists(path)) {
        return memory_file(path, disk_->contents(path));
    }
    if (found == contents_.end()) return failure(path + ": No such file or directory", "check the path");
    return std::make_unique<MemoryFile>(path, found->second);
}

Result<void> Files::replace(const std::string& path, std::span<const std::byte> bytes) {
    if (const auto refusal = refused_.find(path); refusal != refused_.end()) return std::unexpected(refusal->second);
    std::string text(bytes.size(), '\0');
    std::ranges::transform(bytes, text.begin(), [](std::byte byte) { return static_cast<char>(byte); });
    put(path, std::move(text));
    return {};
}

Result<void> Files::rename(const std::string& from, const std::string& to) {
    if (disk_ != nullptr && disk_->exists(from)) {
        if (disk_->rename(from, to)) return {};
        return failure(from + ": Read-only file system", "check the disk");
    }
    const auto found = contents_.find(from);
    if (found == contents_.end()) return failure(from + ": No such file or directory", "check the path");
    contents_[to] = found->second;
    contents_.erase(found);
    return {};
}

Result<void> Files::remove(const std::string& path) {
    if (disk_ != nullptr && disk_->exists(path) && !disk_->remove(path)) {
        return failure(path + ": Read-only file system", "check the disk");
    }
    contents_.erase(path);
    return {};
}

void Files::put(const std::string& path, std::string bytes) {
    contents_[path] = std::make_shared<FileContent>(FileContent{std::move(bytes), {}});
    refused_.erase(path);
}

FileContent& Files::content(const std::string& path) {
    const auto found = contents_.find(path);
    YZ_CHECK(found != contents_.end());
    return *found->second;
}

}  // namespace yizhan::simulated
