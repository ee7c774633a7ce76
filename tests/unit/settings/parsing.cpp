#include "tests/unit/settings/parsing.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace yizhan {

std::string repository_file(std::string_view path) {
    std::ifstream file(std::filesystem::path(SOURCE_DIR) / path, std::ios::binary);
    EXPECT_TRUE(file.good()) << path;
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> errors_of(std::string_view text) {
    std::vector<std::string> what;
    const auto settings = parse_settings(text, "test.toml");
    if (settings) return what;
    for (const Error& error : settings.error()) {
        EXPECT_FALSE(error.cure.empty()) << error.what;
        what.push_back(error.what);
    }
    return what;
}

Settings parsed(std::string_view text) {
    auto settings = parse_settings(text, "test.toml");
    if (settings) return *std::move(settings);
    for (const Error& error : settings.error()) ADD_FAILURE() << error.what;
    return {};
}

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
    std::string result(text);
    std::size_t at = result.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    for (; at != std::string::npos; at = result.find(from, at + to.size())) result.replace(at, from.size(), to);
    return result;
}

}  // namespace yizhan
