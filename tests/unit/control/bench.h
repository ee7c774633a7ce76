// A control server in a simulated world, and clients that connect, speak, stall and leave.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "drivers/simulated/event_loop.h"
#include "drivers/simulated/scheduler.h"
#include "drivers/simulated/stream.h"
#include "tests/unit/control/fake_station.h"

namespace yizhan::test {

inline constexpr std::uint32_t maintenance_gid = 901;
inline constexpr std::uint32_t read_only_gid = 902;
inline constexpr std::uint32_t uplink_uid = 903;

inline ControlRights usual_rights() { return {maintenance_gid, read_only_gid, uplink_uid}; }
inline PeerIdentity root() { return {.uid = 0, .gid = 0, .pid = 1, .groups = {}}; }
inline PeerIdentity maintainer() { return {.uid = 1000, .gid = 1000, .pid = 2, .groups = {maintenance_gid}}; }
inline PeerIdentity onlooker() { return {.uid = 1001, .gid = read_only_gid, .pid = 3, .groups = {}}; }
inline PeerIdentity uplink() { return {.uid = uplink_uid, .gid = read_only_gid, .pid = 4, .groups = {}}; }
inline PeerIdentity stranger() { return {.uid = 1002, .gid = 1002, .pid = 5, .groups = {}}; }

class World {
 public:
    explicit World(std::size_t send_bound = control_send_limit);
    ~World();
    void run(milliseconds duration = milliseconds{10}) { scheduler.run_for(duration); }

    simulated::Scheduler scheduler;
    simulated::EventLoop loop{scheduler};  // of stationd
    simulated::EventLoop client_loop{scheduler};
    simulated::SocketPath path;
    simulated::StreamServer listener;
    FakeStation station;
    ControlServer server;
};

class Client : public StreamListener {
 public:
    Client(World& world, PeerIdentity identity);

    void send_text(std::string_view text);
    void send(const json& object) { send_text(object.dump() + '\n'); }
    // Sends with a fresh id, runs the world and returns the reply; null where there is none.
    json ask(json request);
    void hand_over(std::string content, const json& request);
    void leave() { stream_.reset(); }
    void stall(bool stalled) { connector_.stall_client(stalled); }

    // What has come, oldest first; each is handed out once.
    std::vector<json> take_replies() { return std::exchange(replies_, {}); }
    std::vector<json> take_pushes(const std::string& kind);
    const std::string& heard() const { return heard_; }  // every byte
    bool closed() const { return closed_; }

    void on_bytes(Stream& stream, std::string_view bytes) override;
    void on_file(Stream&, std::unique_ptr<File>) override {}
    void on_closed(Stream&) override { closed_ = true; }

 private:
    World& world_;
    simulated::StreamConnector connector_;
    std::unique_ptr<simulated::Stream> stream_;
    std::uint64_t last_id_ = 0;
    std::string partial_;
    std::string heard_;
    std::vector<json> replies_;
    std::vector<json> pushes_;
    bool closed_ = false;
};

std::string error_code(const json& reply);

}  // namespace yizhan::test
