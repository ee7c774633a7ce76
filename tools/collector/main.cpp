#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <vector>

#include "drivers/ports/files.h"
#include "tools/collector/collector_settings.h"
#include "tools/collector/commands.h"

int main(int argc, char** argv) {
    using namespace yizhan;
    using namespace yizhan::collector;

    CLI::App app{
        "station-collector brings what stations publish into the centre's database, and acknowledges it then."};
    std::string path = "/etc/yizhan/collector.toml";
    app.add_option("--settings", path, "settings of the collector")->capture_default_str();
    Commands commands;
    add_commands(app, commands);
    app.require_subcommand(1);
    CLI11_PARSE(app, argc, argv);

    SystemFiles files;
    const auto settings = read_collector_settings(files, path);
    if (!settings) {
        for (const Error& error : settings.error()) tell(error);
        return 2;
    }
    return commands.run(*settings, files);
}
