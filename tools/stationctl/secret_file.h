#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "hal/error.h"

namespace yizhan {

// A secret in a file, the centre's or a key: its bytes without the newline at the end. Nobody but its owner may read
// that file. Wiped when it dies.
class SecretFile {
 public:
    static Result<SecretFile> read(const std::string& path);
    SecretFile(SecretFile&& other) noexcept;
    SecretFile& operator=(SecretFile&&) = delete;
    ~SecretFile();
    std::span<const std::byte> bytes() const { return std::as_bytes(std::span(text_)); }

 private:
    SecretFile() = default;
    std::string text_;
};

}  // namespace yizhan
