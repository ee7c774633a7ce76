#include "firmware/settings/settings_file.h"

#include <utility>

namespace yizhan {

std::expected<SettingsFile, std::vector<Error>> read_settings(Files& files, const std::string& path) {
    auto text = read_text(files, path, settings_size_limit);
    if (!text) return std::unexpected(std::vector{std::move(text.error())});
    auto settings = parse_settings(*text, path);
    if (!settings) return std::unexpected(std::move(settings.error()));
    return SettingsFile{.path = path, .text = std::move(*text), .settings = std::move(*settings)};
}

}  // namespace yizhan
