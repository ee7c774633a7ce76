// Both daemons, whole, with their world around them, in one process and in simulated time. Scenarios and the simulator
// are played on it.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "drivers/simulated/disk.h"
#include "drivers/simulated/event_loop.h"
#include "drivers/simulated/files.h"
#include "drivers/simulated/mqtt_broker.h"
#include "drivers/simulated/random.h"
#include "drivers/simulated/scheduler.h"
#include "drivers/simulated/sound.h"
#include "drivers/simulated/stream.h"
#include "drivers/simulated/worker.h"
#include "firmware/stationd/program.h"
#include "firmware/uplink/uplink.h"
#include "tools/stationd_demo/world.h"

namespace yizhan::testing {

using nlohmann::json;

// A text of the source tree.
std::string source_text(const std::string& path);

struct SimulatedStationOptions {
    std::uint64_t seed = 1;
    std::string settings_text;  // of a station that parses
    std::string members_csv;
};

class SimulatedStation {
 public:
    explicit SimulatedStation(const SimulatedStationOptions& options);
    ~SimulatedStation();
    SimulatedStation(const SimulatedStation&) = delete;
    SimulatedStation& operator=(const SimulatedStation&) = delete;

    // What starts anew is a program with this machine's files; its errors stop a simulation. True: it runs.
    bool start_stationd();
    void stop_stationd();  // SIGTERM
    // SIGKILL: nothing of what a program does at its end. What was given to the disk stays, station-failsafe takes
    // over.
    void kill_stationd();
    void cut_power();  // what was not synced is gone, both daemons are dead
    void start_uplink();
    void kill_uplink();

    void run(milliseconds duration) { scheduler.run_for(duration); }
    // False if it did not come to be within `limit`.
    bool comes(const std::function<bool()>& condition, milliseconds limit = seconds{20});
    // As maintenance, over the control socket; {"ok":false} where nobody answers within 20 s.
    json ask(json request);
    // The same without waiting for the answer; with a file, as tools hand one over.
    void say(const std::string& request, std::unique_ptr<File> file = nullptr);
    // As somebody whom the settings give no right to change anything: no role at all, or may look, or the uplink.
    enum class Stranger : std::uint8_t { nobody, reader, uplink };
    void say_without_rights(Stranger who, const std::string& request);
    json status() { return ask({{"do", "status"}}).at("status"); }
    // Makes and places a list of this CSV; the station takes it when it starts, or is told.
    void put_member_list(const std::string& csv, std::uint64_t version = 1);

    const Station& station() const { return stationd->station(); }

    // Told what Station decides; of every program that is started from then on.
    std::function<void(const Action&, Now)> on_action;
    // Told when `log` changes: before the first action of a start, and in use.
    std::function<void()> on_log;
    // Told what tools hear, as it comes.
    std::function<void(std::string_view)> on_reply;
    // Told what a tool says, and each whole line that it is answered; each connection is another tool.
    std::function<void(std::uint64_t tool, const std::string& request, bool has_rights)> on_said;
    std::function<void(std::uint64_t tool, std::string_view line)> on_answer;
    bool still_listens(std::uint64_t tool) const;
    // Between the program and its readers or meters, where a test wants to look; null: nothing.
    BytePorts* byte_ports = nullptr;
    ModbusBuses* modbus = nullptr;

    std::string settings_path = "station.toml";
    std::string settings_text;
    Settings settings;
    simulated::Scheduler scheduler;
    simulated::Random dice;
    simulated::Files files;  // shows the disk
    simulated::Disk disk;
    simulated::SocketPath socket;
    simulated::MqttBroker broker;
    std::unique_ptr<simulated::World> world;
    std::uint64_t boot = 77;  // names this boot of the machine; a power cut makes another

    // Of the programs that run.
    std::unique_ptr<simulated::EventLoop> station_loop;
    std::unique_ptr<simulated::StreamServer> control;
    simulated::Worker* log_worker = nullptr;
    simulated::Worker* file_worker = nullptr;
    simulated::Sound* sound = nullptr;
    std::unique_ptr<StationProgram> stationd;
    std::unique_ptr<simulated::EventLoop> uplink_loop;
    std::unique_ptr<simulated::StreamConnector> uplink_connector;
    std::unique_ptr<simulated::MqttClient> mqtt;
    std::unique_ptr<Uplink> uplink;

    static constexpr std::size_t most_tools = 8;  // whoever said something and is not done
    std::size_t tool_ends() const { return tool_connector_->ends(); }

    struct Log {
        std::uint32_t epoch = 0;
        bool in_memory = false;
        bool in_use = false;  // it has replaced one there; else a start goes on with it
        // Its first record came behind this one: it has replaced a log in use.
        std::uint64_t behind = 0;
    };
    Log log;  // of the program that runs, or ran last

    std::vector<Error> troubles;  // what the programs told their journal, and why they did not start

 private:
    void end_stationd();
    void drive_safe();

    class Client;

    struct Tool;
    void say_over(simulated::StreamConnector& connector, const std::string& request, std::unique_ptr<File> file);
    std::uint64_t tools_opened_ = 0;
    std::unique_ptr<simulated::EventLoop> tool_loop_;
    std::deque<std::unique_ptr<Tool>> tools_;
    std::unique_ptr<simulated::StreamConnector> tool_connector_;
    std::array<std::unique_ptr<simulated::StreamConnector>, 3> stranger_connectors_;  // by Stranger
    std::uint64_t requests_ = 0;
    std::map<std::uint32_t, std::uint64_t> logs_;  // behind which record each was begun, by epoch
};

}  // namespace yizhan::testing
