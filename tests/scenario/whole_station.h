// Both daemons, whole, with their world around them, in one process and in simulated time.
#pragma once

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

// Readers, doors … by their position in the settings of the demo.
inline constexpr std::size_t at_entry = 0;
inline constexpr std::size_t at_exit = 1;
inline constexpr std::size_t at_desk = 2;
inline constexpr std::size_t presence = 0;
inline constexpr std::size_t fire = 1;

struct WholeStationOptions {
    std::uint64_t seed = 1;
    std::string settings = "config/stations/demo.toml";  // in the source tree
    std::function<std::string(std::string)> edit;  // the text of the settings
};

class WholeStation {
 public:
    explicit WholeStation(WholeStationOptions options = {});
    ~WholeStation();
    WholeStation(const WholeStation&) = delete;
    WholeStation& operator=(const WholeStation&) = delete;

    void start_stationd();
    void stop_stationd();  // SIGTERM
    void kill_stationd();  // what was given to the disk stays
    void cut_power();  // what was not synced is gone, both daemons are dead
    void start_uplink();
    void kill_uplink();
    // Everything runs, and readers have had time to boot.
    void start_all();

    void run(milliseconds duration) { scheduler.run_for(duration); }
    // False if it did not come to be within `limit`.
    bool comes(const std::function<bool()>& condition, milliseconds limit = seconds{20});

    // What people do; each returns when it has been noticed, or fails the test.
    void swipe(std::size_t reader, const std::string& card);  // and takes the card away again
    void push_door();
    void visit_begins(const std::string& card);
    void visit_ends(const std::string& card);

    // As maintenance, over the control socket.
    json ask(json request);
    json status() { return ask({{"do", "status"}}).at("status"); }

    const Station& station() const { return stationd->station(); }
    std::uint64_t count() const { return station().state().count(); }
    bool lock_released() { return world->door(0).lock_released(); }
    Outcome last_said() const;
    std::vector<Outcome> said() const;
    // The newest record of this type the centre has.
    const json* delivered(const std::string& type) const;
    bool alarm_at_centre(const std::string& name) const;

    // Between the program and its readers, where a test wants to look; null: nothing.
    BytePorts* byte_ports = nullptr;

    std::string settings_path = "station.toml";
    std::string settings_text;
    Settings settings;
    simulated::Scheduler scheduler;
    simulated::Random dice;
    simulated::Files files;
    simulated::Disk disk;
    simulated::SocketPath socket;
    simulated::MqttBroker broker;
    std::unique_ptr<simulated::World> world;

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

    // The centre's collector: what has arrived, by epoch and sequence number.
    std::map<std::pair<std::uint32_t, std::uint64_t>, json> received;
    std::uint64_t duplicates = 0;
    std::vector<std::uint64_t> order;  // sequence numbers as they came first
    std::string everything;  // all payloads, to look for what must not be there
    std::vector<Error> troubles;

 private:
    class Client;
    void put_member_list();
    void collect(const simulated::BrokerMessage& message);

    std::unique_ptr<simulated::EventLoop> tool_loop_;
    std::unique_ptr<simulated::StreamConnector> tool_connector_;
    std::uint64_t requests_ = 0;
};

}  // namespace yizhan::testing
