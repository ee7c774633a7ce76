#include <CLI/CLI.hpp>
#include <string>

#include "drivers/ports/not_fitted.h"
#include "firmware/stationd/run.h"
#include "firmware/stationd/version.h"

namespace {

// The ports to real GPIO, USB and serial lines come with the next step; until then each is refused by name.
class NotFitted final : public yizhan::HardwarePorts {
 public:
    yizhan::GpioPort& gpio() override { return gpio_; }
    yizhan::BytePorts& byte_ports() override { return byte_ports_; }

 private:
    yizhan::NoGpio gpio_;
    yizhan::NoBytePorts byte_ports_;
};

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"stationd runs one unmanned station: readers, doors, outlets and their log."};
    std::string settings = "/etc/yizhan/station.toml";
    app.add_option("settings", settings, "settings of the station")->capture_default_str();
    app.set_version_flag("--version", std::string(yizhan::program_version));
    CLI11_PARSE(app, argc, argv);
    return yizhan::run_station(
        settings, [](yizhan::SdEventLoop&, const yizhan::Settings&) { return std::make_unique<NotFitted>(); });
}
