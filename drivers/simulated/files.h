#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "drivers/simulated/disk.h"
#include "hal/file.h"

namespace yizhan::simulated {

// What is stored under a name; open files share it with the disk.
struct FileContent {
    std::string bytes;
    std::optional<Error> read_error;  // any read fails with this
};

// An open file in memory: for handing over, where no disk is needed.
std::unique_ptr<File> memory_file(std::string name, std::string bytes);

// A disk in memory. Outlives kills of the programs that use it. One thread, as with everything simulated.
class Files : public yizhan::Files {
 public:
    Result<std::unique_ptr<File>> open(const std::string& path) override;
    Result<void> replace(const std::string& path, std::span<const std::byte> bytes) override;
    Result<void> rename(const std::string& from, const std::string& to) override;
    Result<void> remove(const std::string& path) override;
    // Files that are on this disk are found, opened and renamed there: SQLite's and ours are one file system.
    void show(Disk& disk) { disk_ = &disk; }

    // As an atomic rename does: whoever has the old file open keeps the old bytes.
    void put(const std::string& path, std::string bytes);
    bool contains(const std::string& path) const { return contents_.contains(path); }
    // The stored content, to change it under the eyes of whoever has it open, or to let reads fail. Must exist.
    FileContent& content(const std::string& path);
    // open() fails with this, whether the file exists or not, until put() again.
    void refuse(const std::string& path, Error error) { refused_.insert_or_assign(path, std::move(error)); }

 private:
    std::map<std::string, std::shared_ptr<FileContent>> contents_;
    std::map<std::string, Error> refused_;
    Disk* disk_ = nullptr;
};

}  // namespace yizhan::simulated
