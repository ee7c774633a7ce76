#include "tests/unit/control/bench.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

namespace yizhan::test {
namespace {

class TextFile : public File {
 public:
    explicit TextFile(std::string text) : text_(std::move(text)) {}
    std::string name() const override { return "handed over"; }
    Result<std::uint64_t> size() override { return text_.size(); }
    Result<std::size_t> read(std::uint64_t offset, std::span<std::byte> into) override {
        if (offset >= text_.size()) return std::size_t{0};
        const auto count = std::min<std::size_t>(into.size(), text_.size() - offset);
        std::memcpy(into.data(), text_.data() + offset, count);
        return count;
    }

 private:
    std::string text_;
};

}  // namespace

StationConfig two_door_config() {
    StationConfig config;
    config.id = "test-station";
    config.capacity = 20;
    config.groups = {GroupConfig{.name = "couriers", .hours = {}}};
    config.doors = {DoorConfig{.name = "front"}, DoorConfig{.name = "back"}};
    config.doors[0].has_contact = true;
    config.readers = {ReaderConfig{.name = "front-in", .place = ReaderPlace::entry, .door = DoorIndex{0}, .outlet = {}},
                      ReaderConfig{.name = "sockets", .place = ReaderPlace::inside, .door = {}, .outlet = {}}};
    config.outlets = {OutletConfig{.name = "a"}, OutletConfig{.name = "b"}};
    config.inputs = {InputConfig{.name = "fire-panel", .kind = InputKind::fire},
                     InputConfig{.name = "box", .kind = InputKind::tamper}};
    return config;
}

CredentialId secret_credential() {
    CredentialId id{.key_id = 0x5ec2e700, .digest = {}};
    id.digest.fill(0xab);
    return id;
}

Stamp stamp_at(seconds after_start) {
    return {.boot = 0xb007,
            .mono = simulated::Scheduler::start_mono + after_start,
            .wall = simulated::Scheduler::start_wall + after_start,
            .trusted = true};
}

FakeStation::FakeStation() {
    log.epoch = 77;
    become(State{});
}

void FakeStation::become(const State& next) {
    state = next;
    station_ = std::make_unique<Station>(config, state, 0xb007);
    if (server != nullptr) server->on_changed();
}

void FakeStation::store(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        Record record;
        record.seq = ++log.last;
        record.type = RecordType::granted;
        record.at = stamp_at(seconds(static_cast<int>(record.seq)));
        record.outcome = Outcome::welcome;
        record.door = DoorIndex{0};
        record.reader = ReaderIndex{0};
        record.group = 0;
        record.visit = 0x1234;
        record.credential = secret_credential();
        records_.push_back(record);
        if (server != nullptr) server->on_record(record);
    }
    if (log.first == 0) log.first = 1;
    log.stored = log.last;
    if (server != nullptr) server->on_stored(log.stored);
}

StationView FakeStation::view() const {
    StationView view;
    view.station = station_.get();
    view.version = "1.2.3";
    view.name_en = "Test station";
    view.name_zh = "测试驿站";
    view.boot = 0xb007;
    view.started = simulated::Scheduler::start_wall;
    view.locks.resize(config.doors.size());
    view.contacts.resize(config.doors.size(), ContactStatus{.active = false, .known = true});
    view.exit_buttons.resize(config.doors.size());
    view.readers.resize(config.readers.size(), ReaderStatus{.health = ReaderHealth::online, .serial = {}});
    view.outlets.resize(config.outlets.size());
    view.meters.resize(config.outlets.size());
    view.inputs.resize(config.inputs.size(), ContactStatus{.active = false, .known = true});
    view.members = members;
    view.log = log;
    view.uplink = uplink_status;
    return view;
}

void FakeStation::perform(const Command& command) {
    commands.push_back(command);
    if (hold_answers) {
        held_answers_.push_back(command.request);
    } else {
        server->on_answer(command.request, refusal);
    }
}

void FakeStation::answer_held() {
    for (const auto request : std::exchange(held_answers_, {})) server->on_answer(request, refusal);
}

