#include "tests/scenario/whole_station.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "firmware/identity/member_csv.h"
#include "firmware/identity/member_list_builder.h"
#include "tools/stationd_demo/cast.h"

namespace yizhan::testing {
namespace {

constexpr std::uint64_t scenario_boot = 77;
const std::string key_text(64, '7');

std::string source_text(const std::string& path) {
    std::ifstream file(std::string(SOURCE_DIR) + "/" + path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

}  // namespace

// One request, one answer.
class WholeStation::Client final : public StreamListener {
 public:
    void on_bytes(yizhan::Stream&, std::string_view bytes) override { text += bytes; }
    void on_file(yizhan::Stream&, std::unique_ptr<File>) override {}
    void on_closed(yizhan::Stream&) override { closed = true; }
    std::string text;
    bool closed = false;
};

WholeStation::WholeStation(WholeStationOptions options)
    : settings_text(source_text(options.settings)),
      dice(options.seed),
      disk("scenario-" + std::to_string(options.seed)),
      broker(scheduler) {
    if (options.edit) settings_text = options.edit(settings_text);
    auto parsed = parse_settings(settings_text, options.settings);
    if (!parsed) throw std::runtime_error(parsed.error().front().what);
    settings = std::move(*parsed);
    files.put(settings_path, settings_text);
    files.put(settings.identity.key_file, key_text);
    put_member_list();
    world = std::make_unique<simulated::World>(settings, options.seed);
    for (LoopMember* member : world->members()) scheduler.join(*member);
    tool_loop_ = std::make_unique<simulated::EventLoop>(scheduler);
    tool_connector_ = std::make_unique<simulated::StreamConnector>(*tool_loop_, socket, PeerIdentity{.uid = 0});
    broker.observe("yizhan/v1/#", [this](const simulated::BrokerMessage& message) { collect(message); });
}

WholeStation::~WholeStation() {
    kill_uplink();
    kill_stationd();
    for (LoopMember* member : world->members()) scheduler.leave(*member);
}

void WholeStation::put_member_list() {
    const auto key = key_from_text(key_text, "key");
    const CredentialDigest digest(*key);
    const auto csv = simulated::memory_file("members.csv", simulated::members_csv());
    BoundedErrors errors;
    const MemberCsv members = read_member_csv(*csv, digest, errors);
    ASSERT_TRUE(errors.empty()) << errors.errors.front().what;
    auto rows = members.table;
    sort_by_digest(rows.rows);
    const auto list = member_list_file({.station = settings.station.id, .version = 1, .key_id = digest.key_id()}, rows);
    ASSERT_TRUE(list.has_value()) << list.error().what;
    files.put(settings.identity.member_list, std::string(reinterpret_cast<const char*>(list->data()), list->size()));
}

void WholeStation::start_stationd() {
    station_loop = std::make_unique<simulated::EventLoop>(scheduler);
    control = std::make_unique<simulated::StreamServer>(*station_loop, socket, control_send_limit);
    auto log = std::make_unique<simulated::Worker>(*station_loop, milliseconds{5});
    auto lists = std::make_unique<simulated::Worker>(*station_loop, milliseconds{30});
    auto loudspeaker = std::make_unique<simulated::Sound>();
    log_worker = log.get();
    file_worker = lists.get();
    sound = loudspeaker.get();
    auto file = read_settings(files, settings_path);
    ASSERT_TRUE(file.has_value()) << file.error().front().what;
    auto started = StationProgram::start(
        std::move(*file),
        Machine{.loop = *station_loop,
                .log_worker = std::move(log),
                .file_worker = std::move(lists),
                .random = dice,
                .files = files,
                .control = *control,
                .gpio = world->gpio(),
                .byte_ports = byte_ports != nullptr ? *byte_ports : *world,
                .contactless_ports = *world,
                .key_ports = *world,
                .sound = std::move(loudspeaker),
                .sqlite_vfs = disk.name(),
                .boot = scenario_boot,
                .set_wall_floor = [this](Wall floor) { station_loop->set_wall_floor(floor); },
                .meter = [this](std::size_t outlet) { return world->meter(outlet); },
                .simulate = [this](const json& request) { return world->command(request, scheduler.now().mono); }});
    ASSERT_TRUE(started.has_value()) << started.error().front().what;
    stationd = std::move(*started);
    stationd->on_trouble = [this](const Error& error) { troubles.push_back(error); };
}

void WholeStation::kill_stationd() {
    stationd.reset();
    control.reset();
    station_loop.reset();
    log_worker = nullptr;
    file_worker = nullptr;
    sound = nullptr;
}

void WholeStation::stop_stationd() {
    log_worker->finish();
    stationd->stop();
    kill_stationd();
}

void WholeStation::cut_power() {
    disk.power_cut();
    kill_uplink();
    kill_stationd();
}

void WholeStation::start_uplink() {
    uplink_loop = std::make_unique<simulated::EventLoop>(scheduler);
    uplink_connector = std::make_unique<simulated::StreamConnector>(*uplink_loop, socket, PeerIdentity{.uid = 0});
    mqtt = std::make_unique<simulated::MqttClient>(*uplink_loop, broker);
    uplink = std::make_unique<Uplink>(*uplink_loop, *uplink_connector, *mqtt, dice,
                                      UplinkOptions{.station = settings.station.id, .broker = {.host = "broker"}},
                                      [](const Error&) {});
    uplink->start();
}

void WholeStation::kill_uplink() {
    uplink.reset();
    mqtt.reset();
    uplink_connector.reset();
    uplink_loop.reset();
}

void WholeStation::start_all() {
    start_stationd();
    start_uplink();
    run(seconds{3});
}

bool WholeStation::comes(const std::function<bool()>& condition, milliseconds limit) {
    return condition() || scheduler.run_while([&] { return !condition(); }, limit);
}

void WholeStation::swipe(std::size_t reader, const std::string& card) {
    const auto before = sound->said().size();
    world->id_card_reader(reader).present(*simulated::card_of(card));
    const bool noticed = comes([&] { return sound->said().size() > before; });
    EXPECT_TRUE(noticed) << "no answer to the card of the " << card;
    run(milliseconds{300});
    world->id_card_reader(reader).remove();
    run(seconds{1});  // long enough away to be a new presentation the next time
}

void WholeStation::push_door() {
    EXPECT_TRUE(world->door(0).push(scheduler.now().mono)) << "the door is locked";
    const auto open = [&] { return std::holds_alternative<DoorOpen>(station().state().doors[0].phase); };
    EXPECT_TRUE(comes(open));
    world->door(0).pull_close(scheduler.now().mono);
    EXPECT_TRUE(comes([&] { return !open(); }));
    run(seconds{1});
}

void WholeStation::visit_begins(const std::string& card) {
    swipe(at_entry, card);
    push_door();
}

void WholeStation::visit_ends(const std::string& card) {
    swipe(at_exit, card);
    push_door();
}

json WholeStation::ask(json request) {
    request["id"] = ++requests_;
    auto stream = tool_connector_->connect();
    if (!stream) return {{"ok", false}};
    Client client;
    (*stream)->start(client);
    if (!(*stream)->send(request.dump() + "\n")) return {{"ok", false}};
    comes([&] { return client.closed || client.text.find('\n') != std::string::npos; });
    return json::parse(client.text.substr(0, client.text.find('\n')), nullptr, false);
}

Outcome WholeStation::last_said() const { return sound->said().empty() ? Outcome::none : sound->said().back().outcome; }

std::vector<Outcome> WholeStation::said() const {
    std::vector<Outcome> all;
    for (const auto& sentence : sound->said()) all.push_back(sentence.outcome);
    return all;
}

void WholeStation::collect(const simulated::BrokerMessage& message) {
    everything += message.payload + "\n";
    if (message.topic != "yizhan/v1/" + settings.station.id + "/event") return;
    const json batch = json::parse(message.payload);
    for (const json& record : batch.at("records")) {
        const auto seq = record.at("seq").get<std::uint64_t>();
        const bool fresh = received.emplace(std::pair{batch.at("epoch").get<std::uint32_t>(), seq}, record).second;
        if (fresh) {
            order.push_back(seq);
        } else {
            ++duplicates;
        }
    }
}

const json* WholeStation::delivered(const std::string& type) const {
    const json* newest = nullptr;
    for (const auto& [id, record] : received) {
        if (record.at("type") == type) newest = &record;
    }
    return newest;
}

bool WholeStation::alarm_at_centre(const std::string& name) const {
    const auto alarm = broker.retained("yizhan/v1/" + settings.station.id + "/alarm/" + name);
    return alarm.has_value() && !alarm->empty();
}

}  // namespace yizhan::testing
