#include <CLI/CLI.hpp>
#include <string>

#include "firmware/stationd/kernel_ports/kernel_ports.h"
#include "firmware/stationd/run.h"
#include "firmware/stationd/version.h"

int main(int argc, char** argv) {
    CLI::App app{"stationd runs one unmanned station: readers, doors, outlets and their log."};
    std::string settings = "/etc/yizhan/station.toml";
    std::string record;
    app.add_option("settings", settings, "settings of the station")->capture_default_str();
    app.add_option("--record", record,
                   "write what lines, cables and readers say to this file, without any person in it");
    app.set_version_flag("--version", std::string(yizhan::program_version));
    CLI11_PARSE(app, argc, argv);
    return yizhan::run_station(settings, [&](yizhan::SdEventLoop& loop, const yizhan::Settings& of_station) {
        return yizhan::kernel_ports(loop, of_station, record);
    });
}
