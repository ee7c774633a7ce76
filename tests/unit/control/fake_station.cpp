#include "tests/unit/control/fake_station.h"

#include <utility>

namespace yizhan::test {

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
    return {.boot = 0xb007, .mono = start_mono + after_start, .wall = start_wall + after_start, .trusted = true};
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
    view.started = start_wall;
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
    if (on_command) on_command(command);
    if (hold_answers) {
        held_answers_.push_back(command.request);
    } else {
        server->on_answer(command.request, refusal);
    }
}

void FakeStation::answer_held() {
    for (const auto request : std::exchange(held_answers_, {})) server->on_answer(request, refusal);
}

void FakeStation::verify(LogCheck wanted, std::function<void(Result<LogCheck>)> done) {
    verified_with = wanted;
    done(check);
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
    const LogQuery& query = held.query;
    for (std::size_t i = 0; i < records_.size() && rows.size() < query.limit; ++i) {
        const Record& record = query.newest_first ? records_[records_.size() - 1 - i] : records_[i];
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

void FakeStation::load_signers(std::string document, const Actor&, std::function<void(Result<SignerStatus>)> done) {
    signer_documents.push_back(document);
    if (document == "bad") return done(failure("key set: version 1, the station has 2", "send the newest one"));
    done(SignerStatus{.set_up = true, .version = 3, .signers = {Signer{}}});
}

Result<json> FakeStation::simulate(const json& request) {
    if (request.value("target", "") != "door") return failure("there is no such thing here", "");
    return json{{"pushed", request.value("name", "")}};
}

}  // namespace yizhan::test
