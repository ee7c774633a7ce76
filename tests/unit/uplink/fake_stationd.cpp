#include "tests/unit/uplink/fake_stationd.h"

#include <algorithm>
#include <utility>

namespace yizhan {

using nlohmann::json;

FakeStationd::FakeStationd(EventLoop& loop, StreamServer& server) : loop_(loop) {
    loop_.join(*this);
    server.start([this](std::unique_ptr<Stream> stream) {
        stream->start(*this);
        // One uplink: a new one takes the place of the old one.
        stream_ = std::move(stream);
        gone_ = false;
        lines_ = {};
        sent_.reset();
        state_ = live_ = false;
    });
}

FakeStationd::~FakeStationd() { loop_.leave(*this); }

void FakeStationd::append_records(std::uint64_t count) {
    last_ += count;
    loop_.post([] {});  // a turn to tell of it
}

void FakeStationd::set_alarms(const std::vector<std::string>& names) {
    alarms_ = names;
    change_state();
    loop_.post([] {});
}

void FakeStationd::replace_log(std::uint32_t epoch) {
    epoch_ = epoch;
    last_ = acknowledged = live_sent_ = 0;
}

void FakeStationd::on_closed(Stream&) { gone_ = true; }

void FakeStationd::on_bytes(Stream&, std::string_view bytes) {
    if (!lines_.feed(bytes)) return;
    while (const auto line = lines_.next()) {
        const auto request = json::parse(line->text);
        json reply = handle(request);
        if (!reply.contains("ok")) reply["ok"] = true;
        reply["id"] = request["id"];
        say(reply);
    }
}

json FakeStationd::handle(const json& request) {
    const std::string verb = request["do"];
    const json refused = {{"ok", false}, {"error", {{"code", "refused"}, {"what", "no"}, {"cure", ""}}}};
    if (verb == "hello") {
        ++hellos;
        if (request["role"] != "uplink" || request["version"] != 1) return refused;
        return {{"role", "uplink"}, {"station", "test"}, {"version", "9.9"}};
    }
    if (verb == "info") return {{"info", {{"schema", 1}, {"boot", "00000000000000aa"}, {"version", "9.9"}}}};
    if (verb == "subscribe") return subscribe(request);
    if (verb == "unsubscribe") {
        sent_.reset();
        state_ = live_ = false;
        return json::object();
    }
    if (verb == "ack") {
        if (refuse_acks || request["epoch"] != epoch_ || request["upto"] > last_) return refused;
        acks.push_back(request["upto"]);
        acknowledged = std::max<std::uint64_t>(acknowledged, request["upto"]);
        change_state();
        return json::object();
    }
    if (verb == "command" || verb == "signers") {
        handed_in.push_back(request);
        return verdict;
    }
    if (verb == "uplink") {
        report = request;
        const std::string fault = request["fault"];
        if (faults.empty() || faults.back() != fault) faults.push_back(fault);
        return json::object();
    }
    return refused;
}

json FakeStationd::subscribe(const json& request) {
    ++subscriptions;
    if (request.value("state", false)) {
        state_ = true;
        state_sent_.clear();
        next_state_at_ = Mono::min();
    }
    if (request.value("live", false)) {
        live_ = true;
        live_sent_ = last_;
    }
    if (!request.contains("records_after")) return {{"epoch", epoch_}};
    const auto& after = request["records_after"];
    sent_ = after == "acknowledged" ? acknowledged : after.get<std::uint64_t>();
    return {{"epoch", epoch_}, {"after", *sent_}};
}

json FakeStationd::record(std::uint64_t seq) const {
    return {{"seq", seq},
            {"epoch", epoch_},
            {"type", "door_opened"},
            {"time", 1'795'000'000'000 + static_cast<std::int64_t>(seq)},
            {"boot", "00000000000000aa"}};
}

void FakeStationd::advance(Now) {
    if (std::exchange(gone_, false)) {
        stream_.reset();
        sent_.reset();
        state_ = live_ = false;
    }
    state_due_ = never;
}

void FakeStationd::settle(Now now) {
    if (!stream_ || gone_) return;
    push_records();
    for (; live_ && live_sent_ < last_; ++live_sent_) say({{"push", "live"}, {"record", record(live_sent_ + 1)}});
    push_state(now);
}

void FakeStationd::push_records() {
    while (sent_ && *sent_ < last_ && stream_->waiting() < 64 * 1024) {
        const std::uint64_t upto = std::min(last_, *sent_ + batch);
        json records = json::array();
        for (std::uint64_t seq = *sent_ + 1 + (std::exchange(skip_a_record, false) ? 1 : 0); seq <= upto; ++seq) {
            if (!lacks.contains(seq)) records.push_back(record(seq));
        }
        sent_ = upto;
        if (records.empty()) continue;
        say({{"push", "records"}, {"epoch", epoch_}, {"records", std::move(records)}});
    }
}

void FakeStationd::push_state(Now now) {
    if (!state_) return;
    json alarms = json::array();
    for (const auto& name : alarms_) alarms.push_back({{"name", name}, {"kind", name}, {"since", 1}});
    const json state = {{"number", state_number_}, {"alarms", std::move(alarms)}};
    if (state.dump() == state_sent_) return;
    if (now.mono < next_state_at_) {
        state_due_ = next_state_at_;
        return;
    }
    next_state_at_ = now.mono + milliseconds{500};
    state_sent_ = state.dump();
    say({{"push", "state"}, {"state", state}});
}

void FakeStationd::say(const json& message) {
    if (stream_ && !gone_) static_cast<void>(stream_->send(message.dump() + "\n"));
}

}  // namespace yizhan
