// Settings as they are on a disk: the one way from a path to them.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "firmware/settings/settings.h"
#include "hal/error.h"
#include "hal/file.h"

namespace yizhan {

struct SettingsFile {
    std::string path;
    std::string text;
    Settings settings;
};

// Reads no more than settings can be. Errors as of parse_settings(), or the one of a file that cannot be read. Blocks.
std::expected<SettingsFile, std::vector<Error>> read_settings(Files& files, const std::string& path);

}  // namespace yizhan