void FakeStation::query(const LogQuery& query, std::function<void(Result<std::vector<LogRow>>)> done) {
    ++queries;
    held_queries_.push_back({query, std::move(done)});
    if (!hold_queries) serve_held_query();
}

void FakeStation::serve_held_query() {
    const auto held = std::move(held_queries_.front());
    held_queries_.pop_front();
    serve(held);
}

void FakeStation::serve(const HeldQuery& held) {
    if (queries_fail) return held.done(failure("the disk is gone", "replace it"));
    std::vector<LogRow> rows;
    auto records = records_;
    const LogQuery& query = held.query;
    if (query.newest_first) std::ranges::reverse(records);
    for (const Record& record : records) {
        if (rows.size() == query.limit) break;
        if (record.seq > log.stored) continue;
        if (query.newest_first ? query.after_seq != 0 && record.seq >= query.after_seq
                               : record.seq <= query.after_seq) {
            continue;
        }
        if (query.from && record.at.wall < *query.from) continue;
        if (query.to && record.at.wall > *query.to) continue;
        rows.push_back(to_row(record, log.epoch, config));
    }
    held.done(std::move(rows));
}

void FakeStation::uplink_reported(const UplinkStatus& status) {
    uplink_reports.push_back(status);
    uplink_status = status;
}

void FakeStation::load_members(std::unique_ptr<File> file, const Actor&,
                               std::function<void(Result<MemberListStatus>)> done) {
    std::string text(100, '\0');
    const auto got = file->read(0, std::as_writable_bytes(std::span(text)));
    text.resize(got.value_or(0));
    lists.push_back(text);
    if (text == "bad") return done(failure("the list is not for this station", "build it again"));
    members = {.loaded = true, .version = 8, .count = 5, .built_at = 1772500000, .problem = {}};
    done(members);
}

Result<json> FakeStation::simulate(const json& request) {
    if (request.value("target", "") != "door") return failure("there is no such thing here", "");
    return json{{"pushed", request.value("name", "")}};
}

World::World(std::size_t send_bound)
    : listener(loop, path, send_bound), server(loop, listener, station, usual_rights()) {
    station.server = &server;
}

World::~World() { station.server = nullptr; }

Client::Client(World& world, PeerIdentity identity)
    : world_(world), connector_(world.client_loop, world.path, identity, std::size_t{8} * 1024 * 1024) {
    auto stream = connector_.open();
    EXPECT_TRUE(stream);
    stream_ = std::move(*stream);
    stream_->start(*this);
    world_.run();
}

void Client::send_text(std::string_view text) { static_cast<void>(stream_->send(text)); }

json Client::ask(json request) {
    request["id"] = ++last_id_;
    send(request);
    world_.run();
    for (auto& reply : take_replies()) {
        if (reply["id"] == last_id_) return reply;
    }
    return nullptr;
}

void Client::hand_over(std::string content, const json& request) {
    static_cast<void>(stream_->send(request.dump() + '\n', std::make_unique<TextFile>(std::move(content))));
}

std::vector<json> Client::take_pushes(const std::string& kind) {
    std::vector<json> taken;
    std::erase_if(pushes_, [&](const json& push) {
        if (push["push"] != kind) return false;
        taken.push_back(push);
        return true;
    });
    return taken;
}

void Client::on_bytes(Stream&, std::string_view bytes) {
    heard_ += bytes;
    partial_ += bytes;
    for (auto end = partial_.find('\n'); end != std::string::npos; end = partial_.find('\n')) {
        auto object = json::parse(partial_.substr(0, end), nullptr, false);
        partial_.erase(0, end + 1);
        EXPECT_TRUE(object.is_object());
        (object.contains("push") ? pushes_ : replies_).push_back(std::move(object));
    }
}

std::string error_code(const json& reply) {
    if (!reply.is_object()) return "no reply";
    if (reply.value("ok", false)) return "ok";
    return reply["error"].value("code", "no code");
}

}  // namespace yizhan::test
