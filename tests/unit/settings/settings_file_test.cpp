#include "firmware/settings/settings_file.h"

#include <gtest/gtest.h>

#include "drivers/simulated/files.h"
#include "tests/unit/settings/parsing.h"

namespace yizhan {
namespace {

TEST(SettingsFiles, AreReadWithTheirTextAndPath) {
    simulated::Files files;
    files.put("s.toml", std::string(smallest_station));
    const auto file = read_settings(files, "s.toml");
    ASSERT_TRUE(file);
    EXPECT_EQ(file->path, "s.toml");
    EXPECT_EQ(file->text, smallest_station);
    EXPECT_EQ(file->settings.station.id, "small");
}

TEST(SettingsFiles, ThatCannotBeReadHaveOneErrorThatNamesThem) {
    simulated::Files files;
    const Error gone{"s.toml: No such file or directory", "check the path"};
    files.refuse("s.toml", gone);
    const auto file = read_settings(files, "s.toml");
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error(), std::vector<Error>{gone});
}

TEST(SettingsFiles, NameTheirPathInEveryError) {
    simulated::Files files;
    files.put("s.toml", replaced(smallest_station, "egress", "egres"));
    const auto file = read_settings(files, "s.toml");
    ASSERT_FALSE(file);
    ASSERT_EQ(file.error().size(), 2U);
    for (const Error& error : file.error()) EXPECT_TRUE(error.what.starts_with("s.toml:")) << error.what;
}

TEST(SettingsFiles, HaveAtMost256KiB) {
    simulated::Files files;
    std::string text(smallest_station);
    while (text.size() < settings_size_limit) text += '\n';
    files.put("s.toml", text);
    EXPECT_TRUE(read_settings(files, "s.toml"));
    files.put("s.toml", text + '\n');
    const auto file = read_settings(files, "s.toml");
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error(),
              (std::vector<Error>{{"s.toml: larger than 262144 bytes", "check that this is the right file"}}));
}

}  // namespace
}  // namespace yizhan
