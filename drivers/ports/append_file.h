#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "hal/error.h"

namespace yizhan {

// A file that only grows. May block: for worker jobs and for the time before and after the loop. One thread at a time.
class AppendFile {
 public:
    virtual ~AppendFile() = default;
    virtual Result<void> append(std::string_view bytes) = 0;
};

// A new file, readable for its owner only. Fails if there is one already.
Result<std::unique_ptr<AppendFile>> create_file(const std::string& path);

}  // namespace yizhan
