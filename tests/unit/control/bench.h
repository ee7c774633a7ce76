// A control server in a simulated world: a station that behaves, and clients that connect, speak, stall and leave.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "drivers/simulated/event_loop.h"
#include "drivers/simulated/scheduler.h"
#include "drivers/simulated/stream.h"
#include "firmware/control/server.h"

namespace yizhan::test {

using nlohmann::json;

inline constexpr std::uint32_t maintenance_gid = 901;
inline constexpr std::uint32_t read_only_gid = 902;
inline constexpr std::uint32_t uplink_uid = 903;

inline ControlRights usual_rights() { return {maintenance_gid, read_only_gid, uplink_uid}; }
inline PeerIdentity root() { return {.uid = 0, .gid = 0, .pid = 1, .groups = {}}; }
inline PeerIdentity maintainer() { return {.uid = 1000, .gid = 1000, .pid = 2, .groups = {maintenance_gid}}; }
inline PeerIdentity onlooker() { return {.uid = 1001, .gid = read_only_gid, .pid = 3, .groups = {}}; }
inline PeerIdentity uplink() { return {.uid = uplink_uid, .gid = read_only_gid, .pid = 4, .groups = {}}; }
inline PeerIdentity stranger() { return {.uid = 1002, .gid = 1002, .pid = 5, .groups = {}}; }

StationConfig two_door_config();
// Nothing of it may ever leave the station.
CredentialId secret_credential();
Stamp stamp_at(seconds after_start);

// Answers commands, keeps records, remembers what it was asked.
class FakeStation : public ControlBackend {
 public:
    FakeStation();

    // Commands are answered at once with this, or, where held, by answer_held().
    Outcome refusal = Outcome::none;
    bool hold_answers = false;
    bool hold_queries = false;
    bool queries_fail = false;
    std::vector<Command> commands;
    std::vector<UplinkStatus> uplink_reports;
    std::vector<std::string> lists;  // contents that were loaded
    std::size_t queries = 0;
    ControlServer* server = nullptr;
    StationConfig config = two_door_config();
    State state;

    // Further records, stored and told of.
    void store(std::size_t count);
    void answer_held();
    void serve_held_query();
    std::size_t held_queries() const { return held_queries_.size(); }
    // The station as it would be with this state.
    void become(const State& next);

    StationView view() const override;
    json settings_in_force() const override { return {{"station", {{"id", config.id}}}}; }
    void perform(const Command& command) override;
    void query(const LogQuery& query, std::function<void(Result<std::vector<LogRow>>)> done) override;
    void acknowledge(std::uint64_t upto) override { log.acknowledged = upto; }
    void uplink_reported(const UplinkStatus& status) override;
    void load_members(std::unique_ptr<File> file, const Actor& actor,
                      std::function<void(Result<MemberListStatus>)> done) override;
    Result<json> simulate(const json& request) override;

    LogStatus log;
    MemberListStatus members{.loaded = true, .version = 7, .count = 3, .built_at = 1772000000, .problem = {}};
    UplinkStatus uplink_status;

 private:
    struct HeldQuery {
        LogQuery query;
        std::function<void(Result<std::vector<LogRow>>)> done;
    };
    void serve(const HeldQuery& held);

    std::unique_ptr<Station> station_;
    std::vector<Record> records_;
    std::vector<std::uint64_t> held_answers_;
    std::deque<HeldQuery> held_queries_;
};

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
