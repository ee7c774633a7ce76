#include "tests/simulator/simulated_station.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <utility>

#include "firmware/failsafe/safe_outputs.h"
#include "firmware/identity/member_csv.h"
#include "firmware/identity/member_list_builder.h"
#include "firmware/uplink/broker_options.h"
#include "hal/check.h"

namespace yizhan::testing {
namespace {

const std::string key_text(64, '7');
constexpr std::uint32_t uplink_user = 990;
constexpr std::uint32_t read_only_group = 991;
constexpr std::string_view credentials = "/run/credentials/stationd.service";

}  // namespace

std::string source_text(const std::string& path) {
    std::ifstream file(std::string(SOURCE_DIR) + "/" + path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

// What a tool hears.
class SimulatedStation::Client final : public StreamListener {
 public:
    explicit Client(SimulatedStation& station, std::uint64_t tool = 0) : number(tool), station_(station) {}
    void on_bytes(yizhan::Stream&, std::string_view bytes) override {
        text += bytes;
        if (station_.on_reply) station_.on_reply(bytes);
        if (number == 0 || !station_.on_answer) return;
        std::size_t begin = 0;
        for (auto end = text.find('\n'); end != text.npos; end = text.find('\n', begin)) {
            station_.on_answer(number, std::string_view(text).substr(begin, end - begin));
            begin = end + 1;
        }
        text.erase(0, begin);
    }
    void on_file(yizhan::Stream&, std::unique_ptr<File>) override {}
    void on_closed(yizhan::Stream&) override { closed = true; }
    const std::uint64_t number;  // 0: of ask(), which looks at `text` itself
    std::string text;
    bool closed = false;

 private:
    SimulatedStation& station_;
};

struct SimulatedStation::Tool {
    explicit Tool(SimulatedStation& station) : client(station, ++station.tools_opened_) {}
    Client client;
    std::unique_ptr<simulated::Stream> stream;
};

SimulatedStation::SimulatedStation(const SimulatedStationOptions& options)
    : settings_text(options.settings_text),
      dice(options.seed),
      disk("simulated-" + std::to_string(options.seed)),
      broker(scheduler) {
    auto parsed = parse_settings(settings_text, settings_path);
    if (!parsed) throw std::runtime_error(parsed.error().front().what);
    settings = std::move(*parsed);
    files.show(disk);
    files.put(settings_path, settings_text);
    const bool by_credential = settings.identity.key_file.empty();
    files.put(by_credential ? std::string(credentials) + "/station-key" : settings.identity.key_file, key_text);
    if (!settings.uplink.password_file.empty()) files.put(settings.uplink.password_file, "secret");
    put_member_list(options.members_csv);
    world = std::make_unique<simulated::World>(settings, options.seed);
    for (LoopMember* member : world->members()) scheduler.join(*member);
    tool_loop_ = std::make_unique<simulated::EventLoop>(scheduler);
    tool_connector_ = std::make_unique<simulated::StreamConnector>(*tool_loop_, socket, PeerIdentity{.uid = 0});
    const std::array strangers{PeerIdentity{.uid = 65534, .gid = 65534},
                               PeerIdentity{.uid = 1000, .gid = read_only_group},
                               PeerIdentity{.uid = uplink_user, .gid = uplink_user}};
    for (std::size_t i = 0; i < strangers.size(); ++i) {
        stranger_connectors_[i] = std::make_unique<simulated::StreamConnector>(*tool_loop_, socket, strangers[i]);
    }
}

SimulatedStation::~SimulatedStation() {
    tools_.clear();
    kill_uplink();
    kill_stationd();
    for (LoopMember* member : world->members()) scheduler.leave(*member);
}

void SimulatedStation::put_member_list(const std::string& csv, std::uint64_t version) {
    if (settings.identity.member_list.empty()) return;  // anybody with an ID card
    const auto key = key_from_text(key_text, "key");
    const CredentialDigest digest(*key);
    const auto file = simulated::memory_file("members.csv", csv);
    BoundedErrors errors;
    const MemberCsv members = read_member_csv(*file, digest, errors);
    if (!errors.empty()) throw std::runtime_error(errors.errors.front().what);
    auto rows = members.table;
    sort_by_digest(rows.rows);
    const auto list =
        member_list_file({.station = settings.station.id, .version = version, .key_id = digest.key_id()}, rows);
    if (!list) throw std::runtime_error(list.error().what);
    files.put(settings.identity.member_list, std::string(reinterpret_cast<const char*>(list->data()), list->size()));
}

bool SimulatedStation::start_stationd() {
    station_loop = std::make_unique<simulated::EventLoop>(scheduler);
    control = std::make_unique<simulated::StreamServer>(*station_loop, socket, control_send_limit);
    auto log_thread = std::make_unique<simulated::Worker>(*station_loop, milliseconds{5});
    auto lists = std::make_unique<simulated::Worker>(*station_loop, milliseconds{30});
    auto loudspeaker = std::make_unique<simulated::Sound>();
    log_worker = log_thread.get();
    file_worker = lists.get();
    sound = loudspeaker.get();
    auto file = read_settings(files, settings_path);
    if (!file) {
        troubles.push_back(file.error().front());
        return false;
    }
    auto started = StationProgram::start(
        std::move(*file),
        Machine{.loop = *station_loop,
                .log_worker = std::move(log_thread),
                .file_worker = std::move(lists),
                .random = dice,
                .files = files,
                .control = *control,
                .gpio = world->gpio(),
                .byte_ports = byte_ports != nullptr ? *byte_ports : *world,
                .contactless_ports = *world,
                .key_ports = *world,
                .modbus_buses = modbus != nullptr ? *modbus : *world,
                .sound = std::move(loudspeaker),
                .sqlite_vfs = disk.name(),
                .boot = boot,
                .rights = {.maintenance_group = {}, .read_only_group = read_only_group, .uplink_user = uplink_user},
                .credentials_directory = std::string(credentials),
                .set_wall_floor = [this](Wall floor) { station_loop->set_wall_floor(floor); },
                .on_action = on_action,
                .on_log =
                    [this, first = true](const LogWriter& writer, bool in_memory) mutable {
                        const auto begun = logs_.try_emplace(writer.epoch(), writer.beginning().deleted).first;
                        log = {.epoch = writer.epoch(),
                               .in_memory = in_memory,
                               .in_use = !std::exchange(first, false),
                               .behind = begun->second};
                        if (on_log) on_log();
                    },
                .simulate = [this](const json& request) { return world->command(request, scheduler.now().mono); }});
    if (!started) {
        troubles.push_back(started.error().front());
        return false;
    }
    stationd = std::move(*started);
    stationd->on_trouble = [this](const Error& error) { troubles.push_back(error); };
    for (const Error& error : stationd->start_troubles()) troubles.push_back(error);
    return true;
}

void SimulatedStation::kill_stationd() {
    disk.kill_handles();
    world->gpio().freeze(true);
    end_stationd();
    world->gpio().freeze(false);
    drive_safe();
}

// As station-failsafe does when stationd's connection closes. Its sockets and descriptors a simulation does not have.
void SimulatedStation::drive_safe() {
    for (const SafeOutput& output : safe_outputs(settings)) {
        static_cast<void>(world->gpio().set_beside(output.line, output.high));
    }
}

void SimulatedStation::end_stationd() {
    stationd.reset();
    control.reset();
    station_loop.reset();
    log_worker = nullptr;
    file_worker = nullptr;
    sound = nullptr;
}

void SimulatedStation::stop_stationd() {
    log_worker->finish();
    stationd->stop();
    end_stationd();
    drive_safe();
}

void SimulatedStation::cut_power() {
    // A disk has its own order, and half of what it was given may be there, or half of one write.
    disk.power_cut(simulated::some_of_each(dice));
    kill_uplink();
    world->gpio().freeze(true);
    end_stationd();
    world->lose_power();
    world->gpio().freeze(false);
    ++boot;
}

void SimulatedStation::start_uplink() {
    if (settings.uplink.host.empty()) return;
    uplink_loop = std::make_unique<simulated::EventLoop>(scheduler);
    uplink_connector = std::make_unique<simulated::StreamConnector>(
        *uplink_loop, socket, PeerIdentity{.uid = uplink_user, .gid = uplink_user});
    mqtt = std::make_unique<simulated::MqttClient>(*uplink_loop, broker);
    const auto to_broker = broker_options(settings.uplink, files);
    if (!to_broker) throw std::runtime_error(to_broker.error().what);
    const UplinkOptions options{.station = settings.station.id,
                                .broker = *to_broker,
                                .second_broker = second_broker(settings.uplink),
                                .delivery = settings.uplink.delivery,
                                .catch_up_rate = settings.uplink.catch_up_rate};
    uplink = std::make_unique<Uplink>(*uplink_loop, *uplink_connector, *mqtt, dice, options,
                                      [this](const Error& error) { troubles.push_back(error); });
    uplink->start();
}

void SimulatedStation::kill_uplink() {
    uplink.reset();
    mqtt.reset();
    uplink_connector.reset();
    uplink_loop.reset();
}

bool SimulatedStation::comes(const std::function<bool()>& condition, milliseconds limit) {
    return condition() || scheduler.run_while([&] { return !condition(); }, limit);
}

void SimulatedStation::say(const std::string& request, std::unique_ptr<File> file) {
    say_over(*tool_connector_, request, std::move(file));
}

void SimulatedStation::say_without_rights(Stranger who, const std::string& request) {
    say_over(*stranger_connectors_[static_cast<std::size_t>(who)], request, nullptr);
}

void SimulatedStation::say_over(simulated::StreamConnector& connector, const std::string& request,
                                std::unique_ptr<File> file) {
    auto stream = connector.open();
    if (!stream) return;
    auto tool = std::make_unique<Tool>(*this);
    tool->stream = std::move(*stream);
    tool->stream->start(tool->client);
    if (on_said) on_said(tool->client.number, request, &connector == tool_connector_.get());
    const std::string line = request + "\n";
    static_cast<void>(file ? tool->stream->send(line, std::move(file)) : tool->stream->send(line));
    tools_.push_back(std::move(tool));
    if (tools_.size() > most_tools) tools_.pop_front();
}

bool SimulatedStation::still_listens(std::uint64_t tool) const {
    return std::ranges::any_of(tools_,
                               [&](const auto& one) { return one->client.number == tool && !one->client.closed; });
}

json SimulatedStation::ask(json request) {
    request["id"] = ++requests_;
    auto stream = tool_connector_->connect();
    if (!stream) return {{"ok", false}};
    Client client(*this);
    (*stream)->start(client);
    if (!(*stream)->send(request.dump() + "\n")) return {{"ok", false}};
    comes([&] { return client.closed || client.text.find('\n') != std::string::npos; });
    return json::parse(client.text.substr(0, client.text.find('\n')), nullptr, false);
}

}  // namespace yizhan::testing
