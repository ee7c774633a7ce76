#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "hal/error.h"

namespace yizhan {

// An open file to read from, wherever it came from (a path, or a descriptor handed over on the control socket).
// May block: for worker jobs and for the time before the loop starts. One thread at a time.
class File {
 public:
    virtual ~File() = default;
    virtual std::string name() const = 0;  // for messages
    virtual Result<std::uint64_t> size() = 0;
    // Fills as much of `into` as the file holds from `offset`; 0 at the end.
    virtual Result<std::size_t> read(std::uint64_t offset, std::span<std::byte> into) = 0;
};

// Two implementations: drivers/ports/files and drivers/simulated/files.
class Files {
 public:
    virtual ~Files() = default;
    // Read-only.
    virtual Result<std::unique_ptr<File>> open(const std::string& path) = 0;
    // Atomic and durable: whoever opens `path`, and whatever is left after a power cut, is the old file or the new one,
    // whole. Nobody but the owner may read a new one. May block, as everything here.
    virtual Result<void> replace(const std::string& path, std::span<const std::byte> bytes) = 0;
    // Within one folder, atomic and durable; replaces `to`.
    virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
    // One that is not there is no error. Not durable: after a power cut it may be there again.
    virtual Result<void> remove(const std::string& path) = 0;
};

// Reads a whole file of at most `limit` bytes; longer is an error.
Result<std::string> read_text(Files& files, const std::string& path, std::size_t limit);

}  // namespace yizhan
