#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "hal/error.h"

namespace yizhan {

// Writes a new file beside `path`, syncs it and renames it over `path`: whoever opens `path`, and whatever is left
// after a power cut, is the old file or the new one, whole. Readable and writable by the owner only. For tools: it
// waits for the disk.
Result<void> replace_file(const std::string& path, std::span<const std::byte> bytes);

}  // namespace yizhan
