#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "hal/error.h"

namespace yizhan {

// The centre's secret, of which every station's key is derived: the bytes of a file without the newline at its end.
// Nobody but its owner may read that file. Wiped when it dies.
class CentreSecret {
 public:
    static Result<CentreSecret> read(const std::string& path);
    CentreSecret(CentreSecret&& other) noexcept;
    CentreSecret& operator=(CentreSecret&&) = delete;
    ~CentreSecret();
    std::span<const std::byte> bytes() const { return std::as_bytes(std::span(text_)); }

 private:
    CentreSecret() = default;
    std::string text_;
};

}  // namespace yizhan
