#include "hal/file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>

namespace yizhan {
namespace {

// Gives a few bytes at a time and does not know its size, as files in /proc do; fails where it is told to.
class Trickle : public File {
 public:
    Trickle(std::string bytes, std::size_t fails_at) : bytes_(std::move(bytes)), fails_at_(fails_at) {}
    std::string name() const override { return "trickle"; }
    Result<std::uint64_t> size() override { return 0; }
    Result<std::size_t> read(std::uint64_t offset, std::span<std::byte> into) override {
        if (offset >= fails_at_) return failure("trickle: broken");
        const std::size_t left = bytes_.size() - std::min(bytes_.size(), static_cast<std::size_t>(offset));
        const std::size_t size = std::min({left, into.size(), std::size_t{3}});
        std::copy_n(std::as_bytes(std::span(bytes_)).begin() + static_cast<std::ptrdiff_t>(offset), size, into.begin());
        return size;
    }

 private:
    std::string bytes_;
    std::size_t fails_at_;
};

struct OneFile : Files {
    std::string bytes;
    std::size_t fails_at = SIZE_MAX;
    Result<std::unique_ptr<File>> open(const std::string& path) override {
        if (path != "there") return failure(path + ": missing", "look elsewhere");
        return std::make_unique<Trickle>(bytes, fails_at);
    }
    Result<void> replace(const std::string&, std::span<const std::byte>) override { return {}; }
    Result<void> rename(const std::string&, const std::string&) override { return failure("not here"); }
    Result<void> remove(const std::string&) override { return failure("not here"); }
};

TEST(ReadText, ReadsAllOfAFileUpToTheLimit) {
    OneFile files;
    for (std::size_t size = 0; size <= 10; ++size) {
        files.bytes = std::string("0123456789").substr(0, size);
        EXPECT_EQ(read_text(files, "there", 10), files.bytes);
    }
}

TEST(ReadText, RefusesALongerFile) {
    OneFile files;
    files.bytes = "0123456789A";
    const auto text = read_text(files, "there", 10);
    ASSERT_FALSE(text);
    EXPECT_EQ(text.error(), (Error{"there: larger than 10 bytes", "check that this is the right file"}));
}

TEST(ReadText, PassesErrorsOn) {
    OneFile files;
    EXPECT_EQ(read_text(files, "elsewhere", 10).error(), (Error{"elsewhere: missing", "look elsewhere"}));
    files.bytes = "0123456789";
    files.fails_at = 6;
    EXPECT_EQ(read_text(files, "there", 10).error(), (Error{"trickle: broken", ""}));
}

}  // namespace
}  // namespace yizhan
