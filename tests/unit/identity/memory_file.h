// A file in memory, one level below the code under test: it can give few bytes at a time, fail, and change under the
// reader.
#pragma once

#include <algorithm>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "hal/file.h"

namespace yizhan::testing {

class MemoryFile final : public File {
 public:
    explicit MemoryFile(std::vector<std::byte> content, std::string name = "members.list")
        : bytes(std::move(content)), name_(std::move(name)) {}
    explicit MemoryFile(std::string_view text, std::string name = "members.csv") : name_(std::move(name)) {
        const auto raw = std::as_bytes(std::span(text));
        bytes.assign(raw.begin(), raw.end());
    }

    std::string name() const override { return name_; }
    Result<std::uint64_t> size() override { return bytes.size(); }
    Result<std::size_t> read(std::uint64_t offset, std::span<std::byte> into) override {
        if (before_read) before_read(*this, offset);
        if (offset >= fails_from) return failure(name_ + ": input/output error", "check the disk");
        if (offset >= bytes.size()) return 0;
        const std::size_t count = std::min({into.size(), bytes.size() - offset, most_per_read});
        std::memcpy(into.data(), bytes.data() + offset, count);
        return count;
    }

    std::vector<std::byte> bytes;
    std::size_t most_per_read = SIZE_MAX;
    std::uint64_t fails_from = UINT64_MAX;
    std::function<void(MemoryFile&, std::uint64_t)> before_read;

 private:
    std::string name_;
};

}  // namespace yizhan::testing
