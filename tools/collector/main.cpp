#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <vector>

#include "drivers/ports/files.h"
#include "tools/collector/collector_settings.h"
#include "tools/collector/commands.h"
#include "tools/stationctl/exit_code.h"

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
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& help) {
        return app.exit(help);
    } catch (const CLI::ParseError& error) {
        tell({error.what(), "see station-collector --help"});
        return static_cast<int>(ExitCode::usage);
    }

    SystemFiles files;
    const auto settings = read_collector_settings(files, path);
    if (!settings) {
        for (const Error& error : settings.error()) tell(error);
        return static_cast<int>(ExitCode::usage);
    }
    return commands.run(*settings, files);
}
