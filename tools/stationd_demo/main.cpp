#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

#include "drivers/simulated/sound.h"
#include "firmware/stationd/run.h"
#include "firmware/stationd/version.h"
#include "tools/stationd_demo/cast.h"
#include "tools/stationd_demo/world.h"

namespace {

using namespace yizhan;

// A world of its own in this process, driven by the same loop.
class DemoPorts final : public HardwarePorts {
 public:
    DemoPorts(SdEventLoop& loop, const Settings& settings) : loop_(loop), world_(settings, 1) {
        for (LoopMember* member : world_.members()) loop_.join(*member);
    }
    ~DemoPorts() override {
        for (LoopMember* member : world_.members()) loop_.leave(*member);
    }
    GpioPort& gpio() override { return world_.gpio(); }
    BytePorts& byte_ports() override { return world_; }
    ContactlessPorts& contactless_ports() override { return world_; }
    KeyPorts& key_ports() override { return world_; }
    std::unique_ptr<SoundPort> sound() override { return std::make_unique<simulated::Sound>(); }
    ModbusBuses& modbus_buses() override { return world_; }
    std::function<Result<nlohmann::json>(const nlohmann::json&)> simulation() override {
        return [this](const nlohmann::json& request) { return world_.command(request, loop_.now().mono); };
    }

 private:
    SdEventLoop& loop_;
    simulated::World world_;
};

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{
        "stationd-demo is stationd on simulated hardware: doors, readers and people are played by `stationctl sim`."};
    std::string settings = "station.toml";
    bool members = false;
    app.add_option("settings", settings, "settings of the station")->capture_default_str();
    app.add_flag("--members-csv", members, "print the people of the demo as a CSV for `stationctl members build`");
    app.set_version_flag("--version", std::string(program_version));
    CLI11_PARSE(app, argc, argv);
    if (members) return std::fputs(simulated::members_csv().c_str(), stdout) < 0 ? 1 : 0;
    return run_station(settings, [](SdEventLoop& loop, const Settings& of_station) {
        return std::make_unique<DemoPorts>(loop, of_station);
    });
}
